"""Conformance suite of :class:`OrdinalClassifierTrainerProtocol` and the models it fits.

Inherit :class:`OrdinalClassifierSuite` and override :meth:`~OrdinalClassifierSuite.trainer` with
one whose fits are quick.
"""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from huleedu_ml_training.data.errors import TooFewGradesError
from huleedu_ml_training.models.errors import InvalidFeaturesError, InvalidModelStateError
from huleedu_ml_training.models.protocols import (
    OrdinalClassifierProtocol,
    OrdinalClassifierTrainerProtocol,
    RoundCallback,
)
from huleedu_ml_training.testing.simulation import SimulatedEssays, simulate_essays

_PLAIN_NAME = re.compile(r"booster[a-z0-9_-]{0,60}\.(?:txt|json)")
_TRAIN = 240


class _StopHereError(Exception):
    """What a caller raises to end a fit."""


def _fit(
    trainer: OrdinalClassifierTrainerProtocol,
    essays: SimulatedEssays,
    *,
    seed: int = 1,
    callback: RoundCallback | None = None,
) -> OrdinalClassifierProtocol:
    train, stopping = essays.part(0, _TRAIN), essays.part(_TRAIN, _TRAIN + 80)
    return trainer.fit(
        train.X,
        train.y,
        n_grades=essays.n_grades,
        stopping=(stopping.X, stopping.y),
        seed=seed,
        callback=callback,
    )


