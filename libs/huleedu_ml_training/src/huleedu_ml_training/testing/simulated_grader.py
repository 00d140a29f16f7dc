"""Predictions and human grades with known properties, for tests and benchmarks of metrics."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.domain.predictions import GradePredictions


class SimulatedGrading(NamedTuple):
    """A grader's predictions beside human grades.

    Attributes:
        predictions: Predictions of n essays.
        y: Human grade indices, shape (n_essays,), int64.
        prompts: n prompt names; all None where no prompts were asked for.
    """

    predictions: GradePredictions
    y: NDArray[np.int64]
    prompts: tuple[str | None, ...]


def simulate_grading(
    n: int,
    *,
    seed: int = 0,
    noise: float = 0.5,
    n_prompts: int = 12,
    prompt_effect: float = 0.15,
    scale: str = "swedish_8",
) -> SimulatedGrading:
    """Return gradings of essays whose proficiency is normal.

    Human grade and machine score each are the proficiency plus noise of their own, cut at the same
    points; the human grades depend on ``seed`` and ``n`` only, so that two graders of different
    noise can be compared. A score's probabilities are logistic around it.

    Args:
        n: Number of essays.
        seed: Seed of all random choices.
        noise: Standard deviation of the machine's error, in standard deviations of proficiency.
        n_prompts: Number of prompts; 0 for essays without prompts.
        prompt_effect: Standard deviation of what a prompt adds to the machine's score.
        scale: Name of a built-in scale.
    """
    grade_scale = GradeScale.named(scale)
    people, machine = (np.random.default_rng([seed, stream]) for stream in range(2))
    proficiency = people.normal(size=n)
    human = proficiency + people.normal(scale=0.35, size=n)
    cuts = np.linspace(-1.8, 1.8, len(grade_scale) - 1)
    prompt_of = people.integers(0, max(n_prompts, 1), size=n)
    effect = machine.normal(scale=prompt_effect, size=max(n_prompts, 1)) * (n_prompts > 0)
    latent = proficiency + machine.normal(scale=noise, size=n) + effect[prompt_of]
    above = 1 / (1 + np.exp(-(latent[:, None] - cuts) * 3))
    bounded = np.column_stack([np.ones(n), above, np.zeros(n)])
    probabilities = bounded[:, :-1] - bounded[:, 1:]
    prompts = tuple(f"Prompt {number + 1}" if n_prompts else None for number in prompt_of)
    return SimulatedGrading(
        GradePredictions(
            scale=grade_scale,
            latent=latent,
            probabilities=probabilities,
            grades=(above > 0.5).sum(axis=1).astype(np.int64),
        ),
        np.digitize(human, cuts).astype(np.int64),
        prompts,
    )
