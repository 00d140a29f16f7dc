"""Ensembles of every sort of member as one graph."""

import numpy as np
import onnx
import pytest

from huleedu_ml_training.config import BoosterSettings, ModelSettings
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.export.errors import ParityError
from huleedu_ml_training.export.onnx_graph import build_onnx_graph
from huleedu_ml_training.export.parity import certify_parity
from huleedu_ml_training.export.tree_routing import tree_boosters
from huleedu_ml_training.export.trees import split_points
from huleedu_ml_training.models.calibration import METHODS, IdentityCalibrator
from huleedu_ml_training.models.catalogue import create_trainer
from huleedu_ml_training.models.decision import MedianRule
from huleedu_ml_training.models.ensemble import ensemble_of
from huleedu_ml_training.models.grader import Grader
from huleedu_ml_training.models.pooling import Pool
from huleedu_ml_training.models.stacking import StackedTrainer

SCALE = GradeScale.named("swedish_8")
DIGEST = "cd" * 32
BOOSTER = BoosterSettings(max_rounds=25, feature_fraction=0.7)
MEMBERS = (
    ModelSettings(booster=BOOSTER),
    ModelSettings(kind="joint_threshold", link="probit", booster=BOOSTER),
    ModelSettings(kind="regression", backend="xgboost", booster=BOOSTER),
    ModelSettings(kind="multiclass", booster=BOOSTER),
    ModelSettings(kind="ridge"),
)
POOL = Pool(
    np.array([0.1, 0.2, 0.3, 0.15, 0.25]),
    np.array([0.1, -0.2, 0.3, 0.0, -0.1]),
    np.array([0.5, 1.5, 2.0, 1.0, 0.7]),
)


def fit_members(X, y, embedding=()):
    half = len(y) // 2
    trainer = StackedTrainer(create_trainer(MEMBERS[0], threads=1), embedding)
    essays = trainer.prepare(
        X[:half],
        y[:half],
        np.arange(half),
        n_grades=8,
        stopping=(X[half:], y[half:]),
        seed=1,
    )
    return [
        essays.stacked(essays.fit_base(create_trainer(each, threads=1), seed=number))
        for number, each in enumerate(MEMBERS)
    ]


@pytest.fixture(scope="module")
def members(rows):
    return fit_members(*rows)


@pytest.fixture(scope="module")
def ensemble(members):
    return ensemble_of(members, POOL)


def certified(grader, X):
    graph = build_onnx_graph(grader, feature_schema_digest=DIGEST)
    certificate = certify_parity(grader, graph, X, seed=4)
    assert (0, True) == (certificate.grade_flips, certificate.passed)
    # Less than the rounding of one constant to float32 would do.
    assert certificate.max_latent_difference < 1e-11
    assert certificate.max_probability_difference < 1e-11
    return graph


@pytest.mark.parametrize("calibration", METHODS)
def test_unlike_kinds_grade_as_their_model_does(calibration, ensemble, rows, assemble_grader):
    grader = assemble_grader(ensemble, *rows, SCALE, calibration, "equating")
    graph = certified(grader, rows[0])
    again = Grader.load_state(grader.save_state(), scale=SCALE, feature_names=grader.feature_names)
    assert graph == build_onnx_graph(again, feature_schema_digest=DIGEST)


@pytest.mark.parametrize("calibration", ["none", "platt"])
def test_a_linear_model_alone(calibration, members, rows, assemble_grader):
    graph = certified(assemble_grader(members[4], *rows, SCALE, calibration, "median"), rows[0])
    assert {} == split_points(graph)


def test_seeds_of_one_kind(rows, assemble_grader):
    X, y = rows
    settings = ModelSettings(kind="joint_threshold", booster=BOOSTER)
    trainer = create_trainer(settings, threads=1)
    seeds = [trainer.fit(X, y, n_grades=8, stopping=(X, y), seed=seed) for seed in (1, 2, 3)]
    model = ensemble_of(seeds, Pool(np.full(3, 1 / 3), np.zeros(3), np.ones(3)))
    certified(assemble_grader(model, X, y, SCALE, "none", "median"), X)


def test_one_score_of_an_embedding_for_all_members(rows, assemble_grader):
    X, y = rows[0].copy(), rows[1]
    X[:, 8:] = np.nan_to_num(X[:, 8:])
    X[::29, 8:] = np.nan
    X = np.ascontiguousarray(X[:, ::-1])
    embedding = range(X.shape[1] - 8)
    model = ensemble_of(fit_members(X, y, embedding), POOL)
    graph = certified(assemble_grader(model, X, y, SCALE, "isotonic", "median"), X)
    nodes = [node.op_type for node in onnx.load_from_string(graph).graph.node]
    assert len(tree_boosters(model)) == nodes.count("TreeEnsembleRegressor")
    # The weights of the score are there once, not once a member.
    weights = [
        tensor
        for tensor in onnx.load_from_string(graph).graph.initializer
        if list(tensor.dims) == [len(embedding), 1]
    ]
    assert 1 == len(weights)


@pytest.mark.filterwarnings("error")
def test_embeddings_that_overflow(rows, assemble_grader):
    """Tiny dimensions have huge weights, so that the greatest numbers have an infinite score."""
    X, y = rows[0].copy(), rows[1]
    X[:, 8:] = np.nan_to_num(X[:, 8:]) * np.float32(1e-4)
    model = ensemble_of(fit_members(X, y, range(8, X.shape[1])), POOL)
    certified(assemble_grader(model, X, y, SCALE, "none", "median"), X)


def test_adversarial_rows_sit_on_the_thresholds_of_every_member(members, ensemble, rows):
    """Each member's own thresholds are among those that rows are made from."""

    def points(classifier):
        grader = Grader(SCALE, names, classifier, *parts)
        return split_points(build_onnx_graph(grader, feature_schema_digest=DIGEST))

    names = tuple(f"feature_{column}" for column in range(rows[0].shape[1]))
    parts = IdentityCalibrator(), MedianRule()
    every = points(ensemble)
    for member in members[:4]:
        for column, thresholds in points(member).items():
            assert set(thresholds) <= set(every[column])
    assert all(len(every[column]) > len(points(members[0]).get(column, ())) for column in every)


@pytest.mark.parametrize("number", range(5))
def test_a_wrong_member_is_noticed(number, members, ensemble, rows, assemble_grader):
    """A graph in which one member's weight went to another fails."""
    weights = POOL.weights.copy()
    weights[number] += 0.05
    weights[number - 1] -= 0.05
    wrong = ensemble_of(members, Pool(weights, POOL.centres, POOL.spreads))
    grader = assemble_grader(ensemble, *rows, SCALE, "none", "median")
    graph = build_onnx_graph(
        assemble_grader(wrong, *rows, SCALE, "none", "median"), feature_schema_digest=DIGEST
    )
    with pytest.raises(ParityError):
        certify_parity(grader, graph, rows[0], seed=4)
