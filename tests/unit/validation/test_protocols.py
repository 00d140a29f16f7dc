"""What the protocols of cross-validation fit on what."""

from dataclasses import replace

import pytest

from huleedu_ml_training.config import ModelSettings
from huleedu_ml_training.data.splitter import create_splitter
from huleedu_ml_training.models.catalogue import create_trainer
from huleedu_ml_training.models.decision import RULES, fit_decision_rule
from huleedu_ml_training.testing.validation_suite import ValidationProtocolSuite
from huleedu_ml_training.training.cross_validation import validation_protocols
from huleedu_ml_training.training.validation_figures import PooledPasses

PROTOCOLS = ("honest", "legacy")


class TestHonest(ValidationProtocolSuite):
    @pytest.fixture
    def make_protocol(self):
        return lambda trainer: validation_protocols(trainer, (), create_splitter)["honest"]


class TestLegacy(ValidationProtocolSuite):
    @pytest.fixture
    def make_protocol(self):
        return lambda trainer: validation_protocols(trainer, (), create_splitter)["legacy"]


def test_only_the_legacy_protocol_finds_agreement_in_noise(make_essays, make_settings, score):
    settings = make_settings(rounds=60, calibration="auto")
    trainer = create_trainer(settings.model, threads=1)
    qwk = {name: [] for name in PROTOCOLS}
    for seed in (1, 5, 6, 7):
        dataset = make_essays(200, seed=seed, noise=True, n_features=30, n_prompts=40)
        folds = create_splitter(settings.split).folds(dataset, 5)
        for name in PROTOCOLS:
            held_out = score(name, dataset, settings, folds=folds, trainer=trainer)
            pooled = PooledPasses([held_out], dataset, settings.evaluation)
            qwk[name].append(pooled.figures("equating").values["qwk"])

    honest, legacy = (qwk[name] for name in PROTOCOLS)
    assert abs(sum(each.value for each in honest)) / 4 < 0.08
    assert sum(each.low < 0 < each.high for each in honest) >= 3
    assert sum(each.low > 0 for each in legacy) >= 3
    assert all(flattered.value > true.value for flattered, true in zip(legacy, honest, strict=True))


@pytest.mark.parametrize("name", PROTOCOLS)
def test_both_find_the_signal_that_is_there(make_essays, make_settings, score, name):
    dataset, settings = make_essays(), make_settings()

    pooled = PooledPasses([score(name, dataset, settings)], dataset, settings.evaluation)

    assert pooled.figures("equating").values["qwk"].low > 0.6


def test_honest_grades_do_not_depend_on_the_grades_of_the_tested_essays(
    make_essays, make_settings, score
):
    dataset, settings = make_essays(), make_settings()
    folds = create_splitter(settings.split).folds(dataset, 4)
    trainer = create_trainer(settings.model, threads=1)
    grades = dataset.grades.copy()
    grades[folds[0].test] = 4 - grades[folds[0].test]
    other = replace(dataset, grades=grades)

    scored = {
        name: [
            score(name, essays, settings, folds=folds, trainer=trainer)
            for essays in (dataset, other)
        ]
        for name in PROTOCOLS
    }

    before, after = scored["honest"]
    own = before.fold == 0
    assert before.probabilities[own].tolist() == after.probabilities[own].tolist()
    for rule in RULES:
        assert before.grades[rule][own].tolist() == after.grades[rule][own].tolist()
    assert before.probabilities[~own].tolist() != after.probabilities[~own].tolist()
    before, after = scored["legacy"]
    assert before.latent[own].tolist() != after.latent[own].tolist()


def test_legacy_cut_points_of_a_fold_come_from_the_other_folds(make_essays, make_settings, score):
    dataset, settings = make_essays(), make_settings()

    held_out = score("legacy", dataset, settings)

    y = dataset.grades
    for rule in ("equating", "qwk_cutpoints"):
        for number in range(4):
            own = held_out.fold == number
            fitted = fit_decision_rule(rule, held_out.probabilities[~own], y[~own])
            grades = fitted.decide(held_out.probabilities[own])
            assert grades.tolist() == held_out.grades[rule][own].tolist()


@pytest.mark.parametrize(("name", "steps"), [("honest", 4 * 5), ("legacy", 4 * 2)])
def test_ensembles_are_validated_as_ensembles(
    make_essays, make_settings, score, phase, name, steps
):
    dataset, settings = make_essays(), make_settings()
    ridge = create_trainer(ModelSettings(kind="ridge"), threads=1)

    alone = score(name, dataset, settings)
    phase.told.clear()
    together = score(name, dataset, settings, companions=(ridge,))

    assert phase.told[-1] == steps
    assert together.latent.tolist() != alone.latent.tolist()
    pooled = PooledPasses([together], dataset, settings.evaluation)
    assert pooled.figures("equating").values["pearson"].low > 0.6
