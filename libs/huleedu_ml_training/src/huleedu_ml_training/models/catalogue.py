"""The kinds of models there are: the one list that a new kind or library is added to."""

from collections.abc import Callable, Mapping

from huleedu_ml_training.config import BoosterSettings, ModelSettings
from huleedu_ml_training.models.boosters.lightgbm import LightGBMBackend
from huleedu_ml_training.models.boosters.protocols import BoosterBackendProtocol
from huleedu_ml_training.models.boosters.xgboost import XGBoostBackend
from huleedu_ml_training.models.ensemble import ENSEMBLE, load_ensemble
from huleedu_ml_training.models.errors import UnknownMethodError
from huleedu_ml_training.models.joint_threshold import JointThresholdTrainer
from huleedu_ml_training.models.multiclass import MulticlassTrainer
from huleedu_ml_training.models.ordinal_classifier import CumulativeBinaryTrainer
from huleedu_ml_training.models.protocols import (
    OrdinalClassifierProtocol,
    OrdinalClassifierTrainerProtocol,
)
from huleedu_ml_training.models.regression import RegressionTrainer
from huleedu_ml_training.models.ridge import RidgeTrainer
from huleedu_ml_training.models.ridge_classifier import NO_LIBRARY
from huleedu_ml_training.models.state import STATE_FILE, parse_document, typed_field

BackendFactory = Callable[[BoosterSettings], BoosterBackendProtocol]
TrainerFactory = Callable[[ModelSettings, int], OrdinalClassifierTrainerProtocol]


def create_trainer(settings: ModelSettings, *, threads: int) -> OrdinalClassifierTrainerProtocol:
    """Return the trainer that the settings choose, of a single model.

    Args:
        settings: Kind, library and hyperparameters; a kind without trees ignores the library.
        threads: Boosters fitted at the same time; no result depends on it.

    Raises:
        UnknownMethodError: No such kind, or not with that library.
    """
    backend = NO_LIBRARY if (settings.kind, NO_LIBRARY) in _TRAINERS else settings.backend
    return _factory(settings.kind, backend)(settings, threads)


def create_companions(
    settings: ModelSettings, *, threads: int
) -> tuple[OrdinalClassifierTrainerProtocol, ...]:
    """Return the trainers of the kinds that stand beside the chosen one in an ensemble.

    Args:
        settings: As for :func:`create_trainer`, whose hyperparameters hold for all kinds.
        threads: As there.

    Raises:
        UnknownMethodError: No such kind, or not with that library.
    """
    alone = settings.model_copy(update={"seeds": 1, "companions": ()})
    return tuple(
        create_trainer(alone.model_copy(update={"kind": kind}), threads=threads)
        for kind in settings.companions
    )


def load_classifier(state: Mapping[str, bytes]) -> OrdinalClassifierProtocol:
    """Return the classifier whose state these files are, of whatever kind.

    Args:
        state: Files of :meth:`OrdinalClassifierProtocol.state`; others are not looked at.

    Raises:
        InvalidModelStateError: Files are missing or damaged.
        UnknownMethodError: This version lacks the kind or the library.
    """
    document = parse_document(state, STATE_FILE)
    kind = typed_field(document, "kind", str, file=STATE_FILE)
    if kind == ENSEMBLE:
        return load_ensemble(state, load_member=load_classifier)
    backend = typed_field(document, "backend", str, file=STATE_FILE)
    return _factory(kind, backend)(ModelSettings(), 1).load(state)


def _factory(kind: str, backend: str) -> TrainerFactory:
    factory = _TRAINERS.get((kind, backend))
    if factory is None:
        known = [f"{kind} on {backend}" for kind, backend in sorted(_TRAINERS)]
        raise UnknownMethodError(part="kind of model", name=f"{kind} on {backend}", known=known)
    return factory


def _cumulative_binary(backend: BackendFactory) -> TrainerFactory:
    return lambda settings, threads: CumulativeBinaryTrainer(
        backend(settings.booster), threads=threads
    )


def _joint_threshold(backend: BackendFactory) -> TrainerFactory:
    return lambda settings, _: JointThresholdTrainer(
        backend(settings.booster),
        link=settings.link,
        stopping_loss=settings.stopping_loss,
        patience=settings.booster.early_stopping_rounds,
    )


def _regression(backend: BackendFactory) -> TrainerFactory:
    return lambda settings, _: RegressionTrainer(
        backend(settings.booster), patience=settings.booster.early_stopping_rounds
    )


def _multiclass(backend: BackendFactory) -> TrainerFactory:
    return lambda settings, _: MulticlassTrainer(
        backend(settings.booster),
        stopping_loss=settings.stopping_loss,
        patience=settings.booster.early_stopping_rounds,
    )


_KINDS: Mapping[str, Callable[[BackendFactory], TrainerFactory]] = {
    "cumulative_binary": _cumulative_binary,
    "joint_threshold": _joint_threshold,
    "multiclass": _multiclass,
    "regression": _regression,
}
_BACKENDS: Mapping[str, BackendFactory] = {
    "lightgbm": LightGBMBackend,
    "xgboost": XGBoostBackend,
}
_TRAINERS: Mapping[tuple[str, str], TrainerFactory] = {
    (kind, backend): trainer_of(backend_factory)
    for kind, trainer_of in _KINDS.items()
    for backend, backend_factory in _BACKENDS.items()
} | {("ridge", NO_LIBRARY): lambda _, __: RidgeTrainer()}
