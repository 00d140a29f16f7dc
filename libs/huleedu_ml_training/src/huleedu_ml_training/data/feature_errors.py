"""Errors of feature vectors that the host keeps."""

from collections.abc import Sequence

from huleedu_ml_training.data.errors import counted, listed
from huleedu_ml_training.domain.errors import InvalidDataError, UsageError


class FeatureNamesError(UsageError):
    """Feature vectors without names are of no use.

    Attributes:
        reason: What is missing.
    """

    code = "feature-names"

    def __init__(self, *, reason: str) -> None:
        super().__init__()
        self.reason = reason

    @property
    def what(self) -> str:
        """Say what is missing."""
        return self.reason

    @property
    def remedy(self) -> str:
        """Name the setting."""
        return "list the names of the features, in their order, in essays.features.names"


class InvalidStoredFeaturesError(InvalidDataError):
    """A stored feature vector cannot be used.

    Attributes:
        essay_id: The essay whose vector it is.
        column: The column, and the feature in it where one is to blame.
        expected: What should be there.
        got: What is.
    """

    code = "invalid-stored-features"

    def __init__(self, *, essay_id: str, column: str, expected: str, got: str) -> None:
        super().__init__()
        self.essay_id = essay_id
        self.column = column
        self.expected = expected
        self.got = got

    @property
    def what(self) -> str:
        """Name essay and column."""
        return (
            f"the features of the essay {self.essay_id!r} ({self.column}) cannot be used: "
            f"expected {self.expected}, got {self.got}"
        )

    @property
    def remedy(self) -> str:
        """Say what is allowed."""
        return "compute the vector again; write null, never NaN, where a feature is undefined"


class MissingFeaturesError(InvalidDataError):
    """Selected essays have no feature vector.

    Attributes:
        essay_ids: The essays.
        table: The table that should hold the vectors.
    """

    code = "missing-features"

    def __init__(self, *, essay_ids: Sequence[str], table: str) -> None:
        super().__init__()
        self.essay_ids = tuple(essay_ids)
        self.table = table

    @property
    def what(self) -> str:
        """Count and name the first essays."""
        return (
            f"{self.table} has no features for {counted(len(self.essay_ids), 'selected essay')}: "
            f"{listed(self.essay_ids)}"
        )

    @property
    def remedy(self) -> str:
        """Name both ways."""
        return (
            "compute the missing vectors, or set essays.features.table to null to have this "
            "library extract features"
        )
