"""The HTML report: complete in itself, accessible, deaf to hostile texts, honest about gaps."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.metrics.judgement import judge_predictions
from huleedu_ml_training.reports.context import ReportContext
from huleedu_ml_training.reports.essay_figures import MAX_POINTS, EssayFigures
from huleedu_ml_training.reports.group_tables import worst_prompts
from huleedu_ml_training.reports.html_report import render_html_report
from huleedu_ml_training.reports.text import clean
from huleedu_ml_training.testing.simulated_judgement import (
    SimulatedJudgement,
    simulate_judgement,
)

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
        if not {"style", "script"} & set(self._open):
            self.text += data

    def of(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


SECTIONS = [
    ("summary", "Summary"),
    ("data", "Data"),
    ("agreement", "Agreement with people"),
    ("confusion", "Which grades are confused"),
    ("reliability", "Can its probabilities be trusted?"),
    ("distribution", "Distribution of grades"),
    ("residuals", "Where it errs: prompts and length"),
    ("groups", "Groups of pupils and essays"),
    ("prompts", "Worst prompts"),
    ("calibration", "Calibration before and after"),
    ("decision", "Decision rule"),
    ("review", "What a second look buys"),
    ("ranges", "Ranges of grades"),
    ("features", "What it looks at"),
    ("shortcuts", "Shortcuts and tricks"),
    ("fairness", "Fairness"),
    ("card", "Model card"),
    ("reproducibility", "Reproducibility"),
]


def render(context: ReportContext, judged: SimulatedJudgement) -> str:
    essays = EssayFigures.of(judged.predictions, judged.dataset)
    return render_html_report(context, judged.report, essays)


def section(document: str, name: str) -> str:
    """Return the markup of one section."""
    start = document.index(f'<section id="{name}"')
    return document[start : document.index("</section>", start)]


@pytest.fixture(scope="module")
def document(full_context: ReportContext, judged: SimulatedJudgement) -> str:
    return render(full_context, judged)


@pytest.fixture(scope="module")
def page(document: str) -> Page:
    return Page(document)


class TestContents:
    def test_the_sections_stand_in_order(self, document: str) -> None:
        found = re.findall(r'<h2 id="([\w-]+)-title">([^<]+)</h2>', document)
        assert SECTIONS == found
        linked = re.findall(r'<li><a href="#([\w-]+)">([^<]+)</a>', document)
        assert SECTIONS == linked

    def test_every_section_explains_itself(self, document: str) -> None:
        for name, _ in SECTIONS[:-1]:
            assert re.search(r"<p>\s*[^<]{40}", section(document, name)), name

    def test_it_holds_the_figures(
        self, page: Page, full_context: ReportContext, judged: SimulatedJudgement
    ) -> None:
        qwk = judged.report.evaluation.values["qwk"]
        assert f"{qwk.value:.3f}" in page.text
        assert f"[{qwk.low:.3f}, {qwk.high:.3f}]" in page.text
        for digest in ("d" * 64, "c" * 64, "f" * 64):
            assert digest in page.text
        assert full_context.calibration is not None
        assert f"{full_context.calibration.rps_after:.4f}" in page.text
        assert "grade A has 3 essays in the test part" in page.text
        assert "Not recorded" not in page.text
        assert "not recorded" not in page.text

    def test_every_raised_flag_is_listed(self, document: str, judged: SimulatedJudgement) -> None:
        raised = judged.report.raised_flags
        assert len(raised) > 3
        flags = section(document, "summary").split("<h3>Flags</h3>")[1]
        assert len(raised) == len(re.findall(r"<tr><th scope=\"row\">", flags))
        assert f"{len(raised)} are not kept" in flags

    def test_every_group_and_every_threshold_has_its_place(
        self, document: str, judged: SimulatedJudgement
    ) -> None:
        groups = [
            (table.column.replace("_", " "), group.n)
            for table in judged.report.assessment.slices
            for group in table.groups
        ]
        shown = re.findall(
            r'</th><td class="short">([^<]+)</td><td class="number" data-order="(\d+)\.0">',
            section(document, "groups"),
        )
        assert sorted(groups) == sorted((column, int(n)) for column, n in shown)
        thresholds = re.findall(r"([^ <>]+) or better: error", section(document, "reliability"))
        assert ["E", "D", "D+", "C", "C+", "B", "A"] == thresholds

    def test_the_worst_prompts_shrink_as_the_assessment_says(
        self, judged: SimulatedJudgement
    ) -> None:
        worst = judged.report.assessment.worst_prompt
        first = worst_prompts(judged.report.assessment)[0]
        assert worst.key == first.group.key
        assert worst.worst.value == first.group.values["qwk"].value
        assert worst.shrunken.value == pytest.approx(first.shrunken, abs=1e-12)

    def test_people_stand_beside_the_machine(
        self, document: str, judged: SimulatedJudgement
    ) -> None:
        values = judged.report.assessment.raters.values
        shown = section(document, "agreement")
        for name in ("human_human_qwk", "human_machine_qwk", "attainable_qwk", "prmse"):
            assert f">{values[name].value:.3f} <small>" in shown

    def test_every_cell_of_the_confusion_matrix_is_there(
        self, document: str, judged: SimulatedJudgement
    ) -> None:
        evaluation = judged.report.evaluation
        table = document[document.index('<table class="confusion">') :]
        table = table[: table.index("</table>")]
        cells = [int(n) for n in re.findall(r"<td[^>]*>(\d+)</td>", table)]
        expected = [count for row in evaluation.confusion for count in (*row, sum(row))]
        assert [*expected, *evaluation.machine_counts, evaluation.n] == cells

    def test_it_shows_the_twenty_greatest_features(self, document: str) -> None:
        shown = section(document, "features")
        assert {f"{i:02d}" for i in range(20)} == set(re.findall(r"<bdi>trait (\d\d)<", shown))
        assert {f"{i:02d}" for i in range(20)} == set(re.findall(r">feature (\d\d)<", shown))

    def test_synthetic_data_is_labelled(
        self, page: Page, full_context: ReportContext, judged: SimulatedJudgement
    ) -> None:
        assert "Synthetic essays" not in page.text
        assert full_context.data is not None
        synthetic = replace(full_context, data=replace(full_context.data, synthetic=True))
        assert "Synthetic essays." in Page(render(synthetic, judged)).text

    def test_missing_parts_are_named(
        self, bare_context: ReportContext, judged: SimulatedJudgement
    ) -> None:
        report = replace(judged.report, sets=None, shortcuts=(), perturbations=None)
        text = Page(render_html_report(bare_context, report)).text
        for part in (
            "what the model learnt from. Train it again",
            "what calibration changed. The reports that training writes have it",
            "what other decision rules would cost. The reports that training writes have it",
            "scores within each human grade. Evaluate the model with --report",
            "residuals of single essays. Evaluate the model with --report",
            "ranges of grades; this grader gives none. Train it again",
            "what groups of features do to scores. The reports that training writes have it",
            "feature importance",
            "how far changed texts move the grade. It takes the texts through feature extraction",
            "a parity certificate",
            "library versions",
            "the commands",
        ):
            assert f"Not recorded: {part}" in text

    def test_equal_arguments_give_equal_documents(
        self, document: str, full_context: ReportContext, judged: SimulatedJudgement
    ) -> None:
        assert document == render(full_context, judged)


class TestSelfContained:
    def test_nothing_is_loaded_and_one_known_script_runs(self, page: Page, document: str) -> None:
        tags = {tag for tag, _ in page.elements}
        assert not tags & {"link", "img", "iframe", "object", "embed", "base", "form"}
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
        (script,) = re.findall(r"<script>(.*?)</script>", document, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert (
            f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" == policy
        )

    def test_no_text_and_no_identifier_of_an_essay_is_told(self, document: str) -> None:
        assert "essay-0" not in document
        assert "word word" not in document

    def test_two_thousand_essays_of_five_hundred_prompts_stay_far_below_three_megabytes(
        self, full_context: ReportContext
    ) -> None:
        judged = simulate_judgement(2000, n_prompts=500, prompt_name="a long prompt " * 30)
        document = render(full_context, judged)
        assert len(document.encode()) < 1_500_000
        assert f"A random sample of {MAX_POINTS} of 2\u202f000 essays" in document
        assert "further groups stand in the metrics as JSON" in document


class TestAccessibility:
    def test_headings_never_skip_a_level(self, page: Page) -> None:
        levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
        assert 1 == levels.count(1) == levels[0]
        assert all(after <= before + 1 for before, after in pairwise(levels))

    def test_tables_have_captions_and_scopes(self, page: Page) -> None:
        assert len(page.of("table")) == len(page.of("caption")) > 20
        assert {"col", "row"} == {th.get("scope") for th in page.of("th")}

    def test_charts_have_names(self, page: Page) -> None:
        charts = page.of("svg")
        assert 29 == len(charts)
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
        for text in ("ink", "muted", "alert", "doubt", "machine"):
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
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(4), size=60)
    predictions = GradePredictions(
        GradeScale(HOSTILE, labels),
        probabilities @ np.arange(4),
        probabilities,
        probabilities.argmax(axis=1),
    )
    names = [f"{HOSTILE} {i % 3}" for i in range(60)]
    dataset = EssayDataset.create(
        scale=predictions.scale,
        essay_ids=[str(i) for i in range(60)],
        texts=["word " * (20 + i) for i in range(60)],
        grades=rng.integers(0, 4, size=60),
        prompts=names,
        sources=names,
        metadata={HOSTILE: tuple(names)},
    )
    report = judge_predictions(
        predictions, dataset, EvaluationSettings(resamples=100), surface={HOSTILE: rng.random(60)}
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
    )
    document = render_html_report(context, report, EssayFigures.of(predictions, dataset))
    document.encode("utf-8")
    return Page(document)


class TestHostileTexts:
    def test_they_stay_text(self, hostile: Page) -> None:
        assert "img" not in {tag for tag, _ in hostile.elements}
        for _, attributes in hostile.elements:
            assert not [name for name in attributes if name.startswith("on")]
            assert attributes.get("href", "#").startswith("#")
        assert 1 == len(hostile.of("style")) == len(hostile.of("script"))
        assert all("viewbox" in chart for chart in hostile.of("svg"))

    def test_they_are_shown_as_written_but_for_control_characters(self, hostile: Page) -> None:
        assert clean(HOSTILE) in hostile.text
        assert "{{ 7*7 }}" in hostile.text
        assert "\x00" not in hostile.text
        assert "\x08" not in hostile.text


def test_a_grader_that_keeps_all_bounds_is_said_to(bare_context: ReportContext) -> None:
    judged = simulate_judgement(400, n_prompts=0)
    y, scale = judged.dataset.grades, judged.dataset.scale
    sure = np.eye(8)[y] * 0.93 + 0.00875
    report = judge_predictions(
        GradePredictions(scale, sure @ np.arange(8), sure, y),
        replace(judged.dataset, ratings=np.empty((len(y), 0))),
        EvaluationSettings(resamples=100),
        surface={},
    )
    text = Page(render_html_report(bare_context, report)).text
    assert f"All {len(report.flags)} bounds of assessment practice are kept." in text


@pytest.mark.parametrize("n", [1, 2])
def test_the_smallest_judgements_can_be_reported(bare_context: ReportContext, n: int) -> None:
    judged = simulate_judgement(n, n_prompts=0)
    text = Page(render(bare_context, judged)).text
    assert judged.report.evaluation.values["qwk"].reason in text
    assert "Not recorded: prompts; no essay has one" in text
    assert "Not recorded: residuals by prompt; no essay has one" in text


def _theme(document: str, theme: str) -> dict[str, list[float]]:
    light, dark, chosen = re.findall(r":root[^{]* \{([^}]*--ink[^}]*)\}", document)
    assert dark.split() == chosen.split()
    found = re.findall(r"--([\w-]+): #([0-9a-f]{6});", light if theme == "light" else dark)
    return {name: [int(value[i : i + 2], 16) / 255 for i in (0, 2, 4)] for name, value in found}


def _contrast(one: list[float], other: list[float]) -> float:
    """Contrast ratio of WCAG 2.2."""

    def luminance(colour: list[float]) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
