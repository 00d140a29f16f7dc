import numpy as np
import pytest

from huleedu_ml_training.domain.split import Split
from huleedu_ml_training.training.cross_fitting import (
    FoldScores,
    OutOfFold,
    cross_calibrate,
    cross_decide,
    cross_fit,
)


def make_folds(n, k):
    rows = np.arange(n)
    folds = []
    for number in range(k):
        test = rows[number::k]
        rest = np.setdiff1d(rows, test)
        folds.append(Split(train=rest[2:], validation=rest[:2], test=test, scheme="x", seed=0))
    return folds


def test_every_essay_gets_the_scores_of_the_fold_that_held_it_out():
    folds = make_folds(10, 3)

    def score(number, fold):
        return FoldScores(fold.test + 100.0 * number, np.full((len(fold.test), 2), number / 10))

    oof = cross_fit(folds, 10, score)

    for number, fold in enumerate(folds):
        assert (oof.fold[fold.test] == number).all()
        assert oof.latent[fold.test].tolist() == (fold.test + 100.0 * number).tolist()
        assert (oof.cumulative[fold.test] == number / 10).all()


def test_folds_that_leave_essays_out_are_refused():
    folds = make_folds(10, 3)[:2]
    with pytest.raises(ValueError, match="every essay"):
        cross_fit(folds, 10, lambda _, f: FoldScores(f.test * 1.0, np.zeros((len(f.test), 2))))


def make_oof(y, noise, fold, seed=0):
    latent = y + np.random.default_rng(seed).normal(0, noise, len(y))
    return OutOfFold(latent, np.full((len(y), 3), 0.5), fold)


def test_calibration_of_an_essay_does_not_depend_on_its_own_grade():
    rng = np.random.default_rng(1)
    y = rng.integers(0, 4, 120)
    fold = np.arange(120) % 4
    oof = make_oof(y, 1.0, fold)
    before = cross_calibrate("platt", oof, y, 4)

    changed = y.copy()
    changed[fold == 0] = 3 - changed[fold == 0]
    after = cross_calibrate("platt", oof, changed, 4)

    assert before[fold == 0].tolist() == after[fold == 0].tolist()
    assert before[fold != 0].tolist() != after[fold != 0].tolist()


def test_decision_of_an_essay_does_not_depend_on_its_own_grade():
    rng = np.random.default_rng(2)
    y = rng.integers(0, 4, 160)
    fold = np.arange(160) % 4
    probabilities = cross_calibrate("platt", make_oof(y, 0.7, fold), y, 4)
    before = cross_decide("qwk_cutpoints", probabilities, y, fold)

    changed = y.copy()
    changed[fold == 1] = 0
    after = cross_decide("qwk_cutpoints", probabilities, changed, fold)

    assert before[fold == 1].tolist() == after[fold == 1].tolist()
