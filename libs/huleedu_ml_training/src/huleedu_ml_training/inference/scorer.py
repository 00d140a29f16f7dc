"""From text to grade."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features import EssayInput, FeatureSchema
from huleedu_essay_features.pipeline import create_pipeline_for, is_standard
from huleedu_essay_features.protocols import FeaturePipelineProtocol, ProgressCallback
from huleedu_ml_training.domain.host_features import HOST_GROUP
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.export.bundle import REVIEW, Bundle
from huleedu_ml_training.export.bundle_directory import read_bundle_directory
from huleedu_ml_training.export.bundle_schema import read_feature_schema
from huleedu_ml_training.features.errors import translated_feature_errors
from huleedu_ml_training.inference.errors import (
    FeatureSchemaMismatchError,
    HostFeaturesNeededError,
    PipelineNeededError,
)
from huleedu_ml_training.inference.graph import GraderGraph
from huleedu_ml_training.models.review import ReviewRule, review_rule_from_parameters

_MAX_BATCH = 256


@dataclass(frozen=True, slots=True)
class EssayScore:
    """What the grader says of one essay.

    Attributes:
        grade: Label of the decided grade.
        confidence: Probability of that grade, 0…1.
        probabilities: Label → probability, lowest grade first; they sum to 1.
        latent: Latent score; higher is better.
        expected: Mean grade index under the probabilities, 0…K-1.
        lowest: Label of the lowest grade of the prediction set, which holds the teacher's grade
            with the stated probability; None where the grader has no prediction sets.
        highest: Likewise of the highest grade.
        review: Whether a teacher should look at the essay before the grade counts.
    """

    grade: str
    confidence: float
    probabilities: dict[str, float]
    latent: float
    expected: float
    lowest: str | None
    highest: str | None
    review: bool


class EssayScorer:
    """Grades essays with one bundle. Immutable, safe for concurrent use.

    Args:
        bundle: A verified bundle.
        pipeline: What computes features; None makes the standard one that the bundle's schema
            describes. A grader whose features anything else computes then takes feature vectors
            only: nothing that a bundle names is ever imported.
        threads: Threads of one call of the graph.
        workers: Processes of a pipeline that is made here.

    Attributes:
        bundle: The bundle it grades with.
        scale: The scale it grades on.
        schema: What its feature columns mean.
        review: Which essays a teacher should look at.

    Raises:
        FeatureSchemaMismatchError: The pipeline computes other features than the grader knows.
        UnusableGraphError: The graph cannot be run.
    """

    def __init__(
        self,
        bundle: Bundle,
        pipeline: FeaturePipelineProtocol | None = None,
        *,
        threads: int = 1,
        workers: int = 1,
    ) -> None:
        self.bundle = bundle
        self.scale = bundle.manifest.scale
        self.schema = schema = read_feature_schema(bundle)
        self.review = _review_rule(bundle)
        self._graph = GraderGraph(
            bundle.files["grader.onnx"],
            scale=self.scale,
            n_features=len(schema),
            threads=threads,
        )
        self._close: Callable[[], None] | None = None
        if pipeline is None and is_standard(schema):
            with translated_feature_errors():
                made = create_pipeline_for(schema, workers)
            self._close = made.close
            pipeline = made
        if pipeline is not None and pipeline.schema.digest != schema.digest:
            self.close()
            raise FeatureSchemaMismatchError(
                expected=schema.digest,
                got=pipeline.schema.digest,
                differences=_differences(schema, pipeline.schema),
            )
        self._pipeline = pipeline

    @classmethod
    def load(
        cls,
        path: str | Path,
        pipeline: FeaturePipelineProtocol | None = None,
        *,
        threads: int = 1,
    ) -> "EssayScorer":
        """Load a bundle's directory, verifying every digest.

        Raises:
            InvalidDataError: The bundle is incomplete, damaged or of an unknown format.
            NotFoundError: There is no bundle at that path.
        """
        return cls(read_bundle_directory(Path(path)), pipeline, threads=threads)

    def close(self) -> None:
        """Release the pipeline that was made here; a pipeline that was passed stays open."""
        if self._close is not None:
            self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def model_name(self) -> str:
        """Name of the model."""
        return self.bundle.manifest.model_name

    @property
    def version(self) -> str:
        """Version of the model, as ``YYYYMMDD_HHMMSS``."""
        return self.bundle.manifest.version

    def score_features(self, X: NDArray[np.float32]) -> GradePredictions:
        """Grade feature vectors of shape (n_essays, n_features), in the schema's order.

        Raises:
            InvalidFeatureMatrixError: The shape is wrong or a value is infinite.
        """
        return self._graph.predict(X)

    def extract(
        self, essays: Sequence[EssayInput], *, progress: ProgressCallback | None = None
    ) -> NDArray[np.float32]:
        """Return the features of texts, shape (n_essays, n_features).

        Args:
            essays: Any number of texts.
            progress: Told how many are done; may raise to stop.

        Raises:
            HostFeaturesNeededError: The host computes this grader's features.
            PipelineNeededError: Another pipeline than ours does, and none was passed.
            FeatureExtractionError: Features of a text cannot be computed.
        """
        if self._pipeline is None:
            needed = HostFeaturesNeededError if is_host_made(self.schema) else PipelineNeededError
            raise needed(n_features=len(self.schema))
        with translated_feature_errors():
            return self._pipeline.extract(essays, progress=progress)

    def score_texts(self, essays: Sequence[str | EssayInput]) -> list[EssayScore]:
        """Grade texts; a plain string is an English essay without a prompt text.

        Memory is bounded: texts are worked on in batches. A score does not depend on the other
        texts of the call, but for the last bits of its numbers (below 1e-12): onnxruntime may
        add in another order when it works on more rows.

        Raises:
            HostFeaturesNeededError: The host computes this grader's features.
            PipelineNeededError: Another pipeline than ours does, and none was passed.
            FeatureExtractionError: Features of a text cannot be computed.
        """
        inputs = [essay if isinstance(essay, EssayInput) else EssayInput(essay) for essay in essays]
        scores: list[EssayScore] = []
        for start in range(0, len(inputs), _MAX_BATCH):
            X = self.extract(inputs[start : start + _MAX_BATCH])
            scores.extend(_scores(self.score_features(X), self.review))
        return scores

    async def score_texts_async(self, essays: Sequence[str | EssayInput]) -> list[EssayScore]:
        """Grade texts in a thread, leaving the event loop free."""
        return await asyncio.to_thread(self.score_texts, essays)

    async def score_features_async(self, X: NDArray[np.float32]) -> GradePredictions:
        """Grade feature vectors in a thread, leaving the event loop free."""
        return await asyncio.to_thread(self.score_features, X)


def _review_rule(bundle: Bundle) -> ReviewRule:
    if REVIEW not in bundle.files:
        return ReviewRule()
    return review_rule_from_parameters(bundle.document(REVIEW))


def _scores(predictions: GradePredictions, review: ReviewRule) -> Iterator[EssayScore]:
    labels = predictions.scale.labels
    confidence, expected = predictions.confidence, predictions.expected
    flags = review.flags(predictions)
    lowest, highest = (
        [None] * len(predictions) if bound is None else predictions.scale.decode(bound)
        for bound in (predictions.lowest, predictions.highest)
    )
    for row, grade in enumerate(predictions.labels):
        yield EssayScore(
            grade=grade,
            confidence=float(confidence[row]),
            probabilities=dict(
                zip(labels, map(float, predictions.probabilities[row]), strict=True)
            ),
            latent=float(predictions.latent[row]),
            expected=float(expected[row]),
            lowest=lowest[row],
            highest=highest[row],
            review=bool(flags[row]),
        )


def is_host_made(schema: FeatureSchema) -> bool:
    """Return whether the host computes the features of a schema itself."""
    return any(feature.group == HOST_GROUP for feature in schema.features)


def _differences(trained: FeatureSchema, here: FeatureSchema) -> tuple[str, ...]:
    found = []
    if trained.names != here.names:
        missing = [name for name in trained.names if name not in here.names]
        added = [name for name in here.names if name not in trained.names]
        found.append(f"columns missing {missing[:5]}, added {added[:5]}")
    for part in sorted({*trained.backends, *here.backends}):
        then, now = trained.backends.get(part, "absent"), here.backends.get(part, "absent")
        if then != now:
            found.append(f"{part} was {then}, is {now}")
    return tuple(found[:5])
