import json

import numpy as np
import pytest

from huleedu_ml_training.config import BoosterSettings
from huleedu_ml_training.models.boosters.lightgbm import LightGBMBackend
from huleedu_ml_training.models.errors import InvalidModelStateError, UnknownMethodError
from huleedu_ml_training.models.multiclass import PSEUDO_ESSAYS, MulticlassTrainer
from huleedu_ml_training.testing.simulation import simulate_essays

SETTINGS = BoosterSettings(max_rounds=40, learning_rate=0.15, feature_fraction=0.8)


def fit(essays, y=None, *, n_grades=5, settings=SETTINGS, **options):
    y = essays.y if y is None else y
    trainer = MulticlassTrainer(LightGBMBackend(settings), **{"patience": 6, **options})
    return trainer.fit(
        essays.X[:300],
        y[:300],
        n_grades=n_grades,
        stopping=(essays.X[300:], y[300:]),
        seed=1,
    )


@pytest.fixture
def essays():
    return simulate_essays(500, 5, missing=0.05, seed=2)


@pytest.mark.parametrize("stopping_loss", ["log_loss", "rps"])
def test_probabilities_are_the_softmax_of_the_scores(essays, stopping_loss):
    model = fit(essays, stopping_loss=stopping_loss)
    scores = model.base + np.column_stack([b.margins(essays.X) for b in model.boosters])
    masses = np.exp(scores)
    above = 1 - np.cumsum(masses / masses.sum(axis=1, keepdims=True), axis=1)[:, :-1]
    assert above == pytest.approx(model.cumulative(essays.X), abs=1e-12)
    log_odds = np.log(above / (1 - above))
    assert np.arcsinh(log_odds / 2) @ model.latent_weights == pytest.approx(
        model.latent(essays.X), abs=1e-8
    )


def test_all_grades_end_at_one_round(essays):
    rounds = {booster.native.num_trees() for booster in fit(essays).boosters}
    assert 1 == len(rounds)
    assert SETTINGS.max_rounds not in rounds


def test_absent_and_rare_grades_keep_their_smoothed_frequencies(essays):
    y = np.clip(essays.y, 1, 3)
    y[7] = 4
    model = fit(essays, y, n_grades=6)
    counts = np.bincount(y[:300], minlength=6) + PSEUDO_ESSAYS
    assert np.log(counts / counts.sum()) == pytest.approx(model.base)
    cumulative = model.cumulative(essays.X)
    assert np.isfinite(model.latent(essays.X)).all()
    assert cumulative[:, 3].mean() < 0.05
    assert np.corrcoef(cumulative.sum(axis=1), y)[0, 1] > 0.6


def test_an_unknown_loss_is_refused():
    with pytest.raises(UnknownMethodError, match="log_loss, rps"):
        MulticlassTrainer(LightGBMBackend(SETTINGS), stopping_loss="accuracy")


@pytest.mark.parametrize(
    "damage",
    [{"base": [0.0]}, {"latent_weights": []}, {"grades": []}, {"grades": [None] * 5}],
)
def test_a_changed_state_is_refused(essays, damage):
    settings = SETTINGS.model_copy(update={"max_rounds": 2})
    state = dict(fit(essays, settings=settings).state())
    document = {**json.loads(state["booster.json"]), **damage}
    with pytest.raises(InvalidModelStateError):
        MulticlassTrainer(LightGBMBackend(SETTINGS)).load(
            {**state, "booster.json": json.dumps(document).encode()}
        )
