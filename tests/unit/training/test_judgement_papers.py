"""Reports and cards of finished graders: what the bundle knows of its training, and what not."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from huleedu_ml_training.domain.dataset import EssaySelection
from huleedu_ml_training.export.bundle import REPORT_CONTEXT, REVIEW, Bundle
from huleedu_ml_training.models.review import ReviewRule
from huleedu_ml_training.reports.context import ReportContext
from huleedu_ml_training.reports.context_document import context_document
from huleedu_ml_training.reports.errors import UnsupportedReportContextError
from huleedu_ml_training.reports.model_card import render_model_card
from huleedu_ml_training.testing.bundles import small_bundle
from huleedu_ml_training.testing.simulated_judgement import simulate_judgement
from huleedu_ml_training.training.judgement_papers import bundle_context
from huleedu_ml_training.training.judging_requests import JudgedEssays, SplitPart

TOLD = ReportContext(
    model_name="essay-scorer",
    version="20250101_120000",
    created_at=datetime(2025, 1, 1, 12, tzinfo=UTC),
    model_kind="cumulative_binary on lightgbm",
    review=ReviewRule(None, 0.8),
    seed=11,
)


def with_file(name: str, document: object) -> Bundle:
    bundle = small_bundle()
    return replace(bundle, files={**bundle.files, name: json.dumps(document).encode()})


def test_a_bundle_gives_back_what_its_training_knew() -> None:
    assert TOLD == bundle_context(with_file(REPORT_CONTEXT, context_document(TOLD)))


def test_a_bundle_without_an_account_says_what_its_manifest_says() -> None:
    bundle = with_file(REVIEW, {"max_grades": 3, "max_expected_loss": None})
    context = bundle_context(bundle)
    assert (bundle.manifest.model_name, bundle.manifest.version) == (
        context.model_name,
        context.version,
    )
    assert ReviewRule(3, None) == context.review
    assert context.data is None
    card = render_model_card(context, simulate_judgement(80, n_prompts=3).report)
    assert "Not stated: the essays that it learnt from." in card
    assert "where its range holds more than 3 grades." in card


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"context_version": 2}, "context_version is 2, not 1"),
        ({"decisions": None}, "TypeError"),
        ({"created_at": "yesterday"}, "ValueError"),
        ({"data": {"words": None}}, "KeyError"),
    ],
)
def test_an_account_that_cannot_be_read_is_told(change: dict[str, object], problem: str) -> None:
    document = {**context_document(TOLD), **change}
    with pytest.raises(UnsupportedReportContextError, match=problem):
        bundle_context(with_file(REPORT_CONTEXT, document))


@pytest.mark.parametrize(
    ("essays", "description"),
    [
        (JudgedEssays(), "the model's held-out test part, as selected in the database"),
        (JudgedEssays(file=Path("a/b.csv")), "the essays selected in the file b.csv"),
        (
            JudgedEssays(part=SplitPart.ALL, selection=EssaySelection(limit=3)),
            "the essays selected in the database",
        ),
        (
            JudgedEssays(file=Path("b.csv"), part=SplitPart.TRAIN),
            "the model's train part, as selected in the file b.csv",
        ),
    ],
)
def test_essays_are_called_what_they_are(essays: JudgedEssays, description: str) -> None:
    assert description == essays.description
