"""Vega-Lite charts as inline SVG that follows the page's theme.

Colours are CSS custom properties of the page, so that one SVG serves light, dark and print.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import vl_convert
from markupsafe import Markup

from huleedu_ml_training.reports.text import clean

INK = "var(--ink)"
MUTED = "var(--muted)"
GRID = "var(--line)"
HUMAN = "var(--human)"
MACHINE = "var(--machine)"
PAGE = "var(--page)"

CHART_WIDTH = 400
"""Width of the plotting area of a chart that is a file of its own."""

PLOT_WIDTH = 290
"""Width of the plotting area in a page: on a phone the chart shrinks so little that it stays
readable."""

LABELLED_WIDTH = 185
"""The same where long labels stand beside the plotting area."""

LABEL_LIMIT = 165
"""Width in pixels at which such labels are cut off."""

_CONFIG: dict[str, Any] = {
    # Readers of a screen get the figure's own label and table, not one label per mark.
    "aria": False,
    "background": None,
    "font": "system-ui, sans-serif",
    # Room for a reader's font that is wider than the one the layout was computed with.
    "padding": {"left": 18, "right": 14, "top": 6, "bottom": 6},
    "view": {"stroke": None},
    "axis": {
        "domainColor": MUTED,
        "gridColor": GRID,
        "labelColor": INK,
        "labelFlush": False,
        "labelFontSize": 12,
        "labelPadding": 6,
        "tickColor": MUTED,
        "titleColor": INK,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 8,
    },
    "legend": {
        "labelColor": INK,
        "labelFontSize": 12,
        "orient": "top",
        "symbolType": "square",
        "title": None,
    },
    "text": {"color": INK, "fontSize": 12},
}

TIP: dict[str, Any] = {"description": {"field": "tip", "type": "nominal"}}
"""Encoding by which a mark shows the text ``tip`` of its row under the pointer."""

_OPENING = re.compile(r"<svg [^>]*?width=\"(?P<width>[\d.]+)\"[^>]*?viewBox=\"(?P<box>[^\"]*)\">")

_GROUP_ROLE = re.compile(r'(<g [^>]*?) role="graphics-\w+" aria-roledescription="[^"]*"')
"""Roles that the renderer gives to groups whatever the configuration, without a name for them."""

_DESCRIBED = re.compile(
    r'<(path|line) aria-label="([^"]*)" role="graphics-symbol" aria-roledescription="[^"]*"'
    r"([^>]*)/>"
)
"""A mark whose specification encodes a description."""

_LONG_DECIMAL = re.compile(r"(\d\.\d\d)\d+(?=[^\d.])")
"""A coordinate with more digits than a screen can show."""

_GEOMETRY = re.compile(r'(?<= (?:d|x|y)=")[^"]*|(?<= (?:x2|y2)=")[^"]*|(?<= transform=")[^"]*')


def render_svg(spec: Mapping[str, Any], *, label: str) -> Markup:
    """Draw a chart.

    A mark with the encoding :data:`TIP` gets the text of its row's ``tip`` as its title, which
    browsers show under the pointer.

    Args:
        spec: Vega-Lite specification without configuration; data inline.
        label: What the chart shows, for those who cannot see it.

    Returns:
        An ``svg`` element as wide as its container, up to its natural width and a quarter.
    """
    svg = vl_convert.vegalite_to_svg({**_cleaned(spec), "config": _CONFIG})
    opening = _OPENING.match(svg)
    if opening is None:
        msg = f"not the SVG that vl-convert is known to write: {svg[:200]}"
        raise ValueError(msg)
    width = round(float(opening["width"]) * 1.25)
    # Markup.format escapes what it fills in; the body was escaped by the renderer.
    head = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{label}" '
        'viewBox="{box}" style="max-width:{width}px">'
    ).format(label=clean(label), box=opening["box"], width=width)
    body = _GROUP_ROLE.sub(r"\1", svg[opening.end() :])
    body = _DESCRIBED.sub(r"<\1\3><title>\2</title></\1>", body)
    body = _GEOMETRY.sub(lambda found: _LONG_DECIMAL.sub(r"\1", found[0] + " ")[:-1], body)
    return head + Markup(body)  # noqa: S704 - written by the renderer from data


def _cleaned(part: Any) -> Any:
    """Clean all texts of a specification: the renderer refuses what is no Unicode."""
    if isinstance(part, str):
        return clean(part)
    if isinstance(part, Mapping):
        return {key: _cleaned(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [_cleaned(item) for item in part]
    return part


def axis_labels(labels: Sequence[str]) -> str:
    """Return the Vega expression that labels the axis value i with ``labels[i]``."""
    return f"{json.dumps(_cleaned(labels))}[datum.value]"


def labelled_rows(labels: Sequence[str]) -> dict[str, Any]:
    """Return the encoding of ``y`` by a field ``row``, its values 0, 1, … labelled in this order.

    The number is a row's identity: two labels may be the same once shortened.
    """
    return {
        "field": "row",
        "type": "ordinal",
        "title": None,
        "axis": {"labelExpr": axis_labels(labels), "labelLimit": LABEL_LIMIT, "ticks": False},
    }


def listed(items: Iterable[str]) -> str:
    """Return short texts as one sentence, for a chart's label."""
    return "; ".join(items) + "."
