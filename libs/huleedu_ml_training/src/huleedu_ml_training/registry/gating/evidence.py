"""What a gate looks at beside the rows: gathered before the transaction that decides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from huleedu_ml_training.metrics.values import MetricValue


@dataclass(frozen=True, slots=True)
class PairedFigure:
    """One metric of two versions on the same essays.

    Attributes:
        candidate: That of the version that wants to go up.
        incumbent: That of the version whose place it takes.
        difference: The former minus the latter, its interval from resamples that both share.
    """

    candidate: MetricValue
    incumbent: MetricValue
    difference: MetricValue

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields."""
        return {
            "candidate": self.candidate.to_dict(),
            "incumbent": self.incumbent.to_dict(),
            "difference": self.difference.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class PairedEvidence:
    """Two versions on the same essays, or why they could not be compared.

    Attributes:
        incumbent: Digest of the incumbent's bundle.
        incumbent_version: Its version.
        essays: ``held_out``, or the digest of the file of essays.
        n: Essays that both were judged on.
        figures: Metric name → figures; empty where there is no comparison.
        missing: Why there is none; None where there is one.
        notes: What a reader must know of the essays.
    """

    incumbent: str
    incumbent_version: str
    essays: str
    n: int = 0
    figures: Mapping[str, PairedFigure] = field(default_factory=dict)
    missing: str | None = None
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields, for the ledger."""
        return {
            "incumbent": self.incumbent,
            "incumbent_version": self.incumbent_version,
            "essays": self.essays,
            "n": self.n,
            "metrics": {name: figures.to_dict() for name, figures in self.figures.items()},
            "missing": self.missing,
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Papers:
    """What the documents of a bundle say.

    Attributes:
        has_report: Whether there is a report.
        card_parts: Headings of the model card below which something is recorded; None where
            there is no card.
    """

    has_report: bool
    card_parts: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class PromotionEvidence:
    """What a gate gathered about a version and about the one whose place it takes.

    Attributes:
        candidate: Digest of the candidate's bundle that was read; None where none was.
        papers: What its documents say; None where nobody asked.
        comparison: The two side by side; None where nobody asked, or nobody is in the way.
    """

    candidate: str | None = None
    papers: Papers | None = None
    comparison: PairedEvidence | None = None


NO_EVIDENCE = PromotionEvidence()
"""What a gate has that decides on rows alone."""
