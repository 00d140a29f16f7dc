"""What is in a data set, in figures for people."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np

from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.text_identity import count_words


@dataclass(frozen=True, slots=True)
class WordCounts:
    """How long essays are, in words."""

    minimum: int
    median: float
    mean: float
    maximum: int

    @classmethod
    def of(cls, counts: Sequence[int]) -> "WordCounts":
        """Return the figures of at least one essay."""
        return cls(min(counts), float(np.median(counts)), float(np.mean(counts)), max(counts))


@dataclass(frozen=True, slots=True)
class Slice:
    """The essays that share a grade or a prompt.

    Attributes:
        name: The grade's label or the prompt's name; None: without a prompt.
        n_essays: How many.
        share: Of all essays, 0…1.
        words: Their lengths; None where there is no essay.
        mean_grade: Mean grade index; None where there is no essay.
    """

    name: str | None
    n_essays: int
    share: float
    words: WordCounts | None
    mean_grade: float | None


@dataclass(frozen=True, slots=True)
class DatasetDescription:
    """Figures of a data set with at least one essay.

    Attributes:
        n_essays: Essays.
        n_texts: Distinct texts; copies count once.
        scale: Name of the scale.
        grades: Every grade of the scale, lowest first.
        prompts: Prompts, most frequent first.
        words: Lengths of all essays.
        languages: Language → essays.
        sources: Source → essays; None: without a source.
        first_at: Time of the oldest dated essay.
        last_at: Time of the newest.
        n_undated: Essays without a time.
        n_raters: Greatest number of raters of an essay; 0 where ratings are unknown.
        n_rated_twice: Essays with at least two ratings.
        digest: Digest of the data set.
    """

    n_essays: int
    n_texts: int
    scale: str
    grades: tuple[Slice, ...]
    prompts: tuple[Slice, ...]
    words: WordCounts
    languages: dict[str, int]
    sources: dict[str | None, int]
    first_at: datetime | None
    last_at: datetime | None
    n_undated: int
    n_raters: int
    n_rated_twice: int
    digest: str

    def to_dict(self) -> dict[str, Any]:
        """Return the description as a JSON-ready document; times in ISO 8601."""
        document = asdict(self)
        for name in ("first_at", "last_at"):
            time = document[name]
            document[name] = None if time is None else time.isoformat()
        document["sources"] = [{"name": name, "n_essays": n} for name, n in self.sources.items()]
        return document


def describe(dataset: EssayDataset) -> DatasetDescription:
    """Return the figures of a data set with at least one essay."""
    words = np.asarray([count_words(text) for text in dataset.texts], dtype=np.int64)
    times = [time for time in dataset.created_at if time is not None]
    prompts = Counter(dataset.prompts)
    of_prompt = np.asarray([prompt or "" for prompt in dataset.prompts], dtype=object)

    def part(name: str | None, rows: Any) -> Slice:
        n = int(np.count_nonzero(rows))
        return Slice(
            name=name,
            n_essays=n,
            share=n / len(dataset),
            words=WordCounts.of(words[rows].tolist()) if n else None,
            mean_grade=float(dataset.grades[rows].mean()) if n else None,
        )

    return DatasetDescription(
        n_essays=len(dataset),
        n_texts=len(set(dataset.text_identities())),
        scale=dataset.scale.name,
        grades=tuple(
            part(label, dataset.grades == index) for index, label in enumerate(dataset.scale.labels)
        ),
        prompts=tuple(
            part(name, of_prompt == (name or ""))
            for name, _ in sorted(
                prompts.items(), key=lambda item: (-item[1], item[0] is None, item[0])
            )
        ),
        words=WordCounts.of(words.tolist()),
        languages=dict(Counter(dataset.languages).most_common()),
        sources=dict(Counter(dataset.sources).most_common()),
        first_at=min(times, default=None),
        last_at=max(times, default=None),
        n_undated=len(dataset) - len(times),
        n_raters=dataset.ratings.shape[1],
        n_rated_twice=int(np.count_nonzero((~np.isnan(dataset.ratings)).sum(axis=1) >= 2)),
        digest=dataset.digest,
    )
