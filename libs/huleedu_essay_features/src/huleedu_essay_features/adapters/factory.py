"""Making the pipeline that a setting names as ``module:function``."""

import importlib
import inspect
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features.adapters.errors import (
    NotAPipelineError,
    PipelineFactoryError,
    PipelineImportError,
    PipelineReferenceError,
    PluggedMatrixError,
)
from huleedu_essay_features.adapters.platform import PlatformFeaturePipeline
from huleedu_essay_features.adapters.sources import is_extractor, is_pipeline
from huleedu_essay_features.errors import EssayFeaturesError
from huleedu_essay_features.parallel import ParallelFeaturePipeline
from huleedu_essay_features.protocols import (
    EssayInput,
    FeaturePipelineProtocol,
    ProgressCallback,
)
from huleedu_essay_features.schema import FeatureSchema


class PluggedPipeline:
    """A stranger's pipeline: its matrices are checked, and it can always be closed.

    Args:
        pipeline: The pipeline.
        reference: ``module:function`` that made it.
    """

    def __init__(self, pipeline: FeaturePipelineProtocol, reference: str) -> None:
        self._pipeline = pipeline
        self._reference = reference

    @property
    def schema(self) -> FeatureSchema:
        """Names, definitions and digest of the columns."""
        return self._pipeline.schema

    def extract(
        self, essays: Sequence[EssayInput], *, progress: ProgressCallback | None = None
    ) -> NDArray[np.float32]:
        """Return ndarray of shape (n_essays, n_features); see the protocol.

        Raises:
            PluggedMatrixError: The pipeline returned something else.
            EssayFeaturesError: As the pipeline raises it.
        """
        matrix: Any = self._pipeline.extract(essays, progress=progress)
        expected = (len(essays), len(self.schema))
        if not isinstance(matrix, np.ndarray):
            reason = f"it is of type {type(matrix).__name__}"
        elif matrix.shape != expected:
            reason = f"its shape is {matrix.shape}, expected {expected}"
        elif matrix.dtype != np.float32 or not matrix.flags.c_contiguous:
            order = "" if matrix.flags.c_contiguous else ", not contiguous"
            reason = f"its values are {matrix.dtype}{order}"
        else:
            return cast("NDArray[np.float32]", matrix)
        raise PluggedMatrixError(reference=self._reference, reason=reason)

    def close(self) -> None:
        """Close the pipeline, if that is something it can do."""
        close = getattr(self._pipeline, "close", None)
        if close is not None:
            close()


def load_pipeline(
    reference: str, workers: int = 1
) -> PluggedPipeline | PlatformFeaturePipeline | ParallelFeaturePipeline:
    """Call the factory that a text names, and return its pipeline.

    What the factory returns may be a pipeline of ours, or have the shape of the platform's: then it
    is adapted with the defaults of :class:`PlatformFeaturePipeline`.

    Only ever call this with a text from the settings of whoever runs the program: it imports and
    runs code. Nothing in a grader's bundle leads here.

    Args:
        reference: ``module:function``; the function takes no arguments.
        workers: Processes that extract; each calls the factory. With 1 everything happens here.

    Raises:
        PipelineReferenceError: The text is not of that form.
        PipelineImportError: Module or function cannot be imported.
        NotAPipelineError: The function returned something else.
        PipelineFactoryError: The function failed.
        EssayFeaturesError: What it returned cannot be adapted.
    """
    factory = _import(reference)
    try:
        made = factory()
    except EssayFeaturesError:
        raise
    except Exception as error:
        raise PipelineFactoryError(reference=reference, reason=_reason(error)) from error
    pipeline = _as_pipeline(made, reference)
    if workers == 1:
        return pipeline
    return ParallelFeaturePipeline(
        pipeline,
        workers=workers,
        factory="huleedu_essay_features.adapters.factory:load_pipeline",
        options={"reference": reference},
    )


def _import(reference: str) -> Any:
    module_name, _, name = reference.partition(":")
    parts = module_name.split(".")
    if not all(part.isidentifier() for part in (*parts, name)):
        raise PipelineReferenceError(reference=reference)
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        raise PipelineImportError(reference=reference, reason=_reason(error)) from error
    factory = getattr(module, name, None)
    if not callable(factory):
        reason = f"the module {module_name} has no function {name}"
        raise PipelineImportError(reference=reference, reason=reason)
    return factory


def _as_pipeline(made: Any, reference: str) -> PluggedPipeline | PlatformFeaturePipeline:
    if isinstance(made, PlatformFeaturePipeline):
        return made
    if isinstance(getattr(made, "schema", None), FeatureSchema) and callable(
        getattr(made, "extract", None)
    ):
        return PluggedPipeline(made, reference)
    extractors = isinstance(made, Sequence) and made and all(map(is_extractor, made))
    if extractors or is_pipeline(made):
        return PlatformFeaturePipeline(made)
    if inspect.iscoroutine(made):
        made.close()
        got = "a coroutine"
    else:
        got = "None" if made is None else f"an object of type {type(made).__name__}"
    raise NotAPipelineError(reference=reference, got=got)


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]
