"""What the protocols of cross-validation fit on what."""

from dataclasses import replace
from uuid import uuid4

import numpy as np
import pytest

from huleedu_ml_training.data.splitter import create_splitter
from huleedu_ml_training.models.catalogue import create_trainer
from huleedu_ml_training.models.decision import RULES, fit_decision_rule
from huleedu_ml_training.testing.fakes.classifier import LinearTrainer
from huleedu_ml_training.training.checkpoints import CheckpointStore
from huleedu_ml_training.training.interruption import StopSignal, WorkStoppedError
from huleedu_ml_training.training.validation_figures import PooledPasses

PROTOCOLS = ("honest", "legacy")


class CountingTrainer(LinearTrainer):
    """Counts fits, and asks for a stop when there were so many."""

    def __init__(self, stop=None, after=None):
        super().__init__()
        self.fits = 0
        self._stop, self._after = stop, after

    def fit(self, *arguments, **options):
        if self.fits == self._after:
            self._stop.set()
        fitted = super().fit(*arguments, **options)
        self.fits += 1
        return fitted


def same(one, other):
    arrays = ("rows", "fold", "latent", "probabilities")
    pairs = [(getattr(one, name), getattr(other, name)) for name in arrays]
    pairs += [(one.grades[rule], other.grades[rule]) for rule in RULES]
    return all(np.array_equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("seed", [1, 2])
def test_only_the_legacy_protocol_finds_agreement_in_noise(make_essays, make_settings, score, seed):
    dataset = make_essays(200, seed=seed, noise=True, n_features=30, n_prompts=40)
    settings = make_settings(rounds=60)
    folds = create_splitter(settings.split).folds(dataset, 5)
    trainer = create_trainer(settings.model, threads=1)

    qwk = {}
    for name in PROTOCOLS:
        held_out = score(name, dataset, settings, folds=folds, trainer=trainer)
        pooled = PooledPasses([held_out], dataset, settings.evaluation)
        qwk[name] = pooled.figures("equating").values["qwk"]

    assert qwk["honest"].low < 0 < qwk["honest"].high
    assert qwk["legacy"].low > 0
    assert qwk["legacy"].value > qwk["honest"].value + 0.1


@pytest.mark.parametrize("name", PROTOCOLS)
def test_both_find_the_signal_that_is_there(make_essays, make_settings, score, name):
    dataset, settings = make_essays(), make_settings()

    pooled = PooledPasses([score(name, dataset, settings)], dataset, settings.evaluation)

    assert pooled.figures("equating").values["qwk"].low > 0.6


@pytest.mark.parametrize("name", PROTOCOLS)
@pytest.mark.parametrize("scheme", ["stratified", "prompt_holdout", "temporal"])
def test_every_tested_essay_is_scored_once_and_always_alike(
    make_essays, make_settings, score, name, scheme
):
    dataset, settings = make_essays(), make_settings(scheme)

    first, again = (score(name, dataset, settings) for _ in range(2))

    assert np.arange(len(dataset)).tolist() == first.rows.tolist()
    assert set(range(4)) == set(first.fold.tolist())
    assert same(first, again)


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


@pytest.mark.parametrize(("name", "fits"), [("honest", 4 * 3), ("legacy", 4)])
def test_a_stopped_pass_goes_on_without_fitting_again(
    make_essays, make_settings, score, tmp_path, phase, name, fits
):
    dataset, settings = make_essays(), make_settings()
    checkpoints = CheckpointStore(tmp_path, uuid4())
    stop = StopSignal()
    stopped = CountingTrainer(stop, after=fits // 2)
    with pytest.raises(WorkStoppedError):
        score(name, dataset, settings, trainer=stopped, checkpoints=checkpoints, stop=stop)
    resumed = CountingTrainer()
    phase.told.clear()

    gone_on = score(name, dataset, settings, trainer=resumed, checkpoints=checkpoints)

    undisturbed = CountingTrainer()
    assert same(gone_on, score(name, dataset, settings, trainer=undisturbed))
    assert undisturbed.fits == fits
    assert stopped.fits + resumed.fits == fits


@pytest.mark.parametrize(("name", "steps"), [("honest", 4 * 3), ("legacy", 4)])
def test_progress_never_goes_back_and_ends_at_its_total(
    make_essays, make_settings, score, phase, name, steps
):
    score(name, make_essays(), make_settings())

    assert sorted(phase.told) == phase.told
    assert phase.told[-1] == steps
