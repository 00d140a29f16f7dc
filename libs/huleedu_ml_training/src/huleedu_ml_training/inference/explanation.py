"""Why an essay got its score: what each feature added, and in words.

Unlike the scorer this needs the boosters' own libraries: TreeSHAP walks through their trees.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features import FeatureSchema
from huleedu_essay_features.schema import FeatureDefinition
from huleedu_ml_training.export.bundle import REFERENCE, Bundle
from huleedu_ml_training.export.bundle_schema import read_feature_schema
from huleedu_ml_training.models.attribution import attribute
from huleedu_ml_training.models.grader import Grader

EMBEDDING = "embedding"
_REFERENCE_POINTS = 101


@dataclass(frozen=True, slots=True)
class FeatureEffect:
    """What one feature did to one essay's latent score.

    Attributes:
        name: The feature.
        group: Its group.
        unit: Of the value.
        value: Its value in this essay; NaN where undefined.
        effect: What it added to the latent score.
        rank: Share of the training essays with a lower value, 0…1; None where that is unknown.
    """

    name: str
    group: str
    unit: str
    value: float
    effect: float
    rank: float | None

    @property
    def words(self) -> str:
        """One sentence for a teacher."""
        label = self.name.replace("_", " ")
        direction = "raises" if self.effect > 0 else "lowers"
        change = f"{direction} the score by {abs(self.effect):.2f}"
        if np.isnan(self.value):
            return f"{label} is undefined for this essay; this {change}."
        unit = "" if self.unit in {"", "none", "count", "ratio"} else f" {self.unit}"
        place = "" if self.rank is None else f", {_placed(self.rank)}"
        return f"{label} is {self.value:.3g}{unit}{place}; this {change}."


@dataclass(frozen=True, slots=True)
class EssayExplanation:
    """Parts of one essay's latent score; ``base`` and all effects sum to ``latent``.

    Attributes:
        latent: The score.
        base: The score of an average essay of which nothing is known.
        groups: Group of features → what they added together, the embedding among them.
        features: Effects of the engineered features, the strongest first.
    """

    latent: float
    base: float
    groups: Mapping[str, float]
    features: tuple[FeatureEffect, ...]


class GraderExplainer:
    """Explains the scores of one bundle. Immutable, safe for concurrent use.

    Args:
        bundle: A verified bundle.

    Raises:
        InvalidModelStateError: The bundle's model files are damaged.
        UnknownMethodError: This version lacks its kind of model.
        BoosterNotInstalledError: Its boosting library is not installed.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.schema = read_feature_schema(bundle)
        self._grader = Grader.load_state(
            bundle.files, scale=bundle.manifest.scale, feature_names=self.schema.names
        )
        reference = bundle.document(REFERENCE) if REFERENCE in bundle.files else {}
        self._quantiles: Mapping[str, Any] = reference.get("quantiles", {})

    def explain(self, X: NDArray[np.float32]) -> list[EssayExplanation]:
        """Explain the scores of feature vectors, shape (n_essays, n_features).

        Raises:
            InvalidFeaturesError: X has another number of columns, or an infinity.
        """
        found = attribute(self._grader.classifier, X)
        return [
            self._explanation(X[row], float(found.base[row]), found.parts[row])
            for row in range(len(X))
        ]

    def _explanation(
        self, values: NDArray[np.float32], base: float, parts: NDArray[np.float64]
    ) -> EssayExplanation:
        groups: dict[str, float] = {}
        effects = []
        for feature, value, part in zip(self.schema.features, values, parts, strict=True):
            groups[feature.group] = groups.get(feature.group, 0.0) + float(part)
            if feature.group != EMBEDDING:
                effects.append(self._effect(feature, float(value), float(part)))
        effects.sort(key=lambda effect: -abs(effect.effect))
        return EssayExplanation(base + float(parts.sum()), base, groups, tuple(effects))

    def _effect(self, feature: FeatureDefinition, value: float, part: float) -> FeatureEffect:
        quantiles = self._quantiles.get(feature.name)
        rank = None
        if quantiles and not np.isnan(value):
            below = np.searchsorted(quantiles, value, side="left")
            rank = min(1.0, float(below) / (len(quantiles) - 1))
        return FeatureEffect(feature.name, feature.group, feature.unit, value, part, rank)


def feature_reference(X: NDArray[np.float32], schema: FeatureSchema) -> dict[str, Any]:
    """Return the percentiles of the engineered features, for later essays to be placed among.

    Args:
        X: Features of the training essays, shape (n_essays, n_features).
        schema: What the columns mean.

    Returns:
        JSON-ready document; features without any value are left out.
    """
    points = np.linspace(0, 1, _REFERENCE_POINTS)
    quantiles = {}
    for column, feature in enumerate(schema.features):
        known = X[:, column][np.isfinite(X[:, column])].astype(np.float64)
        if feature.group != EMBEDDING and len(known):
            quantiles[feature.name] = np.quantile(known, points).tolist()
    return {"schema_version": 1, "n_essays": len(X), "quantiles": quantiles}


def _placed(rank: float) -> str:
    if rank <= 0.005:
        return "as low as in any training essay"
    if rank >= 0.995:
        return "higher than in nearly all training essays"
    if rank >= 0.5:
        return f"higher than in {rank:.0%} of the training essays"
    return f"lower than in {1 - rank:.0%} of the training essays"
