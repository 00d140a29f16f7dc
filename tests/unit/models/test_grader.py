import json

import numpy as np
import pytest

from huleedu_ml_training.config import BoosterSettings, ModelSettings, Settings
from huleedu_ml_training.container import create_container
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.export.bundle import size_limit
from huleedu_ml_training.models.calibration import fit_calibrator
from huleedu_ml_training.models.catalogue import create_trainer
from huleedu_ml_training.models.decision import fit_decision_rule
from huleedu_ml_training.models.errors import (
    InvalidFeaturesError,
    InvalidModelStateError,
    UnknownMethodError,
)
from huleedu_ml_training.models.grader import Grader
from huleedu_ml_training.models.protocols import OrdinalClassifierTrainerProtocol
from huleedu_ml_training.testing.simulation import simulate_essays

SCALE = GradeScale.named("swedish_8")
NAMES = tuple(f"feature_{i}" for i in range(12))


@pytest.fixture(scope="module")
def essays():
    return simulate_essays(500, 8, missing=0.03, seed=9)


@pytest.fixture(scope="module")
def grader(essays):
    settings = ModelSettings(booster=BoosterSettings(max_rounds=20))
    train, stopping, oof = essays.part(0, 300), essays.part(300, 400), essays.part(400, 500)
    classifier = create_trainer(settings, threads=1).fit(
        train.X, train.y, n_grades=8, stopping=(stopping.X, stopping.y), seed=1
    )
    latent, cumulative = classifier.latent(oof.X), classifier.cumulative(oof.X)
    calibrator = fit_calibrator("platt", latent, cumulative, oof.y, 8)
    probabilities = calibrator.probabilities(latent, cumulative)
    decision = fit_decision_rule("qwk_cutpoints", probabilities, oof.y)
    return Grader(SCALE, NAMES, classifier, calibrator, decision)


def load(state, scale=SCALE, names=NAMES):
    return Grader.load_state(state, scale=scale, feature_names=names)


def test_the_three_parts_work_together(grader, essays):
    predictions = grader.predict(essays.X)
    latent = grader.classifier.latent(essays.X)
    probabilities = grader.calibrator.probabilities(latent, grader.classifier.cumulative(essays.X))
    assert SCALE == predictions.scale
    assert np.array_equal(latent, predictions.latent)
    assert np.array_equal(probabilities, predictions.probabilities)
    assert np.array_equal(grader.decision.decide(probabilities), predictions.grades)


def test_it_comes_back_bit_for_bit(grader, essays):
    loaded = load(grader.save_state())
    before, after = grader.predict(essays.X), loaded.predict(essays.X)
    assert np.array_equal(before.latent, after.latent)
    assert np.array_equal(before.probabilities, after.probabilities)
    assert np.array_equal(before.grades, after.grades)
    assert grader.save_state() == loaded.save_state()


def test_its_files_may_be_in_a_bundle(grader):
    assert all(len(data) <= size_limit(name) for name, data in grader.save_state().items())


def test_an_infinity_is_refused_with_the_name_of_its_feature(grader, essays):
    X = essays.X.copy()
    X[7, 3] = np.inf
    with pytest.raises(InvalidFeaturesError, match=r"row 7, column 3 \(feature_3\)"):
        grader.predict(X)


def test_a_value_beyond_float32_is_an_infinity(grader, essays):
    X = essays.X.astype(np.float64)
    X[0, 0] = 1e39
    with pytest.raises(InvalidFeaturesError, match=r"row 0, column 0 \(feature_0\)"):
        grader.predict(X)


def test_parts_that_do_not_fit_are_refused(grader):
    parts = (grader.classifier, grader.calibrator, grader.decision)
    with pytest.raises(ValueError, match="8 grades, a scale of 9"):
        Grader(GradeScale.named("ellipse_overall"), NAMES, *parts)
    with pytest.raises(ValueError, match="12 features, 11 names"):
        Grader(SCALE, NAMES[1:], *parts)


def test_a_state_of_other_dimensions_is_refused(grader):
    with pytest.raises(InvalidModelStateError, match="12 features and 8 grades"):
        load(grader.save_state(), scale=GradeScale.named("ellipse_overall"))
    with pytest.raises(InvalidModelStateError, match=r"booster\.json"):
        load(grader.save_state(), names=NAMES[1:])


@pytest.mark.parametrize("name", ["booster.json", "calibration.json", "decision.json"])
@pytest.mark.parametrize("data", [None, b"", b"[]", b"{}", b"\xff"])
def test_a_damaged_document_is_refused(grader, name, data):
    state = grader.save_state()
    if data is None:
        del state[name]
    else:
        state[name] = data
    with pytest.raises(InvalidModelStateError) as caught:
        load(state)
    assert name == caught.value.file


def test_a_kind_of_a_later_version_is_refused_by_name(grader):
    state = grader.save_state()
    document = json.loads(state["booster.json"])
    document["kind"] = "telepathy"
    state["booster.json"] = json.dumps(document).encode()
    with pytest.raises(UnknownMethodError, match="telepathy on lightgbm"):
        load(state)


async def test_the_container_gives_the_trainer_of_the_settings(tmp_path):
    container = create_container(Settings(home=tmp_path))
    trainer = await container.get(OrdinalClassifierTrainerProtocol)
    await container.close()
    assert "cumulative_binary" == trainer.kind
