"""Errors of loading a grader and of grading."""

from huleedu_ml_training.domain.errors import ConflictError, InvalidDataError, UsageError


class FeatureSchemaMismatchError(InvalidDataError):
    """The pipeline computes other features than the grader was trained on."""

    code = "feature-schema-mismatch"

    def __init__(self, *, expected: str, got: str, differences: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.expected = expected
        self.got = got
        self.differences = differences

    @property
    def what(self) -> str:
        """Name both schemas."""
        return (
            f"the grader was trained on feature schema {self.expected[:12]}, "
            f"this process computes {self.got[:12]}"
        )

    @property
    def why(self) -> str:
        """List what differs."""
        return "; ".join(self.differences)

    @property
    def remedy(self) -> str:
        """Say how to bring the two together."""
        return (
            "install the version of huleedu-essay-features named in the bundle's manifest, "
            "or train a new model with the version that is installed"
        )


class HostFeaturesNeededError(InvalidDataError):
    """Texts were given to a grader whose features only the host can compute."""

    code = "host-features-needed"

    def __init__(self, *, n_features: int) -> None:
        super().__init__()
        self.n_features = n_features

    @property
    def what(self) -> str:
        """Say what the grader needs."""
        return f"this grader takes {self.n_features} features that the host computes, not texts"

    @property
    def remedy(self) -> str:
        """Say how to grade with it."""
        return "grade feature vectors with EssayScorer.score_features, or pass your own pipeline"


class PipelineNeededError(UsageError):
    """Texts were given to a grader whose features another pipeline than ours computes."""

    code = "pipeline-needed"

    def __init__(self, *, n_features: int) -> None:
        super().__init__()
        self.n_features = n_features

    @property
    def what(self) -> str:
        """Say what the grader needs."""
        return f"this grader takes {self.n_features} features of a pipeline that is not ours"

    @property
    def why(self) -> str:
        """Say why the bundle is not enough."""
        return "code that a bundle names is never run"

    @property
    def remedy(self) -> str:
        """Say how to name the pipeline."""
        return (
            "set features.pipeline as it was at training (config.yaml of the bundle says), "
            "or pass the pipeline to EssayScorer"
        )


class InvalidFeatureMatrixError(InvalidDataError):
    """A feature matrix has the wrong width, or a value that is infinite."""

    code = "invalid-feature-matrix"

    def __init__(self, *, reason: str) -> None:
        super().__init__()
        self.reason = reason

    @property
    def what(self) -> str:
        """Say what is wrong with the matrix."""
        return f"the feature matrix cannot be graded: {self.reason}"

    @property
    def remedy(self) -> str:
        """Point at the schema."""
        return "feature_schema.json of the bundle lists the columns in order; NaN means undefined"


class UnusableGraphError(InvalidDataError):
    """The bundle's ONNX graph cannot be run."""

    code = "unusable-graph"

    def __init__(self, *, reason: str) -> None:
        super().__init__()
        self.reason = reason

    @property
    def what(self) -> str:
        """Say what onnxruntime or the check said."""
        return f"grader.onnx cannot be run: {self.reason}"

    @property
    def remedy(self) -> str:
        """Say how to get a good one."""
        return "take the bundle from the registry again, or train a new model"


class TooManyEssaysError(InvalidDataError):
    """One call brought more essays than the scorer takes at a time."""

    code = "too-many-essays"

    def __init__(self, *, n_essays: int, limit: int) -> None:
        super().__init__()
        self.n_essays = n_essays
        self.limit = limit

    @property
    def what(self) -> str:
        """Give both numbers."""
        return f"{self.n_essays:,} essays in one call; at most {self.limit:,} are taken"

    @property
    def why(self) -> str:
        """Say what the limit is for."""
        return "a call in flight keeps a replaced model, and its memory, from being released"

    @property
    def remedy(self) -> str:
        """Say how to grade more."""
        return "grade them in several calls, or raise max_essays"


class ScorerClosedError(UsageError):
    """A scorer was asked to grade after it had been closed."""

    code = "scorer-closed"

    @property
    def what(self) -> str:
        """Say what happened."""
        return "the scorer is closed and grades no more"

    @property
    def remedy(self) -> str:
        """Say how it should be."""
        return "close it when no request can come any more, or make another one"


class BundleReplacedError(ConflictError):
    """Another bundle took the place of the one that was being loaded."""

    code = "bundle-replaced"

    def __init__(self, *, path: str) -> None:
        super().__init__()
        self.path = path

    @property
    def what(self) -> str:
        """Name the path."""
        return f"the bundle at {self.path} was replaced while it was being loaded"

    @property
    def remedy(self) -> str:
        """Say that it mends itself."""
        return "load it again; a ReloadingScorer does so at its next check"
