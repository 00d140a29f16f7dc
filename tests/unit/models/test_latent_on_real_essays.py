"""The latent score's definition pays where grades are noisy and some are rare: on real essays."""

import csv

import numpy as np
import pytest

from huleedu_ml_training.config import BoosterSettings
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.models.boosters.lightgbm import LightGBMBackend
from huleedu_ml_training.models.calibration import fit_calibrator
from huleedu_ml_training.models.cumulative import exceedance
from huleedu_ml_training.models.ordinal_classifier import CumulativeBinaryTrainer

COLUMNS = ("num_words", "num_sent", "num_para", "MTLD", "TTR", "Type")
N_FOLDS = 4

pytestmark = pytest.mark.corpus


@pytest.fixture
def out_of_fold(ellipse_csv):
    """Log-odds, latent scores and cumulative probabilities by unseeing models, and grades."""
    with ellipse_csv.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    X = np.array([[float(row[c]) for c in COLUMNS] for row in rows], dtype=np.float32)
    y = GradeScale.named("ellipse_overall").encode(row["Overall"] for row in rows)
    trainer = CumulativeBinaryTrainer(LightGBMBackend(BoosterSettings(feature_fraction=0.8)))
    fold = np.random.default_rng(0).permutation(len(y)) % N_FOLDS
    found, latent, cumulative = np.empty((len(y), 8)), np.empty(len(y)), np.empty((len(y), 8))
    for number in range(N_FOLDS):
        held_out, rest = fold == number, np.flatnonzero(fold != number)
        stopping, train = rest[::6], np.delete(rest, np.s_[::6])
        classifier = trainer.fit(
            X[train], y[train], n_grades=9, stopping=(X[stopping], y[stopping]), seed=number
        )
        found[held_out] = classifier.margins(X[held_out])
        latent[held_out] = classifier.latent(X[held_out])
        cumulative[held_out] = classifier.cumulative(X[held_out])
    return found, latent, cumulative, y


def rps(method, latent, cumulative, y):
    """Ranked probability score after calibration on the other half."""
    half = np.arange(len(y)) % 2 == 0
    total = 0.0
    for fit, use in ((half, ~half), (~half, half)):
        calibrator = fit_calibrator(method, latent[fit], cumulative[fit], y[fit], 9)
        given = exceedance(calibrator.probabilities(latent[use], cumulative[use]))
        total += ((given - (y[use, None] > np.arange(8))) ** 2).sum()
    return total / len(y)


def test_it_beats_the_plain_mean_of_log_odds_and_the_raw_probabilities(out_of_fold):
    margins, latent, cumulative, y = out_of_fold
    reached = rps("platt", latent, cumulative, y)
    assert reached < 0.99 * rps("platt", margins.mean(axis=1), cumulative, y)
    assert reached < 0.99 * rps("none", latent, cumulative, y)
