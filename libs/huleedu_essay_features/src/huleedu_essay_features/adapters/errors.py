"""What can go wrong with a pipeline that somebody else wrote."""

from collections.abc import Sequence

from huleedu_essay_features.errors import EssayExtractionError, EssayFeaturesError


class PluggedPipelineError(EssayFeaturesError):
    """The setting that names a pipeline, or what the pipeline says of itself, is wrong."""

    code = "plugged-pipeline"


class PipelineReferenceError(PluggedPipelineError):
    """A text does not name a factory.

    Attributes:
        reference: The text.
    """

    code = "pipeline-reference"

    def __init__(self, *, reference: str) -> None:
        super().__init__()
        self.reference = reference

    @property
    def what(self) -> str:
        """Quote the text."""
        return f"{self.reference!r} does not name a function that makes a feature pipeline"

    @property
    def remedy(self) -> str:
        """Show the form."""
        return "write module:function, as in our_platform.features:create_pipeline"


class PipelineImportError(PluggedPipelineError):
    """The module of a factory cannot be imported, or has no such function.

    Attributes:
        reference: ``module:function``.
        reason: What went wrong, on one line.
    """

    code = "pipeline-import"

    def __init__(self, *, reference: str, reason: str) -> None:
        super().__init__()
        self.reference = reference
        self.reason = reason

    @property
    def what(self) -> str:
        """Name the factory."""
        return f"the feature pipeline {self.reference} cannot be imported"

    @property
    def why(self) -> str:
        """Give the reason."""
        return self.reason

    @property
    def remedy(self) -> str:
        """Say where Python looks."""
        return (
            "correct the name, or install the package that holds it into this environment "
            "(a module that is in no package is found through PYTHONPATH)"
        )


class NotAPipelineError(PluggedPipelineError):
    """A factory returned something that is no feature pipeline.

    Attributes:
        reference: ``module:function``.
        got: What it returned, in words.
    """

    code = "not-a-pipeline"

    def __init__(self, *, reference: str, got: str) -> None:
        super().__init__()
        self.reference = reference
        self.got = got

    @property
    def what(self) -> str:
        """Say what came back."""
        return f"{self.reference} returned {self.got}, which is no feature pipeline"

    @property
    def why(self) -> str:
        """List what would be one."""
        return (
            "a pipeline has a schema and extract(), or an asynchronous extract_features(), "
            "or is a sequence of extractors, each with a name and an asynchronous extract()"
        )

    @property
    def remedy(self) -> str:
        """Point at the function."""
        return "let the function return one of these; it takes no arguments and is not async"


class FeatureDeclarationError(PluggedPipelineError):
    """The features of a plugged-in pipeline are not declared in a way that can be used.

    Attributes:
        reason: What is wrong, on one line.
    """

    code = "feature-declaration"

    def __init__(self, *, reason: str) -> None:
        super().__init__()
        self.reason = reason

    @property
    def what(self) -> str:
        """Say what is wrong."""
        return f"the pipeline's features cannot become columns: {self.reason}"

    @property
    def remedy(self) -> str:
        """Point at the declaration."""
        return "declare each feature once, as PlatformFeature(name, extractor, …), where it is made"


class PipelineFactoryError(EssayFeaturesError):
    """A factory failed.

    Attributes:
        reference: ``module:function``.
        reason: What it raised, on one line.
    """

    code = "pipeline-factory"

    def __init__(self, *, reference: str, reason: str) -> None:
        super().__init__()
        self.reference = reference
        self.reason = reason

    @property
    def what(self) -> str:
        """Name the factory."""
        return f"{self.reference} could not make its feature pipeline"

    @property
    def why(self) -> str:
        """Give the reason."""
        return self.reason

    @property
    def remedy(self) -> str:
        """Say how to see more."""
        module, _, name = self.reference.partition(":")
        return f"for the full traceback: python -c 'import {module}; {module}.{name}()'"


class PipelineProbeError(EssayFeaturesError):
    """A plugged-in extractor failed on the sample text that should have told its features.

    Attributes:
        reason: What went wrong, on one line.
    """

    code = "pipeline-probe"

    def __init__(self, *, reason: str) -> None:
        super().__init__()
        self.reason = reason

    @property
    def what(self) -> str:
        """Say what was tried."""
        return "the features of the plugged-in pipeline could not be found out by a sample text"

    @property
    def why(self) -> str:
        """Give the reason."""
        return self.reason

    @property
    def remedy(self) -> str:
        """Offer the way without a sample."""
        return (
            "see that the services it needs are there, or declare all features and pass sample=None"
        )


class PluggedMatrixError(EssayFeaturesError):
    """A plugged-in pipeline returned something else than a matrix of its own schema.

    Attributes:
        reference: ``module:function``.
        reason: What is wrong with the matrix.
    """

    code = "plugged-matrix"

    def __init__(self, *, reference: str, reason: str) -> None:
        super().__init__()
        self.reference = reference
        self.reason = reason

    @property
    def what(self) -> str:
        """Say what is wrong."""
        return f"the matrix of the feature pipeline {self.reference} cannot be used: {self.reason}"

    @property
    def why(self) -> str:
        """Say what would be right."""
        return "it is float32, C-contiguous, with a row per essay and a column per feature"

    @property
    def remedy(self) -> str:
        """Name the suite that would have told."""
        return "run the FeaturePipelineSuite of huleedu_ml_training.testing on that pipeline"


class PlatformValuesError(EssayExtractionError):
    """A plugged-in extractor's answer does not fit its declaration.

    Attributes:
        index: Zero-based position of the essay in the call.
        extractor: Name of the extractor.
        problems: What is wrong, one line each.
    """

    code = "platform-values"

    def __init__(self, *, index: int, extractor: str, problems: Sequence[str]) -> None:
        shown = "; ".join(problems[:5])
        more = f"; and {len(problems) - 5} more" if len(problems) > 5 else ""
        super().__init__(index=index, reason=f"extractor {extractor!r}: {shown}{more}")
        self.extractor = extractor
        self.problems = tuple(problems)

    @property
    def remedy(self) -> str:
        """Say what can be declared."""
        return (
            "mend the extractor, or declare what it does: PlatformFeature(…, optional=True) may be "
            "left out of an answer, PlatformFeature(…, labels=(…)) is one of these texts"
        )
