"""Graded essays in memory, and which of them are meant."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.domain.text_identity import content_digest, text_identity

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class EssaySelection:
    """Which essays to read; an empty field selects all.

    Attributes:
        since: Essays created at or after this time (timezone-aware).
        until: Essays created before this time (timezone-aware).
        prompts: Names of prompts.
        languages: ISO 639-1 codes.
        sources: Names of the corpora that essays were imported from.
        min_words: Least number of words, inclusive.
        max_words: Greatest number of words, inclusive; None for no limit.
        exclude_prompts: Prompts to leave out.
        limit: At most this many essays, in order of id; None for all.
    """

    since: datetime | None = None
    until: datetime | None = None
    prompts: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    min_words: int = 0
    max_words: int | None = None
    exclude_prompts: tuple[str, ...] = ()
    limit: int | None = None


ALL_ESSAYS = EssaySelection()
"""Selects everything."""


@dataclass(frozen=True, slots=True, eq=False)
class EssayDataset:
    """n graded essays, in order of id, with or without features.

    Attributes:
        scale: The scale of the grades.
        essay_ids: n distinct identifiers, as text.
        texts: n essay texts.
        grades: ndarray of shape (n_essays,), int64; grade indices 0…K-1.
        prompts: n prompt names; None where an essay has none.
        prompt_texts: n prompt texts, as put to the pupil; None where unknown.
        languages: n ISO 639-1 codes.
        created_at: n times (UTC); None where unknown.
        ratings: ndarray of shape (n_essays, n_raters), float64; grade indices of single raters,
            NaN where a rater did not grade an essay. Zero columns where raw ratings are unknown.
        sources: n names of the corpora that essays came from; None where unknown.
        metadata: Further columns for slices, each n values.
        features: ndarray of shape (n_essays, n_features), float32, or None before extraction.
        feature_names: n_features names, in column order.
        feature_schema_digest: Sha256 of the schema that made the features, or None.
    """

    scale: GradeScale
    essay_ids: tuple[str, ...]
    texts: tuple[str, ...]
    grades: NDArray[np.int64]
    prompts: tuple[str | None, ...]
    prompt_texts: tuple[str | None, ...]
    languages: tuple[str, ...]
    created_at: tuple[datetime | None, ...]
    ratings: NDArray[np.float64]
    sources: tuple[str | None, ...]
    metadata: Mapping[str, tuple[str | None, ...]] = field(default_factory=dict)
    features: NDArray[np.float32] | None = None
    feature_names: tuple[str, ...] = ()
    feature_schema_digest: str | None = None

    def __post_init__(self) -> None:
        n = len(self.essay_ids)
        columns: dict[str, int] = {
            "texts": len(self.texts),
            "grades": len(self.grades),
            "prompts": len(self.prompts),
            "prompt_texts": len(self.prompt_texts),
            "languages": len(self.languages),
            "created_at": len(self.created_at),
            "ratings": len(self.ratings),
            "sources": len(self.sources),
            **{f"metadata[{name!r}]": len(values) for name, values in self.metadata.items()},
        }
        if self.features is not None:
            columns["features"] = len(self.features)
            if self.features.shape[1] != len(self.feature_names):
                msg = f"{self.features.shape[1]} features but {len(self.feature_names)} names"
                raise ValueError(msg)
        wrong = {name: length for name, length in columns.items() if length != n}
        if wrong:
            msg = f"columns differ in length from the {n} ids: {wrong}"
            raise ValueError(msg)

    @classmethod
    def create(
        cls,
        *,
        scale: GradeScale,
        essay_ids: Sequence[str],
        texts: Sequence[str],
        grades: NDArray[np.int64] | Sequence[int],
        prompts: Sequence[str | None] | None = None,
        prompt_texts: Sequence[str | None] | None = None,
        languages: Sequence[str] | None = None,
        created_at: Sequence[datetime | None] | None = None,
        ratings: NDArray[np.float64] | None = None,
        sources: Sequence[str | None] | None = None,
        metadata: Mapping[str, tuple[str | None, ...]] | None = None,
    ) -> "EssayDataset":
        """Build a data set, with empty values for the columns that are not given."""
        n = len(essay_ids)
        nothing: tuple[None, ...] = (None,) * n
        return cls(
            scale=scale,
            essay_ids=tuple(essay_ids),
            texts=tuple(texts),
            grades=np.asarray(grades, dtype=np.int64),
            prompts=tuple(prompts) if prompts is not None else nothing,
            prompt_texts=tuple(prompt_texts) if prompt_texts is not None else nothing,
            languages=tuple(languages) if languages is not None else ("en",) * n,
            created_at=tuple(created_at) if created_at is not None else nothing,
            ratings=ratings if ratings is not None else np.empty((n, 0), dtype=np.float64),
            sources=tuple(sources) if sources is not None else nothing,
            metadata=dict(metadata or {}),
        )

    def __len__(self) -> int:
        return len(self.essay_ids)

    def take(self, rows: NDArray[np.int64]) -> "EssayDataset":
        """Return the rows with the given indices, in that order."""
        picked = [int(row) for row in rows]

        def pick(values: tuple[_T, ...]) -> tuple[_T, ...]:
            return tuple(values[row] for row in picked)

        return replace(
            self,
            essay_ids=pick(self.essay_ids),
            texts=pick(self.texts),
            grades=self.grades[rows],
            prompts=pick(self.prompts),
            prompt_texts=pick(self.prompt_texts),
            languages=pick(self.languages),
            created_at=pick(self.created_at),
            ratings=self.ratings[rows],
            sources=pick(self.sources),
            metadata={name: pick(values) for name, values in self.metadata.items()},
            features=None if self.features is None else self.features[rows],
        )

    def with_features(
        self, features: NDArray[np.float32], names: Sequence[str], schema_digest: str
    ) -> "EssayDataset":
        """Return the same essays with a feature matrix of shape (n_essays, n_features)."""
        return replace(
            self,
            features=np.ascontiguousarray(features, dtype=np.float32),
            feature_names=tuple(names),
            feature_schema_digest=schema_digest,
        )

    @property
    def grade_counts(self) -> NDArray[np.int64]:
        """Essays per grade, ndarray of shape (n_grades,)."""
        counts: NDArray[np.int64] = np.bincount(self.grades, minlength=len(self.scale))
        return counts

    def text_identities(self) -> tuple[str, ...]:
        """Return the n digests under which copies of an essay are equal."""
        return tuple(text_identity(text) for text in self.texts)

    @property
    def digest(self) -> str:
        """Sha256 of ids, texts, grades, prompts, languages, times and ratings.

        It does not depend on the order of the rows, nor on features.
        """
        hasher = hashlib.sha256(json.dumps(self.scale.labels).encode())
        for row in sorted(self._rows()):
            hasher.update(b"\n" + row.encode())
        return hasher.hexdigest()

    def essay_digests(self) -> tuple[str, ...]:
        """Return n digests, of 16 digits each, of all that :attr:`digest` covers of each essay."""
        return tuple(hashlib.sha256(row.encode()).hexdigest()[:16] for row in self._rows())

    def _rows(self) -> list[str]:
        rows = []
        for i, essay_id in enumerate(self.essay_ids):
            created = self.created_at[i]
            prompt_text = self.prompt_texts[i]
            rows.append(
                json.dumps(
                    [
                        essay_id,
                        content_digest(self.texts[i]),
                        int(self.grades[i]),
                        self.prompts[i],
                        None if prompt_text is None else content_digest(prompt_text),
                        self.languages[i],
                        None if created is None else created.isoformat(),
                        [None if np.isnan(r) else float(r) for r in self.ratings[i]],
                    ],
                    ensure_ascii=True,
                )
            )
        return rows
