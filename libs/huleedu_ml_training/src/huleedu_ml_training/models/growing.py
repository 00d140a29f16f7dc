"""Growing the trees of a latent score round by round, and stopping at the best round."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.models.booster_files import TreeModel
from huleedu_ml_training.models.boosters.constant import ConstantBooster
from huleedu_ml_training.models.boosters.protocols import BoosterBackendProtocol
from huleedu_ml_training.models.parts import GradedPart
from huleedu_ml_training.models.protocols import RoundCallback
from huleedu_ml_training.models.rounds import RoundCounter

FloatArray = NDArray[np.float64]


class GrowthObjectiveProtocol(Protocol):
    """The loss of training and stopping essays, and whatever is fitted beside the trees."""

    def derivatives(self, latent: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return first and second derivative of each training essay's loss, (n_essays,) each.

        The second is above 0.
        """
        ...

    def stopping_loss(self, latent: FloatArray, held_latent: FloatArray) -> float:
        """Fit what is beside the trees to new scores; return the mean loss of stopping essays.

        Args:
            latent: Scores of the training essays.
            held_latent: Scores of the stopping essays.
        """
        ...

    def keep(self) -> None:
        """Remember what is beside the trees: the last loss was the best so far."""
        ...


def grow_latent(
    backend: BoosterBackendProtocol,
    train: GradedPart,
    stopping: GradedPart,
    objective: GrowthObjectiveProtocol,
    *,
    patience: int,
    seed: int,
    callback: RoundCallback | None,
) -> TreeModel:
    """Return the trees up to the round with the least stopping loss.

    Args:
        backend: The library.
        train: What trees are grown on.
        stopping: What chooses the number of rounds.
        objective: The loss; all scores begin at 0.
        patience: Rounds without a better loss after which growth ends.
        seed: Seed of every random choice.
        callback: Called after each round; rounds saved by stopping early count as done.

    Returns:
        The booster, or the constant 0 where no round improves on the start.
    """
    progress = RoundCounter(callback, backend.max_rounds, n_fits=1)

    def grow(number: int) -> TreeModel:
        report = progress.of_fit(number)
        grower = backend.grower(train.X, stopping.X, seed=seed)
        latent = np.zeros(len(train.X))
        best_round, best_loss = 0, objective.stopping_loss(latent, np.zeros(len(stopping.X)))
        objective.keep()
        for done in range(1, backend.max_rounds + 1):
            scores = grower.grow(*objective.derivatives(latent))
            if scores is None:
                break
            latent, held_latent = scores
            loss = objective.stopping_loss(latent, held_latent)
            if loss < best_loss:
                best_round, best_loss = done, loss
                objective.keep()
            report(done)
            if done - best_round >= patience:
                break
        if best_round == 0:
            return ConstantBooster(0.0, n_features=train.X.shape[1])
        return grower.booster(best_round)

    return progress.run(grow, threads=1)[0]
