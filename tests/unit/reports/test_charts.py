"""Charts: marks tell their values, coordinates are short, texts are untouched."""

import re
import xml.etree.ElementTree as ET

from huleedu_ml_training.reports.vega import TIP, render_svg

NAME = "{http://www.w3.org/2000/svg}title"


def draw(*tips: str) -> ET.Element:
    rows = [{"x": 1 / (3 + row), "tip": tip} for row, tip in enumerate(tips)]
    spec = {
        "data": {"values": rows},
        "mark": "bar",
        "encoding": {
            "x": {"field": "x", "type": "quantitative"},
            "y": {"field": "tip", "type": "nominal", "sort": None},
            **TIP,
        },
    }
    return ET.fromstring(str(render_svg(spec, label="a chart")))


def test_every_mark_has_its_text_as_title() -> None:
    tips = ['0.1234567 of <b>"these"</b> & those', "second"]
    assert tips == [title.text for title in draw(*tips).iter(NAME)]


def test_coordinates_have_two_decimals_and_texts_all_of_theirs() -> None:
    svg = ET.tostring(draw("0.1234567 M1.23456,7"), encoding="unicode")
    assert "0.1234567 M1.23456,7</" in svg
    geometry = [
        element.attrib[name]
        for element in draw("one", "two").iter()
        for name in ("d", "transform", "x2", "y2")
        if name in element.attrib
    ]
    assert any(re.search(r"\.\d\d\b", each) for each in geometry)
    assert [] == [each for each in geometry if re.search(r"\.\d{3}", each)]


def test_only_the_chart_itself_is_named_to_screen_readers() -> None:
    named = [each for each in draw("one", "two").iter() if "aria-label" in each.attrib]
    assert ["a chart"] == [each.attrib["aria-label"] for each in named]
