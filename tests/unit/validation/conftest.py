"""Essays with features of known worth, and passes over their folds."""

from uuid import uuid4

import numpy as np
import pytest

from huleedu_ml_training.config import (
    BoosterSettings,
    EvaluationSettings,
    ModelSettings,
    Settings,
    SplitSettings,
    TrainingSettings,
)
from huleedu_ml_training.data.feature_vectors import host_feature_schema
from huleedu_ml_training.data.splitter import create_splitter
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.testing.essays import dated_essays
from huleedu_ml_training.testing.fakes.classifier import LinearTrainer
from huleedu_ml_training.testing.simulation import simulate_essays
from huleedu_ml_training.testing.validation_suite import RecordingPhase
from huleedu_ml_training.training.checkpoints import CheckpointStore
from huleedu_ml_training.training.cross_validation import validation_protocols
from huleedu_ml_training.training.interruption import StopSignal
from huleedu_ml_training.training.preparation import PreparedData, summarise
from huleedu_ml_training.training.validation import PassWork
from huleedu_ml_training.training.validation_progress import FitProgress

FIVE = GradeScale("five", ("E", "D", "C", "B", "A"))


@pytest.fixture
def phase():
    return RecordingPhase()


@pytest.fixture
def make_essays():
    """Make a data set; with ``noise`` its features say nothing of its grades."""

    def make(n=150, *, seed=0, noise=False, n_features=8, n_prompts=30):
        simulated = simulate_essays(n, len(FIVE), n_features=n_features, seed=seed)
        rng = np.random.default_rng(seed)
        y = rng.permutation(simulated.y) if noise else simulated.y
        dataset = dated_essays(y.tolist(), scale=FIVE, n_prompts=n_prompts)
        names = [f"f{column}" for column in range(n_features)]
        return dataset.with_features(simulated.X, names, "0" * 64)

    return make


@pytest.fixture
def make_settings(tmp_path):
    def make(scheme="stratified", *, rounds=30, calibration="platt"):
        return Settings(
            home=tmp_path / "home",
            scale=FIVE.labels,
            model=ModelSettings(
                kind="regression",
                calibration=calibration,
                decision="equating",
                # All of them, so that figures do not move with a default.
                booster=BoosterSettings(
                    max_rounds=rounds,
                    early_stopping_rounds=15,
                    learning_rate=0.1,
                    num_leaves=15,
                    min_child_samples=10,
                    feature_fraction=0.5,
                    bagging_fraction=0.8,
                    lambda_l2=1.0,
                    max_bin=63,
                ),
            ),
            training=TrainingSettings(threads=1, folds=2),
            split=SplitSettings(scheme=scheme),
            evaluation=EvaluationSettings(resamples=300),
        )

    return make


@pytest.fixture
def score(tmp_path, phase):
    """Score held-out essays by a protocol, with checkpoints of its own."""

    def score(
        name,
        dataset,
        settings,
        *,
        folds=None,
        trainer=None,
        companions=(),
        checkpoints=None,
        stop=None,
    ):
        splitter = create_splitter(settings.split)
        protocols = validation_protocols(trainer or LinearTrainer(), companions, create_splitter)
        protocol = protocols[name]
        split = splitter.split(dataset)
        return protocol.score(
            PassWork(
                settings=settings,
                prepared=PreparedData(
                    dataset,
                    split,
                    host_feature_schema(dataset.feature_names),
                    summarise(dataset, split),
                ),
                folds=splitter.folds(dataset, 4) if folds is None else folds,
                checkpoints=CheckpointStore(tmp_path, uuid4()),
                stop=StopSignal(),
                progress=FitProgress(phase, protocol.steps_per_fold(settings)),
            )
        )

    return score
