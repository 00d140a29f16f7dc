"""Grading with the pipeline that the settings choose; apart, since a service needs no settings."""

from collections.abc import Iterator
from contextlib import contextmanager

from huleedu_essay_features import FeatureSchema
from huleedu_essay_features.pipeline import is_standard
from huleedu_ml_training.config import FeatureSettings
from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.export.bundle_schema import read_feature_schema
from huleedu_ml_training.features.pipelines import (
    ClosablePipeline,
    open_pipeline,
    open_pipeline_for,
)
from huleedu_ml_training.inference.scorer import EssayScorer, is_host_made


@contextmanager
def open_scorer(bundle: Bundle, settings: FeatureSettings) -> Iterator[EssayScorer]:
    """Give a scorer, and close its pipeline in the end.

    A grader that was trained on features of ours gets the parts that its schema names, whatever
    the settings say of them. Any other gets the pipeline of ``features.pipeline``: what code
    runs is for the settings to say, never for a bundle.

    Raises:
        InvalidPipelineError: ``features.pipeline`` names no pipeline.
        FeatureExtractionError: A part of the pipeline is missing.
        FeatureSchemaMismatchError: The pipeline computes other features than the grader knows.
        UnusableGraphError: The graph cannot be run.
    """
    pipeline = _pipeline(read_feature_schema(bundle), settings)
    try:
        yield EssayScorer(bundle, pipeline)
    finally:
        if pipeline is not None:
            pipeline.close()


def _pipeline(schema: FeatureSchema, settings: FeatureSettings) -> ClosablePipeline | None:
    if is_standard(schema):
        return open_pipeline_for(schema, workers=settings.workers, settings=settings)
    if is_host_made(schema) or settings.pipeline is None:
        return None
    return open_pipeline(settings)
