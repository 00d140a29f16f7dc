import json
import warnings

import numpy as np
import pytest
from scipy.special import log_expit

from huleedu_ml_training.config import BoosterSettings
from huleedu_ml_training.models.boosters.lightgbm import LightGBMBackend
from huleedu_ml_training.models.errors import InvalidModelStateError
from huleedu_ml_training.models.ordinal_classifier import CumulativeBinaryTrainer
from huleedu_ml_training.testing.simulation import simulate_essays

SETTINGS = BoosterSettings(max_rounds=60, early_stopping_rounds=8, learning_rate=0.15)


@pytest.fixture
def trainer():
    return CumulativeBinaryTrainer(LightGBMBackend(SETTINGS))


@pytest.fixture
def essays():
    return simulate_essays(500, 5, seed=2)


def fit(trainer, essays, *, n_grades=5, y=None, seed=1):
    y = essays.y if y is None else y
    return trainer.fit(
        essays.X[:300],
        y[:300],
        n_grades=n_grades,
        stopping=(essays.X[300:], y[300:]),
        seed=seed,
    )


def test_boosters_end_at_their_best_iteration(trainer, essays):
    classifier = fit(trainer, essays)
    for k, booster in enumerate(classifier.thresholds):
        above = essays.y[300:] > k
        rounds = booster.native.num_trees()
        losses = [
            -np.mean(log_expit(np.where(above, margin, -margin)))
            for margin in (
                booster.native.predict(essays.X[300:], raw_score=True, num_iteration=number)
                for number in range(1, rounds + 1)
            )
        ]
        assert rounds == 1 + int(np.argmin(losses))
        assert rounds < SETTINGS.max_rounds


def test_the_latent_score_is_the_mean_of_compressed_log_odds_weighted_by_information(
    trainer, essays
):
    classifier = fit(trainer, essays)
    share = np.array([(essays.y[:300] > k).mean() for k in range(4)])
    information = share * (1 - share)
    margins = np.column_stack([b.margins(essays.X) for b in classifier.thresholds])
    assert classifier.latent(essays.X) == pytest.approx(
        np.arcsinh(margins / 2) @ information / information.sum(), rel=1e-12
    )


def test_margins_are_float32_numbers(trainer, essays):
    margins = fit(trainer, essays).margins(essays.X)
    assert np.array_equal(margins, margins.astype(np.float32).astype(np.float64))


def test_thresholds_without_a_choice_become_constants(trainer, essays):
    y = np.where(essays.y < 3, 2, 4)
    classifier = fit(trainer, essays, n_grades=7, y=y)
    document = json.loads(classifier.state()["booster.json"])
    assert [True, True, False, False, True, True] == [
        "constant" in entry for entry in document["thresholds"]
    ]
    assert [0.0, 0.0, 0.5, 0.5, 0.0, 0.0] == document["latent_weights"]
    above_all = np.float32(np.log(300.5 / 0.5))
    assert float(above_all) == document["thresholds"][0]["constant"]
    assert float(-above_all) == document["thresholds"][5]["constant"]


def test_a_single_essay_above_a_threshold_is_enough_to_fit_it(trainer, essays):
    y = np.minimum(essays.y, 3)
    y[10] = 4
    classifier = fit(trainer, essays, y=y)
    assert classifier.cumulative(essays.X)[:, 3].mean() < 0.05


def test_the_seed_decides(trainer, essays):
    states = [fit(trainer, essays, seed=seed).state() for seed in (1, 2, -1, 2**40 + 5)]
    assert 4 == len({state["booster_1.txt"] for state in states})


def test_the_number_of_threads_decides_nothing(essays):
    states = [
        fit(CumulativeBinaryTrainer(LightGBMBackend(SETTINGS), threads=n), essays).state()
        for n in (1, 2, 7)
    ]
    assert states[0] == states[1] == states[2]


def test_an_exception_among_many_threads_reaches_the_caller_and_ends_the_others(essays):
    told = []

    def stop_at_tenth(done, total):
        told.append(done)
        if len(told) == 10:
            raise KeyboardInterrupt

    trainer = CumulativeBinaryTrainer(LightGBMBackend(SETTINGS), threads=4)
    for _ in range(5):
        told.clear()
        with pytest.raises(KeyboardInterrupt):
            trainer.fit(
                essays.X,
                essays.y,
                n_grades=5,
                stopping=(essays.X, essays.y),
                seed=0,
                callback=stop_at_tenth,
            )
        assert list(range(1, 11)) == told


def test_the_stopping_part_decides_the_rounds_alone(trainer, essays):
    longer = fit(trainer, essays).thresholds[1].native
    rng = np.random.default_rng(0)
    shuffled = essays.y.copy()
    shuffled[300:] = rng.permutation(shuffled[300:])
    shorter = fit(trainer, essays, y=shuffled).thresholds[1].native
    assert shorter.num_trees() < longer.num_trees()
    common = shorter.num_trees()
    assert np.array_equal(longer.predict(essays.X, num_iteration=common), shorter.predict(essays.X))


def test_nothing_is_printed_or_warned_of(trainer, essays, capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        classifier = fit(trainer, essays)
        trainer.load(classifier.state()).latent(essays.X)
        constant = np.zeros((40, 2), dtype=np.float32)
        y = np.arange(40) % 2
        trainer.fit(constant, y, n_grades=2, stopping=(constant, y), seed=0)
    assert ("", "") == capfd.readouterr()


def change(**values):
    return lambda document: document.update(values)


@pytest.mark.parametrize(
    "damage",
    [
        change(format_version=2),
        change(backend="another"),
        change(n_features=11),
        change(n_features="12"),
        change(latent_weights=[1.0]),
        change(latent_weights=[0.25, 0.25, 0.25, None]),
        change(thresholds=[]),
        change(thresholds=[3, 3, 3, 3]),
        change(thresholds=[{"constant": "high"}] * 4),
        change(thresholds=[{"file": "../booster_0.txt", "sha256": "00"}] * 4),
    ],
)
def test_a_changed_state_is_refused(trainer, essays, damage):
    state = dict(fit(trainer, essays).state())
    document = json.loads(state["booster.json"])
    damage(document)
    with pytest.raises(InvalidModelStateError):
        trainer.load({**state, "booster.json": json.dumps(document).encode()})


def test_a_changed_leaf_is_refused(trainer, essays):
    state = dict(fit(trainer, essays).state())
    state["booster_2.txt"] = state["booster_2.txt"].replace(b"leaf_value=0", b"leaf_value=1", 1)
    with pytest.raises(InvalidModelStateError, match=r"booster_2\.txt .* digest"):
        trainer.load(state)
