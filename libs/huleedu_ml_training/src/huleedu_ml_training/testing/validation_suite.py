"""Conformance suite of :class:`ValidationProtocol`.

Inherit :class:`ValidationProtocolSuite` and override its fixture ``make_protocol``.
"""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from numpy.typing import NDArray

from huleedu_ml_training.config import (
    ModelSettings,
    Settings,
    SplitSettings,
    TrainingSettings,
)
from huleedu_ml_training.data.feature_vectors import host_feature_schema
from huleedu_ml_training.data.splitter import create_splitter
from huleedu_ml_training.models.decision import RULES
from huleedu_ml_training.models.protocols import OrdinalClassifierTrainerProtocol, RoundCallback
from huleedu_ml_training.models.weights import EssayWeights
from huleedu_ml_training.testing.essays import SWEDISH_8, dated_essays
from huleedu_ml_training.testing.fakes.classifier import LinearClassifier, LinearTrainer
from huleedu_ml_training.testing.simulation import simulate_essays
from huleedu_ml_training.training.checkpoints import CheckpointStore
from huleedu_ml_training.training.held_out import HeldOut
from huleedu_ml_training.training.interruption import StopSignal, WorkStoppedError
from huleedu_ml_training.training.outer_folds import outer_folds
from huleedu_ml_training.training.preparation import PreparedData, summarise
from huleedu_ml_training.training.validation import PassWork, ValidationProtocol
from huleedu_ml_training.training.validation_progress import FitProgress

MakeProtocol = Callable[[OrdinalClassifierTrainerProtocol], ValidationProtocol]

_FOLDS = 3
_RUN = UUID(int=0)


class CountingTrainer(LinearTrainer):
    """Counts fits, and asks for a stop after so many.

    Args:
        stop: What it asks.
        after: Fits after which it does; None for never.
    """

    def __init__(self, stop: StopSignal | None = None, after: int | None = None) -> None:
        super().__init__()
        self.fits = 0
        self._stop = stop
        self._after = after

    def fit(
        self,
        X: NDArray[np.float32],
        y: NDArray[np.int64],
        *,
        n_grades: int,
        stopping: tuple[NDArray[np.float32], NDArray[np.int64]],
        seed: int,
        weights: EssayWeights | None = None,
        callback: RoundCallback | None = None,
    ) -> LinearClassifier:
        """Fit, unless the stop comes first."""
        if self._stop is not None and self.fits == self._after:
            self._stop.set()
        fitted = super().fit(
            X,
            y,
            n_grades=n_grades,
            stopping=stopping,
            seed=seed,
            weights=weights,
            callback=callback,
        )
        self.fits += 1
        return fitted


class RecordingPhase:
    """Remembers what it was told.

    Attributes:
        told: Steps done, as told.
    """

    def __init__(self) -> None:
        self.told: list[int] = []

    def advance(self, steps: int = 1) -> None:
        """Remember further steps."""
        self.update((self.told or [0])[-1] + steps)

    def update(self, done: int, total: int | None = None) -> None:
        """Remember the steps done."""
        del total
        self.told.append(done)


class ValidationProtocolSuite:
    """What every protocol of cross-validation does."""

    @pytest.fixture
    def make_protocol(self) -> MakeProtocol:
        """Return a function that makes the protocol, for models that a trainer fits."""
        raise NotImplementedError

    @pytest.mark.parametrize("scheme", ["stratified", "prompt_holdout", "temporal"])
    def test_scores_tested_essays(
        self, make_protocol: MakeProtocol, tmp_path: Path, scheme: str
    ) -> None:
        """Every essay that a fold tests is scored once, by that fold, and better than by chance."""
        work = _work(tmp_path, scheme)
        held_out = make_protocol(LinearTrainer()).score(work)
        fold_of = {int(row): n for n, fold in enumerate(work.folds) for row in fold.test}
        assert sorted(fold_of) == held_out.rows.tolist()
        assert [fold_of[row] for row in held_out.rows.tolist()] == held_out.fold.tolist()
        assert (len(fold_of), len(SWEDISH_8)) == held_out.probabilities.shape
        assert np.allclose(held_out.probabilities.sum(axis=1), 1)
        y = work.prepared.dataset.grades[held_out.rows]
        assert set(RULES) == set(held_out.grades)
        for grades in held_out.grades.values():
            assert np.abs(grades - y).mean() < np.abs(grades[::-1] - y).mean()

    def test_deterministic(self, make_protocol: MakeProtocol, tmp_path: Path) -> None:
        """Equal work gives equal predictions."""
        one, other = (make_protocol(LinearTrainer()).score(_work(tmp_path / name)) for name in "ab")
        assert _same(one, other)

    def test_resumes(self, make_protocol: MakeProtocol, tmp_path: Path) -> None:
        """A stopped pass goes on where it was, and ends as if it had not been stopped."""
        whole = CountingTrainer()
        expected = make_protocol(whole).score(_work(tmp_path / "whole"))
        stop = StopSignal()
        stopped, resumed = CountingTrainer(stop, after=whole.fits // 2), CountingTrainer()
        with pytest.raises(WorkStoppedError):
            make_protocol(stopped).score(_work(tmp_path / "own", stop=stop))
        assert _same(expected, make_protocol(resumed).score(_work(tmp_path / "own")))
        assert whole.fits == stopped.fits + resumed.fits

    def test_tells_progress(self, make_protocol: MakeProtocol, tmp_path: Path) -> None:
        """Progress never goes back, and ends at its total."""
        protocol, phase = make_protocol(LinearTrainer()), RecordingPhase()
        settings = _settings("stratified")
        protocol.score(
            _work(tmp_path, progress=FitProgress(phase, protocol.steps_per_fold(settings)))
        )
        assert sorted(phase.told) == phase.told
        assert protocol.steps_per_fold(settings) * _FOLDS == phase.told[-1]


def _settings(scheme: str) -> Settings:
    return Settings(
        model=ModelSettings(calibration="platt"),
        training=TrainingSettings(folds=2, threads=1),
        split=SplitSettings.model_validate({"scheme": scheme}),
    )


def _work(
    directory: Path,
    scheme: str = "stratified",
    *,
    stop: StopSignal | None = None,
    progress: FitProgress | None = None,
) -> PassWork:
    simulated = simulate_essays(150, len(SWEDISH_8), n_features=6, seed=3)
    dataset = dated_essays(simulated.y.tolist(), n_prompts=30).with_features(
        simulated.X, [f"f{column}" for column in range(6)], "0" * 64
    )
    settings = _settings(scheme)
    splitter = create_splitter(settings.split)
    split = splitter.split(dataset)
    schema = host_feature_schema(dataset.feature_names)
    return PassWork(
        settings=settings,
        prepared=PreparedData(dataset, split, schema, summarise(dataset, split)),
        folds=outer_folds(dataset, splitter, settings.split, _FOLDS),
        checkpoints=CheckpointStore(directory, _RUN),
        stop=stop or StopSignal(),
        progress=progress or FitProgress(RecordingPhase(), 100),
    )


def _same(one: HeldOut, other: HeldOut) -> bool:
    files = (one.to_files(), other.to_files())
    return files[0] == files[1]
