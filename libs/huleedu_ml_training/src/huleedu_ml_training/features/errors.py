"""Errors of extracting, keeping and checking features."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from huleedu_essay_features.adapters.errors import PluggedPipelineError
from huleedu_essay_features.errors import EssayFeaturesError, UnsupportedLanguageError
from huleedu_ml_training.domain.errors import (
    HuleEduMLError,
    InfrastructureError,
    InvalidDataError,
    UsageError,
)


class _WrappedError(HuleEduMLError):
    """An error of the feature library; its texts are shown unchanged.

    Attributes:
        cause: The error of the feature library.
        essay_id: The essay it happened at, where that is known.
    """

    def __init__(self, *, cause: EssayFeaturesError, essay_id: str | None = None) -> None:
        super().__init__()
        self.cause = cause
        self.essay_id = essay_id

    @property
    def what(self) -> str:
        """What the feature library says happened, and the essay's id."""
        place = "" if self.essay_id is None else f"; its id is {self.essay_id!r}"
        return f"{self.cause.what}{place}"

    @property
    def why(self) -> str:
        """The cause that the feature library gives."""
        return self.cause.why

    @property
    def remedy(self) -> str:
        """The remedy that the feature library gives."""
        return self.cause.remedy


class FeatureExtractionError(_WrappedError, InfrastructureError):
    """Features could not be computed: a part is missing, changed or failed."""

    code = "feature-extraction"


class InvalidPipelineError(_WrappedError, UsageError):
    """The setting ``features.pipeline`` names no usable pipeline."""

    code = "invalid-pipeline"


class UnsupportedEssayError(_WrappedError, InvalidDataError):
    """An essay is of a kind that no features are defined for."""

    code = "unsupported-essay"


class InfiniteFeaturesError(InvalidDataError):
    """A feature vector holds an infinity, which nothing downstream can use.

    Attributes:
        essay_id: The first essay concerned.
        names: Its infinite features.
    """

    code = "infinite-features"

    def __init__(self, *, essay_id: str, names: Sequence[str]) -> None:
        super().__init__()
        self.essay_id = essay_id
        self.names = tuple(names)

    @property
    def what(self) -> str:
        """Name the essay and the features."""
        shown = ", ".join(self.names[:5])
        more = f" and {len(self.names) - 5} more" if len(self.names) > 5 else ""
        return f"essay {self.essay_id!r} has infinite features: {shown}{more}"

    @property
    def why(self) -> str:
        """Say which values are allowed."""
        return "a feature is a finite number, or NaN where it is undefined for the essay"

    @property
    def remedy(self) -> str:
        """Say where the mistake is."""
        return "mend the feature pipeline that computed them, or set them to NaN there"


class StoredVectorMismatchError(InfrastructureError):
    """A stored vector has another length than its own schema.

    Attributes:
        expected: Number of features of the schema.
        got: Length of the stored vector.
    """

    code = "stored-vector-mismatch"

    def __init__(self, *, expected: int, got: int) -> None:
        super().__init__()
        self.expected = expected
        self.got = got

    @property
    def what(self) -> str:
        """Give both lengths."""
        return (
            f"the feature store holds a vector of {self.got} values; its schema has {self.expected}"
        )

    @property
    def why(self) -> str:
        """Name the only way this comes about."""
        return "something else wrote to the store"

    @property
    def remedy(self) -> str:
        """Say how to compute the vectors anew."""
        return (
            "delete what is stored under that schema digest (rows of ml_training.feature_vectors, "
            "or the directory of that name) and run again"
        )


@contextmanager
def translated_feature_errors(essay_ids: Sequence[str] = ()) -> Iterator[None]:
    """Raise errors of the feature library as ours, texts unchanged.

    An essay that cannot have features is :class:`UnsupportedEssayError`, a pipeline that cannot
    be plugged in is :class:`InvalidPipelineError`, whatever else fails is
    :class:`FeatureExtractionError`.

    Args:
        essay_ids: Ids of the essays of the call, in order, where they are known.
    """
    try:
        yield
    except EssayFeaturesError as error:
        index = getattr(error, "index", None)
        essay_id = essay_ids[index] if index is not None and index < len(essay_ids) else None
        raise _kind(error)(cause=error, essay_id=essay_id) from error


def _kind(error: EssayFeaturesError) -> type[_WrappedError]:
    if isinstance(error, UnsupportedLanguageError):
        return UnsupportedEssayError
    if isinstance(error, PluggedPipelineError):
        return InvalidPipelineError
    return FeatureExtractionError