class OrdinalClassifierSuite:
    """What every kind of model does."""

    @pytest.fixture
    def trainer(self) -> OrdinalClassifierTrainerProtocol:
        """Return a trainer."""
        raise NotImplementedError

    @pytest.fixture
    def essays(self) -> SimulatedEssays:
        """Return essays on five grades, some of their features undefined."""
        return simulate_essays(440, 5, missing=0.05, seed=7)

    @pytest.fixture
    def fitted(
        self, trainer: OrdinalClassifierTrainerProtocol, essays: SimulatedEssays
    ) -> OrdinalClassifierProtocol:
        """Return a fitted model."""
        return _fit(trainer, essays)

    def test_says_what_it_is(
        self,
        trainer: OrdinalClassifierTrainerProtocol,
        fitted: OrdinalClassifierProtocol,
        essays: SimulatedEssays,
    ) -> None:
        """Kind and dimensions are those of the fit."""
        assert trainer.kind == fitted.kind
        assert (5, essays.X.shape[1]) == (fitted.n_grades, fitted.n_features)

    def test_shapes_and_ranges(
        self, fitted: OrdinalClassifierProtocol, essays: SimulatedEssays
    ) -> None:
        """Latent scores are finite; cumulative probabilities are in order."""
        latent, cumulative = fitted.latent(essays.X), fitted.cumulative(essays.X)
        assert ((440,), (440, 4)) == (latent.shape, cumulative.shape)
        assert {np.dtype(np.float64)} == {latent.dtype, cumulative.dtype}
        assert np.isfinite(latent).all()
        assert ((cumulative >= 0) & (cumulative <= 1)).all()
        assert (np.diff(cumulative, axis=1) <= 0).all()

    def test_higher_scores_mean_higher_grades(
        self, fitted: OrdinalClassifierProtocol, essays: SimulatedEssays
    ) -> None:
        """On essays that it never saw, score and grade go together."""
        unseen = essays.part(_TRAIN + 80, 440)
        latent = fitted.latent(unseen.X)
        expected = fitted.cumulative(unseen.X).sum(axis=1)
        assert np.corrcoef(latent, unseen.y)[0, 1] > 0.5
        assert np.corrcoef(expected, unseen.y)[0, 1] > 0.5

    def test_equal_fits_give_equal_bytes(
        self, trainer: OrdinalClassifierTrainerProtocol, essays: SimulatedEssays
    ) -> None:
        """Data and seed determine the model to the last byte."""
        assert _fit(trainer, essays).state() == _fit(trainer, essays).state()

    def test_state_comes_back_bit_for_bit(
        self,
        trainer: OrdinalClassifierTrainerProtocol,
        fitted: OrdinalClassifierProtocol,
        essays: SimulatedEssays,
    ) -> None:
        """A loaded model predicts the same and stores the same."""
        loaded = trainer.load(dict(fitted.state()))
        assert np.array_equal(fitted.latent(essays.X), loaded.latent(essays.X))
        assert np.array_equal(fitted.cumulative(essays.X), loaded.cumulative(essays.X))
        assert np.array_equal(fitted.feature_importance(), loaded.feature_importance())
        assert fitted.state() == loaded.state()

    def test_state_is_plain_text(self, fitted: OrdinalClassifierProtocol) -> None:
        """Files are text with plain names, and ``booster.json`` says which kind they make."""
        state = fitted.state()
        assert all(_PLAIN_NAME.fullmatch(name) for name in state)
        assert all("\0" not in data.decode("utf-8") for data in state.values())
        assert fitted.kind == json.loads(state["booster.json"])["kind"]

    def test_a_missing_file_is_refused(
        self, trainer: OrdinalClassifierTrainerProtocol, fitted: OrdinalClassifierProtocol
    ) -> None:
        """The error names the file, whichever it is."""
        for name in fitted.state():
            state = {key: data for key, data in fitted.state().items() if key != name}
            with pytest.raises(InvalidModelStateError) as caught:
                trainer.load(state)
            assert name == caught.value.file

    def test_a_truncated_file_is_refused(
        self, trainer: OrdinalClassifierTrainerProtocol, fitted: OrdinalClassifierProtocol
    ) -> None:
        """Half a file ends in an error, not in an abort of the process or a wrong model."""
        for name, data in fitted.state().items():
            with pytest.raises(InvalidModelStateError):
                trainer.load({**fitted.state(), name: data[: len(data) // 2]})

    def test_another_kind_is_refused(
        self, trainer: OrdinalClassifierTrainerProtocol, fitted: OrdinalClassifierProtocol
    ) -> None:
        """A state says what it is, and a trainer loads its own kind only."""
        document = json.loads(fitted.state()["booster.json"])
        document["kind"] = "another kind"
        with pytest.raises(InvalidModelStateError):
            trainer.load({**fitted.state(), "booster.json": json.dumps(document).encode()})

    def test_a_row_is_scored_by_itself(
        self, fitted: OrdinalClassifierProtocol, essays: SimulatedEssays
    ) -> None:
        """A score does not depend on what else is scored; no rows give no scores."""
        together = fitted.latent(essays.X[:20])
        alone = [float(fitted.latent(essays.X[row : row + 1])[0]) for row in range(20)]
        assert alone == pytest.approx(together, rel=1e-12, abs=1e-12)
        assert (0,) == fitted.latent(essays.X[:0]).shape
        assert (0, 4) == fitted.cumulative(essays.X[:0]).shape

    def test_threads_may_predict_at_once(
        self, fitted: OrdinalClassifierProtocol, essays: SimulatedEssays
    ) -> None:
        """Concurrent predictions are those of one thread."""
        alone = fitted.latent(essays.X)
        with ThreadPoolExecutor(4) as pool:
            for latent in pool.map(fitted.latent, [essays.X] * 8):
                assert np.array_equal(alone, latent)

    def test_double_precision_is_rounded_first(
        self, fitted: OrdinalClassifierProtocol, essays: SimulatedEssays
    ) -> None:
        """What differs by less than float32 can hold is the same essay."""
        nearly = essays.X.astype(np.float64) * (1 + 1e-12)
        assert np.array_equal(fitted.latent(essays.X), fitted.latent(nearly.astype(np.float32)))
        assert np.array_equal(fitted.latent(essays.X), fitted.latent(nearly))  # type: ignore[arg-type]

    def test_all_features_undefined(
        self, fitted: OrdinalClassifierProtocol, essays: SimulatedEssays
    ) -> None:
        """An essay of which nothing is known gets a finite score all the same."""
        unknown = np.full((1, essays.X.shape[1]), np.nan, dtype=np.float32)
        assert np.isfinite(fitted.latent(unknown)).all()

    @pytest.mark.parametrize("value", [np.inf, -np.inf])
    def test_infinities_are_refused(
        self,
        trainer: OrdinalClassifierTrainerProtocol,
        fitted: OrdinalClassifierProtocol,
        essays: SimulatedEssays,
        value: float,
    ) -> None:
        """Row and column of the first infinity are named, wherever it turns up."""
        X = essays.X.copy()
        X[3, 2] = value
        finite = (essays.X, essays.y)
        for refuse in (
            lambda: fitted.latent(X),
            lambda: fitted.cumulative(X),
            lambda: trainer.fit(X, essays.y, n_grades=5, stopping=finite, seed=1),
            lambda: trainer.fit(*finite, n_grades=5, stopping=(X, essays.y), seed=1),
        ):
            with pytest.raises(InvalidFeaturesError) as caught:
                refuse()
            assert (3, 2) == (caught.value.row, caught.value.column)

    def test_wrong_shapes_are_refused(
        self,
        trainer: OrdinalClassifierTrainerProtocol,
        fitted: OrdinalClassifierProtocol,
        essays: SimulatedEssays,
    ) -> None:
        """A missing column, a single vector, and rows without a grade are errors."""
        X, y = essays.X, essays.y
        for refuse in (
            lambda: fitted.latent(X[:, 1:]),
            lambda: fitted.latent(X[0]),
            lambda: trainer.fit(X, y[1:], n_grades=5, stopping=(X, y), seed=1),
            lambda: trainer.fit(X, y, n_grades=5, stopping=(X[:, 1:], y), seed=1),
            lambda: trainer.fit(X, y, n_grades=5, stopping=(X[:0], y[:0]), seed=1),
        ):
            with pytest.raises(InvalidFeaturesError):
                refuse()

    def test_one_grade_is_not_enough(
        self, trainer: OrdinalClassifierTrainerProtocol, essays: SimulatedEssays
    ) -> None:
        """Nothing can be learnt from essays of one grade."""
        one = np.full_like(essays.y, 2)
        with pytest.raises(TooFewGradesError):
            trainer.fit(essays.X, one, n_grades=5, stopping=(essays.X, essays.y), seed=1)

    def test_absent_grades(
        self, trainer: OrdinalClassifierTrainerProtocol, essays: SimulatedEssays
    ) -> None:
        """Grades that never occur, at the ends and between, break nothing."""
        y = np.where(essays.y < 2, 2, 4)
        model = trainer.fit(essays.X, y, n_grades=7, stopping=(essays.X, y), seed=1)
        cumulative = model.cumulative(essays.X)
        assert np.isfinite(model.latent(essays.X)).all()
        assert (len(essays.X), 6) == cumulative.shape
        assert (np.diff(cumulative, axis=1) <= 0).all()

    def test_constant_features(self, trainer: OrdinalClassifierTrainerProtocol) -> None:
        """Features that say nothing give every essay one score."""
        X = np.ones((60, 3), dtype=np.float32)
        y = np.arange(60) % 3
        model = trainer.fit(X, y, n_grades=3, stopping=(X, y), seed=1)
        assert 1 == len(set(model.latent(X).tolist()))
        assert [0.0] * 3 == model.feature_importance().tolist()

    def test_importance_is_a_share(
        self, fitted: OrdinalClassifierProtocol, essays: SimulatedEssays
    ) -> None:
        """Importances sum to one, and the features that matter have most of it."""
        importance = fitted.feature_importance()
        assert (essays.X.shape[1],) == importance.shape
        assert (importance >= 0).all()
        assert float(importance.sum()) == pytest.approx(1.0)
        assert importance[:4].sum() > importance[4:].sum()

    def test_progress_is_told(
        self, trainer: OrdinalClassifierTrainerProtocol, essays: SimulatedEssays
    ) -> None:
        """Rounds ascend to the announced number, which does not change."""
        told: list[tuple[int, int]] = []
        _fit(trainer, essays, callback=lambda done, total: told.append((done, total)))
        rounds = [done for done, _ in told]
        assert rounds == sorted(set(rounds))
        assert {rounds[-1]} == {total for _, total in told}

    def test_progress_can_stop_the_fit(
        self, trainer: OrdinalClassifierTrainerProtocol, essays: SimulatedEssays
    ) -> None:
        """An exception of the callback ends the fit and reaches the caller as it is."""
        told: list[int] = []

        def stop_at_second(done: int, _: int) -> None:
            told.append(done)
            if len(told) == 2:
                raise _StopHereError

        with pytest.raises(_StopHereError):
            _fit(trainer, essays, callback=stop_at_second)
        assert 2 == len(told)
