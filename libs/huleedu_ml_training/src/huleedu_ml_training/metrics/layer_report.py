"""What the layers of an encoder know of the grade, as ``features probe-layers`` reports it."""

from dataclasses import dataclass
from typing import Any

from huleedu_ml_training.metrics.values import METRICS_VERSION, MetricValue

LAYER_METRICS = ("pearson", "qwk_rounded", "qwk_equated")


@dataclass(frozen=True, slots=True)
class LayerResult:
    """What one layer reached.

    Attributes:
        layer: Its number; 0 are the embeddings below the first layer.
        pearson: Correlation of score and grade.
        qwk_rounded: Kappa of the scores rounded to grades.
        qwk_equated: Kappa after the scores were given the mean and spread of the grades.
        behind: Pearson's r minus that of the best layer, on the same resamples.
    """

    layer: int
    pearson: MetricValue
    qwk_rounded: MetricValue
    qwk_equated: MetricValue
    behind: MetricValue

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields."""
        values = {name: getattr(self, name).to_dict() for name in (*LAYER_METRICS, "behind")}
        return {"layer": self.layer, **values}


@dataclass(frozen=True, slots=True)
class LayerProbe:
    """What all layers reached.

    Attributes:
        layers: In ascending order.
        recommended: The layer with the highest correlation; never 0.
        as_good: Layers whose interval of ``behind`` reaches zero, the recommended one included.
        n_essays: Number of essays.
        n_prompts: Number of prompts.
        n_folds: Number of folds.
        notes: What a reader must know.
    """

    layers: tuple[LayerResult, ...]
    recommended: int
    as_good: tuple[int, ...]
    n_essays: int
    n_prompts: int
    n_folds: int
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields."""
        return {
            "metrics_version": METRICS_VERSION,
            "n_essays": self.n_essays,
            "n_prompts": self.n_prompts,
            "n_folds": self.n_folds,
            "recommended": self.recommended,
            "as_good": list(self.as_good),
            "layers": [layer.to_dict() for layer in self.layers],
            "notes": list(self.notes),
        }
