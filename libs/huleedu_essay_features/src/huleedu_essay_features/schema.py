"""What each feature column means, and the digest that says two matrices mean the same."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

SCHEMA_VERSION = 1
"""Raised when the meaning of a stored schema document changes."""


@dataclass(frozen=True, slots=True)
class FeatureDefinition:
    """One column.

    Attributes:
        name: Unique name, snake case.
        group: errors, lexical, syntax, cohesion, readability, structure, task or embedding.
        unit: For example ``per 100 words``, ``share``, ``count``, ``words``, ``grade level``.
        definition: One sentence that fixes the quantity.
        undefined_when: When the value is NaN; empty where it never is.
        source: Publication or specification of the definition; empty where it is ours.
        languages: ISO 639-1 codes the feature works for; NaN elsewhere. Empty: every language.
        value_range: Interval of the values, for example ``[0, 1]`` or ``[0, ∞)``.
        language_note: Why the feature does not work for further supported languages.
    """

    name: str
    group: str
    unit: str
    definition: str
    undefined_when: str = ""
    source: str = ""
    languages: tuple[str, ...] = ()
    value_range: str = ""
    language_note: str = ""


@dataclass(frozen=True, slots=True)
class FeatureSchema:
    """Ordered definitions, and the backends and versions that the values depend on.

    Attributes:
        features: Definitions in column order.
        backends: Part → what identifies it (weights digest, data version, algorithm version).
    """

    features: tuple[FeatureDefinition, ...]
    backends: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = self.names
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            msg = f"feature names occur twice: {', '.join(repeated)}"
            raise ValueError(msg)

    def __len__(self) -> int:
        return len(self.features)

    @property
    def names(self) -> tuple[str, ...]:
        """Names in column order."""
        return tuple(feature.name for feature in self.features)

    def columns(self, group: str) -> tuple[int, ...]:
        """Return the column indices of a group."""
        return tuple(i for i, feature in enumerate(self.features) if feature.group == group)

    def to_dict(self) -> dict[str, Any]:
        """Return the schema as a JSON-ready document."""
        return {
            "schema_version": SCHEMA_VERSION,
            "features": [asdict(feature) for feature in self.features],
            "backends": dict(sorted(self.backends.items())),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "FeatureSchema":
        """Read a document written by :meth:`to_dict`.

        Raises:
            ValueError: The document is of another version or malformed.
        """
        if document.get("schema_version") != SCHEMA_VERSION:
            msg = f"feature schema version {document.get('schema_version')!r} is not supported"
            raise ValueError(msg)
        return cls(
            features=tuple(
                FeatureDefinition(**{**entry, "languages": tuple(entry["languages"])})
                for entry in document["features"]
            ),
            backends=dict(document["backends"]),
        )

    @property
    def digest(self) -> str:
        """Sha256 of the canonical document, 64 hexadecimal digits."""
        canonical = json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()
