"""What features do to scores: how far each moves them, and which way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from huleedu_ml_training.metrics.values import finite_or_none, float_or_nan


@dataclass(frozen=True, slots=True)
class GroupInfluence:
    """A group of features, taken together.

    Attributes:
        name: The group.
        n_features: Its columns.
        effect: Mean absolute size of what it adds to an essay's latent score, all its columns
            together.
        share: The same as a share of all groups' sum, 0…1; NaN where no group adds anything.
    """

    name: str
    n_features: int
    effect: float
    share: float

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields; NaN becomes None."""
        return {
            "name": self.name,
            "n_features": self.n_features,
            "effect": self.effect,
            "share": finite_or_none(self.share),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "GroupInfluence":
        """Read fields written by :meth:`to_dict`."""
        return cls(
            name=document["name"],
            n_features=int(document["n_features"]),
            effect=float(document["effect"]),
            share=float_or_nan(document["share"]),
        )


@dataclass(frozen=True, slots=True)
class SingleInfluence:
    """One feature.

    Attributes:
        name: The feature.
        group: Its group.
        effect: Mean absolute size of what it adds to an essay's latent score.
        direction: Linear correlation of its value with what it adds, -1…1: above 0 more of it
            raises the score; NaN where either does not vary.
    """

    name: str
    group: str
    effect: float
    direction: float

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields; NaN becomes None."""
        return {
            "name": self.name,
            "group": self.group,
            "effect": self.effect,
            "direction": finite_or_none(self.direction),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "SingleInfluence":
        """Read fields written by :meth:`to_dict`."""
        return cls(
            name=document["name"],
            group=document["group"],
            effect=float(document["effect"]),
            direction=float_or_nan(document["direction"]),
        )


@dataclass(frozen=True, slots=True)
class FeatureInfluence:
    """What features do to scores, measured on essays by TreeSHAP or its like.

    Attributes:
        n: Essays that it was measured on.
        groups: Groups of features, the strongest first.
        features: Single features that anybody can name, hence none of an embedding; the
            strongest first.
    """

    n: int
    groups: tuple[GroupInfluence, ...]
    features: tuple[SingleInfluence, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields."""
        return {
            "n": self.n,
            "groups": [each.to_dict() for each in self.groups],
            "features": [each.to_dict() for each in self.features],
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "FeatureInfluence":
        """Read fields written by :meth:`to_dict`."""
        return cls(
            n=int(document["n"]),
            groups=tuple(map(GroupInfluence.from_dict, document["groups"])),
            features=tuple(map(SingleInfluence.from_dict, document["features"])),
        )
