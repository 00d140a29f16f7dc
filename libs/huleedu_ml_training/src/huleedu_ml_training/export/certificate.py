"""What the comparison of a graph with its model found."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ParityCertificate:
    """What was compared, and how far graph and model are apart.

    Attributes:
        rows: Given rows.
        adversarial_rows: Rows made up to provoke a difference.
        max_latent_difference: Greatest difference of latent scores, relative where a score is
            above 1 in magnitude.
        max_probability_difference: Greatest difference of a probability.
        grade_flips: Rows that get another grade, or another range of grades.
        infinite_rows: Rows with infinities, on which the trees alone were compared.
        infinite_flips: Of these, rows that end in another leaf than the boosting library's own.
        latent_tolerance: What was allowed.
        probability_tolerance: What was allowed.
        seed: Seed of the adversarial rows.
        runtime: Name and version of what ran the graph.
        passed: No flip of either sort, and both differences within what was allowed.
    """

    rows: int
    adversarial_rows: int
    max_latent_difference: float
    max_probability_difference: float
    grade_flips: int
    infinite_rows: int
    infinite_flips: int
    latent_tolerance: float
    probability_tolerance: float
    seed: int
    runtime: str
    passed: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the certificate as JSON-ready fields."""
        return asdict(self)
