"""A job, divided into shards."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from huleedu_essay_features import EssayInput

JOB_FORMAT = 1
"""Raised when the meaning of a job's documents changes."""


class Essay(NamedTuple):
    """An essay and its id."""

    essay_id: str
    content: EssayInput


@dataclass(frozen=True, slots=True)
class Shard:
    """A part of the essays, small enough to be done again.

    Attributes:
        index: Number from 0.
        n_essays: Essays in it when the job was divided.
        where: Which essays they are, as the input understands it; JSON.
    """

    index: int
    n_essays: int
    where: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be extracted of what.

    Attributes:
        source: What the essays come from; equal sources hold equal essays. JSON.
        schema: The feature schema's document.
        schema_digest: Its digest.
        shards: All essays.
    """

    source: Mapping[str, Any]
    schema: Mapping[str, Any]
    schema_digest: str
    shards: tuple[Shard, ...]

    @property
    def n_essays(self) -> int:
        """Essays of all shards."""
        return sum(shard.n_essays for shard in self.shards)

    @property
    def digest(self) -> str:
        """Sha256 of the job's document."""
        canonical = json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Return the job as a JSON-ready document."""
        return {
            "format": JOB_FORMAT,
            "source": dict(self.source),
            "schema": dict(self.schema),
            "schema_digest": self.schema_digest,
            "shards": [asdict(shard) for shard in self.shards],
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Job":
        """Read a document of :meth:`to_dict`.

        Raises:
            ValueError: It is of another format or malformed.
        """
        try:
            if document["format"] != JOB_FORMAT:
                msg = f"its format is {document['format']!r}, expected {JOB_FORMAT}"
                raise ValueError(msg)
            return cls(
                source=dict(document["source"]),
                schema=dict(document["schema"]),
                schema_digest=str(document["schema_digest"]),
                shards=tuple(Shard(**shard) for shard in document["shards"]),
            )
        except (KeyError, TypeError) as error:
            msg = f"{type(error).__name__}: {error}"
            raise ValueError(msg) from None


@dataclass(frozen=True, slots=True)
class ShardResult:
    """What became of a shard.

    Attributes:
        index: Number of the shard.
        n_essays: Essays that have features now.
        n_computed: Those of them that had none before.
        n_skipped: Rows without a text.
        failure: Why there is none of that; empty where all went well.
        hopeless: Whether every other shard will fail for the same reason.
    """

    index: int
    n_essays: int = 0
    n_computed: int = 0
    n_skipped: int = 0
    failure: str = ""
    hopeless: bool = False
