"""The scorer over a real graph: what it answers, and what it refuses."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import numpy as np
import pytest

from huleedu_essay_features import FeatureDefinition, FeatureSchema
from huleedu_ml_training.data.feature_vectors import host_feature_schema
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.export.bundle_errors import ForbiddenGraphError
from huleedu_ml_training.export.onnx_graph import build_onnx_graph
from huleedu_ml_training.inference import EssayScorer
from huleedu_ml_training.inference.errors import (
    FeatureSchemaMismatchError,
    HostFeaturesNeededError,
    InvalidFeatureMatrixError,
)
from huleedu_ml_training.models.calibration import fit_calibrator
from huleedu_ml_training.models.decision import fit_decision_rule
from huleedu_ml_training.models.grader import Grader
from huleedu_ml_training.testing.bundles import small_files
from huleedu_ml_training.testing.fakes.classifier import LinearTrainer
from huleedu_ml_training.testing.fakes.feature_pipeline import CountingFeaturePipeline

SCALE = GradeScale.named("swedish_8")
COUNTS = CountingFeaturePipeline().schema
TEXTS = ["One short text.", "A longer text, with rather more words in it.", "Two words."]


def fitted_grader(names):
    rng = np.random.default_rng(7)
    X = rng.normal(20, 8, (300, len(names))).astype(np.float32)
    y = np.clip(np.rint((X[:, 0] - 4) / 4), 0, 7).astype(np.int64)
    classifier = LinearTrainer().fit(X, y, n_grades=8, stopping=(X, y), seed=0)
    latent, cumulative = classifier.latent(X), classifier.cumulative(X)
    calibrator = fit_calibrator("platt", latent, cumulative, y, 8)
    decision = fit_decision_rule("median", calibrator.probabilities(latent, cumulative), y)
    return Grader(SCALE, names, classifier, calibrator, decision)


def bundle_of(schema, *, graph=None):
    grader = fitted_grader(schema.names)
    files = {
        **small_files(),
        **grader.save_state(),
        "grader.onnx": graph or build_onnx_graph(grader, feature_schema_digest=schema.digest),
        "feature_schema.json": json.dumps(schema.to_dict()).encode(),
    }
    bundle = Bundle.create(
        files,
        model_name="essay-scorer",
        version="20250101_120000",
        scale=SCALE,
        feature_schema_digest=schema.digest,
        feature_count=len(schema),
        dataset_digest="d" * 64,
        created_at=datetime(2025, 1, 1, tzinfo=UTC),
        library_versions={},
        seed=0,
        parity={"passed": True},
    )
    return bundle, grader


@pytest.fixture(scope="module")
def scorer():
    return EssayScorer(bundle_of(COUNTS)[0], CountingFeaturePipeline())


def test_a_score_is_the_graders_own():
    bundle, grader = bundle_of(COUNTS)
    scorer = EssayScorer(bundle, CountingFeaturePipeline())
    X = np.random.default_rng(1).normal(20, 8, (50, 3)).astype(np.float32)

    graph, model = scorer.score_features(X), grader.predict(X)

    assert model.grades.tolist() == graph.grades.tolist()
    assert model.probabilities == pytest.approx(graph.probabilities, abs=1e-6)


def test_a_large_batch_is_graded_in_order():
    bundle, grader = bundle_of(COUNTS)
    X = np.random.default_rng(2).normal(20, 8, (1100, 3)).astype(np.float32)
    answer, expected = EssayScorer(bundle).score_features(X), grader.predict(X)
    assert expected.grades.tolist() == answer.grades.tolist()
    assert expected.latent == pytest.approx(answer.latent, abs=1e-6)
    assert (1100, 8) == answer.probabilities.shape


def test_a_text_is_graded_alike_alone_and_among_others(scorer):
    together = scorer.score_texts(TEXTS)
    for score, alone in zip(
        together, (scorer.score_texts([text])[0] for text in TEXTS), strict=True
    ):
        assert alone.grade == score.grade
        assert alone.probabilities == pytest.approx(score.probabilities, abs=1e-12)
        assert alone.latent == pytest.approx(score.latent, rel=1e-12)
    assert [set(SCALE.labels)] * 3 == [set(score.probabilities) for score in together]


def test_threads_and_tasks_get_the_same_scores(scorer):
    expected = scorer.score_texts(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        assert [expected] * 20 == list(pool.map(lambda _: scorer.score_texts(TEXTS), range(20)))

    async def gathered():
        return await asyncio.gather(*(scorer.score_texts_async(TEXTS) for _ in range(5)))

    assert [expected] * 5 == asyncio.run(gathered())


async def test_feature_vectors_can_be_graded_beside_the_event_loop(scorer):
    X = np.array([[10, 60, np.nan]], dtype=np.float32)
    answer = await scorer.score_features_async(X)
    assert scorer.score_features(X).grades.tolist() == answer.grades.tolist()


def test_no_essays_are_no_scores(scorer):
    assert [] == scorer.score_texts([])
    assert 0 == len(scorer.score_features(np.empty((0, 3), dtype=np.float32)))


@pytest.mark.parametrize(
    ("X", "reason"),
    [
        (np.zeros((2, 4)), r"\(2, 4\), expected \(n_essays, 3\)"),
        (np.zeros(3), "expected"),
        (np.array([[0, np.inf, 0]]), "row 0, column 1 is infinite"),
        (np.array([[0, 0, -np.inf]]), "row 0, column 2 is infinite"),
    ],
)
def test_what_is_no_feature_matrix_is_refused(scorer, X, reason):
    with pytest.raises(InvalidFeatureMatrixError, match=reason):
        scorer.score_features(X)


def test_a_pipeline_of_another_schema_is_refused():
    features = (*COUNTS.features[:2], FeatureDefinition("other", "structure", "count", "Other."))
    schema = FeatureSchema(features=features, backends={"counting": "0"})
    with pytest.raises(FeatureSchemaMismatchError) as caught:
        EssayScorer(bundle_of(schema)[0], CountingFeaturePipeline())
    assert "missing ['other'], added ['prompt_words']" in str(caught.value)
    assert "counting was 0, is 1" in str(caught.value)


def test_a_grader_on_the_hosts_features_takes_vectors_only():
    scorer = EssayScorer(bundle_of(host_feature_schema(["a", "b"]))[0])
    assert 1 == len(scorer.score_features(np.array([[20, 20]], dtype=np.float32)))
    with pytest.raises(HostFeaturesNeededError, match="2 features that the host computes"):
        scorer.score_texts(["text"])


def test_a_graph_that_cannot_run_is_told():
    with pytest.raises(ForbiddenGraphError):
        EssayScorer(bundle_of(COUNTS, graph=b"nonsense")[0], CountingFeaturePipeline())
