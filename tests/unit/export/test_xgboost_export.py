"""Graders whose trees XGBoost grew."""

import numpy as np
import pytest

from huleedu_ml_training.config import BoosterSettings, ModelSettings
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.export.errors import UnsupportedExportError
from huleedu_ml_training.export.onnx_graph import build_onnx_graph
from huleedu_ml_training.export.parity import certify_parity
from huleedu_ml_training.export.tree_routing import native_margins, tree_boosters
from huleedu_ml_training.export.trees import TreeTable
from huleedu_ml_training.export.xgboost_trees import add_xgboost_trees
from huleedu_ml_training.models.calibration import METHODS
from huleedu_ml_training.models.catalogue import create_trainer

pytest.importorskip("xgboost", reason="the extra xgboost is not installed")

DIGEST = "ba" * 32
SCALE = GradeScale.named("swedish_8")


@pytest.fixture(scope="module", params=["cumulative_binary", "joint_threshold"])
def classifier(request, rows):
    X, y = rows
    booster = BoosterSettings(max_rounds=40, feature_fraction=0.7)
    model = ModelSettings(kind=request.param, backend="xgboost", booster=booster)
    return create_trainer(model, threads=1).fit(
        X[:300], y[:300], n_grades=8, stopping=(X[300:], y[300:]), seed=1
    )


@pytest.mark.parametrize("calibration", METHODS)
def test_the_graph_grades_as_the_model_does(classifier, calibration, rows, assemble_grader):
    grader = assemble_grader(classifier, *rows, SCALE, calibration, "median")
    graph = build_onnx_graph(grader, feature_schema_digest=DIGEST)
    certificate = certify_parity(grader, graph, rows[0], seed=5)
    assert (0, True) == (certificate.grade_flips, certificate.passed)
    assert (302, 0) == (certificate.infinite_rows, certificate.infinite_flips)
    assert certificate.max_latent_difference < 1e-6
    assert certificate.max_probability_difference < 1e-6


def test_infinities_are_routed_by_xgboost_itself(classifier, rows):
    X = rows[0][:100].copy()
    X[::3, 0], X[1::3, 2], X[::5, 7] = np.inf, -np.inf, np.inf
    greatest = np.finfo(np.float32).max
    for booster in tree_boosters(classifier):
        # No threshold is beyond the greatest number, which its own matrix does take.
        expected = booster.margins(np.clip(X, -greatest, greatest))
        assert expected.tolist() == native_margins(booster, X).tolist()


def test_splits_on_categories_and_vector_leaves_are_refused_by_name(rows):
    X, y = rows
    model = ModelSettings(backend="xgboost", booster=BoosterSettings(max_rounds=2))
    booster = (
        create_trainer(model, threads=1)
        .fit(X, np.minimum(y, 1), n_grades=2, stopping=(X, np.minimum(y, 1)), seed=1)
        .thresholds[0]
    )
    tree = booster.trees[0]
    for part, change in (
        ("enable_categorical", {"split_type": [1] * len(tree["split_type"])}),
        ("multi_strategy", {"tree_param": {**tree["tree_param"], "size_leaf_vector": "2"}}),
    ):
        booster.trees[0] = {**tree, **change}
        with pytest.raises(UnsupportedExportError, match=part):
            add_xgboost_trees(TreeTable(), 0, booster)
