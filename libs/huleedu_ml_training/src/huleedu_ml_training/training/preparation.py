"""From a selection to a data set with features and a split; the same for training and tuning."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from huleedu_essay_features import FeatureSchema
from huleedu_ml_training.config import Settings
from huleedu_ml_training.data.feature_vectors import host_feature_schema
from huleedu_ml_training.data.protocols import DataLoaderProtocol, SplitterProtocol
from huleedu_ml_training.domain.dataset import EssayDataset, EssaySelection
from huleedu_ml_training.domain.split import Split
from huleedu_ml_training.domain.text_identity import count_words
from huleedu_ml_training.features.service import FeatureService
from huleedu_ml_training.metrics.slice_columns import school_years
from huleedu_ml_training.observability.metrics import MLMetrics
from huleedu_ml_training.registry.records import SYNTHETIC_MARK
from huleedu_ml_training.reports.context import DataSummary
from huleedu_ml_training.training.protocols import ProgressProtocol


@dataclass(frozen=True, slots=True, eq=False)
class PreparedData:
    """A data set ready to be fitted on.

    Attributes:
        dataset: Essays with features.
        split: Its three parts.
        schema: What the feature columns mean.
        summary: What a reader wants to know of both.
    """

    dataset: EssayDataset
    split: Split
    schema: FeatureSchema
    summary: DataSummary


class DataPreparation:
    """Loads essays, adds features and splits."""

    def __init__(
        self,
        loader: DataLoaderProtocol,
        features: FeatureService,
        splitter: SplitterProtocol,
        progress: ProgressProtocol,
        metrics: MLMetrics,
    ) -> None:
        self._loader = loader
        self._features = features
        self._splitter = splitter
        self._progress = progress
        self._metrics = metrics

    async def prepare(self, selection: EssaySelection) -> PreparedData:
        """Return the selected essays with features and their split.

        Raises:
            InvalidDataError: The essays cannot be trained on.
            InfrastructureError: The database cannot be read.
        """
        with self._progress.phase("Loading essays"), self._metrics.timed("load"):
            dataset = await self._loader.load(selection)
        # Splitting first: bad data should be told before minutes of extraction, not after.
        split = self._splitter.split(dataset)
        if dataset.features is None:
            with (
                self._progress.phase("Extracting features", len(dataset)) as phase,
                self._metrics.timed("features"),
            ):
                dataset = await self._features.with_features(dataset, progress=phase.update)
            schema = self._features.schema
        else:
            schema = host_feature_schema(dataset.feature_names)
        summary = summarise(dataset, split)
        for part, count in summary.parts.items():
            self._metrics.essays.labels(part).set(count)
        return PreparedData(dataset, split, schema, summary)


def summarise(dataset: EssayDataset, split: Split | None = None) -> DataSummary:
    """Return what a reader wants to know of a data set and its split, where it has one."""
    counts = dataset.grade_counts
    sources = tuple(sorted({source for source in dataset.sources if source is not None}))
    parts = {}
    if split is not None:
        rows = {"train": split.train, "validation": split.validation, "test": split.test}
        parts = {name: len(own) for name, own in rows.items()}
    words = np.sort([count_words(text) for text in dataset.texts])
    return DataSummary(
        n_essays=len(dataset),
        n_prompts=len({prompt for prompt in dataset.prompts if prompt is not None}),
        grades={label: int(counts[i]) for i, label in enumerate(dataset.scale.labels)},
        parts=parts,
        sources=sources,
        languages=tuple(sorted(set(dataset.languages))),
        notes=() if split is None else split.notes,
        dataset_digest=dataset.digest,
        synthetic=any(SYNTHETIC_MARK in source for source in sources),
        words=(int(words[0]), int(np.median(words)), int(words[-1])) if len(words) else None,
        school_years=tuple(sorted({year for year in school_years(dataset) if year is not None})),
        double_rated=int((np.isfinite(dataset.ratings).sum(axis=1) > 1).sum()),
    )


def inputs_digest(
    kind: str, settings: Settings, dataset: EssayDataset, split: Split, extra: dict[str, Any]
) -> str:
    """Return the sha256 of all that determines a run's result; 64 hexadecimal digits."""
    document = {
        "kind": kind,
        "model": settings.model.model_dump(mode="json"),
        "training": settings.training.model_dump(mode="json", exclude={"resume"}),
        "dataset": dataset.digest,
        "features": dataset.feature_schema_digest,
        "split": split.digest,
        **extra,
    }
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
