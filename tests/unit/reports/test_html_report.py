"""The HTML report: complete in itself, accessible, deaf to hostile texts, honest about gaps."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.metrics.evaluation import EvaluationReport, evaluate_predictions
from huleedu_ml_training.reports.context import ExampleGrading, ReportContext
from huleedu_ml_training.reports.html_report import render_html_report
from huleedu_ml_training.reports.text import clean
from huleedu_ml_training.testing.simulated_grader import simulate_grading

VOID = {"meta", "br", "link", "img", "input", "hr"}
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg/onload=alert(3)>"
    "{{ 7*7 }} {% raw %} </style></svg> \x00\x08 \ud800 \u202e https://evil.example/x.png"
)


class Page(HTMLParser):
    """The elements of a document; fails on tags that do not nest."""

    def __init__(self, document: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(document)
        self.close()
        assert [] == self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert tag == self._open.pop()

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.text += data

    def of(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def document(full_context: ReportContext, evaluation: EvaluationReport) -> str:
    return render_html_report(full_context, evaluation)


@pytest.fixture(scope="module")
def page(document: str) -> Page:
    return Page(document)


class TestContents:
    def test_it_holds_the_figures(
        self, page: Page, full_context: ReportContext, evaluation: EvaluationReport
    ) -> None:
        qwk = evaluation.values["qwk"]
        assert f"{qwk.value:.3f}" in page.text
        assert f"[{qwk.low:.3f}, {qwk.high:.3f}]" in page.text
        for digest in ("d" * 64, "c" * 64, "f" * 64):
            assert digest in page.text
        assert f"{full_context.calibration.rps_after:.4f}" in page.text
        assert "grade A has 3 essays in the test part" in page.text
        assert "Not recorded" not in page.text
        assert "not recorded" not in page.text

    def test_every_cell_of_the_confusion_matrix_is_there(
        self, document: str, evaluation: EvaluationReport
    ) -> None:
        table = document[document.index('<table class="confusion">') :]
        table = table[: table.index("</table>")]
        cells = [int(n) for n in re.findall(r"<td[^>]*>(\d+)</td>", table)]
        expected = [count for row in evaluation.confusion for count in (*row, sum(row))]
        assert [*expected, *evaluation.machine_counts, evaluation.n] == cells

    def test_it_shows_the_twenty_greatest_features(self, document: str) -> None:
        shown = set(re.findall(r">(feature_\d\d)<", document))
        assert {f"feature_{i:02d}" for i in range(20)} == shown

    def test_synthetic_data_is_labelled(
        self, page: Page, full_context: ReportContext, evaluation: EvaluationReport
    ) -> None:
        assert "Synthetic essays" not in page.text
        synthetic = replace(full_context, data=replace(full_context.data, synthetic=True))
        assert "Synthetic essays." in Page(render_html_report(synthetic, evaluation)).text

    def test_missing_parts_are_named(
        self, bare_context: ReportContext, evaluation: EvaluationReport
    ) -> None:
        text = Page(render_html_report(bare_context, evaluation)).text
        for part in (
            "what the model learnt from",
            "what calibration changed",
            "what other decision rules would cost",
            "feature importance",
            "example gradings",
            "a parity certificate",
            "library versions",
            "the commands",
        ):
            assert f"Not recorded: {part}" in text

    def test_equal_arguments_give_equal_documents(
        self, document: str, full_context: ReportContext, evaluation: EvaluationReport
    ) -> None:
        assert document == render_html_report(full_context, evaluation)


class TestSelfContained:
    def test_nothing_is_loaded_and_nothing_runs(self, page: Page, document: str) -> None:
        tags = {tag for tag, _ in page.elements}
        assert not tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
        for _, attributes in page.elements:
            assert not [name for name in attributes if name.startswith("on")]
            assert attributes.get("href", "#").startswith("#")
            assert "src" not in attributes
        assert "url(" not in document
        assert "@import" not in document
        (policy,) = [
            meta["content"]
            for meta in page.of("meta")
            if meta.get("http-equiv") == "Content-Security-Policy"
        ]
        assert "default-src 'none'; style-src 'unsafe-inline'" == policy

    def test_two_thousand_essays_of_five_hundred_prompts_stay_below_a_megabyte(
        self, full_context: ReportContext
    ) -> None:
        grading = simulate_grading(2000, n_prompts=500)
        names = [f"{prompt}: {'a long prompt ' * 30}" for prompt in grading.prompts]
        report = evaluate_predictions(
            grading.predictions,
            grading.y,
            prompts=names,
            settings=EvaluationSettings(resamples=100),
        )
        essay = replace(full_context.examples[0], text="word " * 100_000)
        document = render_html_report(replace(full_context, examples=(essay,) * 3), report)
        assert len(document.encode()) < 1_000_000
        assert "smaller ones are left out here" in document


class TestAccessibility:
    def test_headings_never_skip_a_level(self, page: Page) -> None:
        levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
        assert 1 == levels.count(1) == levels[0]
        assert all(after <= before + 1 for before, after in pairwise(levels))

    def test_tables_have_captions_and_scopes(self, page: Page) -> None:
        assert len(page.of("table")) == len(page.of("caption")) > 5
        assert {"col", "row"} == {th.get("scope") for th in page.of("th")}

    def test_charts_have_names(self, page: Page) -> None:
        charts = page.of("svg")
        assert 6 == len(charts)
        for chart in charts:
            assert "img" == chart["role"]
            assert len(chart["aria-label"]) > 20
            assert "viewbox" in chart
        assert not [role for _, a in page.elements if (role := a.get("role", "")).startswith("gr")]

    def test_links_lead_somewhere_and_ids_are_unique(self, page: Page) -> None:
        ids = [a["id"] for _, a in page.elements if "id" in a]
        assert len(set(ids)) == len(ids)
        assert {a["href"][1:] for a in page.of("a")} <= set(ids)
        assert {a["aria-labelledby"] for _, a in page.elements if "aria-labelledby" in a} <= set(
            ids
        )

    def test_language_viewport_and_title(self, page: Page) -> None:
        assert [{"lang": "en"}] == page.of("html")
        assert any(meta.get("name") == "viewport" for meta in page.of("meta"))
        assert "essay-scorer 20250101_120000: evaluation" in page.text

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_texts_stand_out_from_their_grounds(self, document: str, theme: str) -> None:
        colours = _theme(document, theme)
        for text in ("ink", "muted", "alert", "doubt", "good", "machine"):
            for ground in ("page", "panel"):
                assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        assert _contrast(colours["ink"], colours["doubt-soft"]) >= 4.5
        full = [
            0.45 * strong + 0.55 * ground
            for strong, ground in zip(colours["machine"], colours["page"], strict=True)
        ]
        assert _contrast(colours["ink"], full) >= 4.5
        for mark in ("human", "machine"):
            assert _contrast(colours[mark], colours["page"]) >= 3

    def test_both_themes_and_print_are_provided_for(self, document: str) -> None:
        assert _theme(document, "dark").keys() <= _theme(document, "light").keys()
        assert "@media print" in document
        used = set(re.findall(r"var\(--([\w-]+)\)", document)) - {"share"}
        assert used <= _theme(document, "light").keys()


@pytest.fixture(scope="module")
def hostile() -> Page:
    labels = tuple(f"{HOSTILE} {i}" for i in range(4))
    scale = GradeScale(HOSTILE, labels)
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(4), size=60)
    grades = probabilities.argmax(axis=1)
    report = evaluate_predictions(
        GradePredictions(scale, grades.astype(float), probabilities, grades),
        rng.integers(0, 4, size=60),
        prompts=[f"{HOSTILE} {i % 6}" for i in range(60)],
        settings=EvaluationSettings(resamples=100),
    )
    context = ReportContext(
        model_name=HOSTILE,
        version=HOSTILE,
        experiment_name=HOSTILE,
        evaluated_on=HOSTILE,
        feature_importance={HOSTILE: 1.0},
        parity={"passed": False, HOSTILE: HOSTILE},
        library_versions={HOSTILE: HOSTILE},
        reproduce=(HOSTILE,),
        examples=(ExampleGrading(HOSTILE, HOSTILE, labels[0], 0.5, dict.fromkeys(labels, 0.25)),),
    )
    document = render_html_report(context, report)
    document.encode("utf-8")
    return Page(document)


class TestHostileTexts:
    def test_they_stay_text(self, hostile: Page) -> None:
        tags = {tag for tag, _ in hostile.elements}
        assert not tags & {"script", "img"}
        for _, attributes in hostile.elements:
            assert not [name for name in attributes if name.startswith("on")]
            assert attributes.get("href", "#").startswith("#")
        assert 1 == len(hostile.of("style"))
        assert 6 == len(hostile.of("svg"))

    def test_they_are_shown_as_written_but_for_control_characters(self, hostile: Page) -> None:
        assert clean(HOSTILE) in hostile.text
        assert "{{ 7*7 }}" in hostile.text
        assert "\x00" not in hostile.text
        assert "\x08" not in hostile.text


def test_a_grader_that_keeps_all_bounds_is_said_to(bare_context: ReportContext) -> None:
    grading = simulate_grading(800, n_prompts=0)
    sure = np.eye(8)[grading.y] * 0.93 + 0.00875
    report = evaluate_predictions(
        GradePredictions(grading.predictions.scale, sure @ np.arange(8), sure, grading.y),
        grading.y,
        prompts=None,
        settings=EvaluationSettings(resamples=100),
    )
    text = Page(render_html_report(bare_context, report)).text
    assert "All 13 bounds of assessment practice are kept." in text


@pytest.mark.parametrize("n", [1, 2])
def test_the_smallest_evaluations_can_be_reported(bare_context: ReportContext, n: int) -> None:
    grading = simulate_grading(n, n_prompts=0)
    report = evaluate_predictions(
        grading.predictions,
        grading.y,
        prompts=None,
        settings=EvaluationSettings(resamples=100),
    )
    text = Page(render_html_report(bare_context, report)).text
    assert report.values["qwk"].reason in text
    assert "Not recorded: prompts; no essay has one" in text


def _theme(document: str, theme: str) -> dict[str, list[float]]:
    light, dark = re.findall(r":root \{([^}]*--ink[^}]*)\}", document)
    found = re.findall(r"--([\w-]+): #([0-9a-f]{6});", light if theme == "light" else dark)
    return {name: [int(value[i : i + 2], 16) / 255 for i in (0, 2, 4)] for name, value in found}


def _contrast(one: list[float], other: list[float]) -> float:
    """Contrast ratio of WCAG 2.2."""

    def luminance(colour: list[float]) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
