"""Errors of fitting, loading and asking models."""

from collections.abc import Sequence

from huleedu_ml_training.domain.errors import InvalidDataError, UsageError


class InvalidFeaturesError(InvalidDataError):
    """A feature matrix cannot be learnt from or graded.

    Attributes:
        reason: What is wrong with it.
        row: Zero-based row of the first offending value, or None where the whole matrix is meant.
        column: Zero-based column of that value, or None.
        feature_name: Name of that column, or None where it is unknown.
    """

    code = "invalid-features"

    def __init__(
        self,
        *,
        reason: str,
        row: int | None = None,
        column: int | None = None,
        feature_name: str | None = None,
    ) -> None:
        super().__init__()
        self.reason = reason
        self.row = row
        self.column = column
        self.feature_name = feature_name

    @property
    def what(self) -> str:
        """Name row and column where there are any."""
        if self.column is None:
            return f"the feature matrix cannot be used: {self.reason}"
        name = "" if self.feature_name is None else f" ({self.feature_name})"
        return f"row {self.row}, column {self.column}{name} of the features {self.reason}"

    @property
    def why(self) -> str:
        """Say what a missing value looks like, where a value was the problem."""
        return "" if self.column is None else "an undefined feature is NaN, never an infinity"

    @property
    def remedy(self) -> str:
        """Point at the extraction."""
        if self.column is None:
            return "extract the features of these essays with the schema of the model"
        return "correct what computes that feature and extract it again"


class InvalidModelStateError(InvalidDataError):
    """The files of a stored model are incomplete, damaged or of an unknown kind.

    Attributes:
        file: The file that was at fault.
        reason: What is wrong with it.
    """

    code = "invalid-model-state"

    def __init__(self, *, file: str, reason: str) -> None:
        super().__init__()
        self.file = file
        self.reason = reason

    @property
    def what(self) -> str:
        """Name the file."""
        return f"the stored model cannot be loaded: {self.file} {self.reason}"

    @property
    def remedy(self) -> str:
        """Say where a good one comes from."""
        return "take the bundle from the registry again, or train a new model"


class UnknownMethodError(InvalidDataError):
    """A kind of model, link, calibration or decision rule is asked for that this version lacks.

    Attributes:
        part: What is asked for, in words: ``kind of model``, ``link``, ``calibration`` …
        name: The name that was asked for.
        known: The names there are.
    """

    code = "unknown-method"

    def __init__(self, *, part: str, name: str, known: Sequence[str]) -> None:
        super().__init__()
        self.part = part
        self.name = name
        self.known = tuple(known)

    @property
    def what(self) -> str:
        """Name it."""
        return f"there is no {self.part} called {self.name!r}"

    @property
    def why(self) -> str:
        """List what there is."""
        return f"this version knows {', '.join(self.known)}"

    @property
    def remedy(self) -> str:
        """Name the two ways out."""
        return "choose one of these, or use the version of huleedu-ml-training that made the model"


class BoosterNotInstalledError(UsageError):
    """The settings, or a stored model, need a boosting library that is not installed.

    Attributes:
        library: Name of the library, as in the settings.
        extra: The extra of huleedu-ml-training that brings it.
    """

    code = "booster-not-installed"

    def __init__(self, *, library: str, extra: str) -> None:
        super().__init__()
        self.library = library
        self.extra = extra

    @property
    def what(self) -> str:
        """Name the library."""
        return f"{self.library} is not installed"

    @property
    def why(self) -> str:
        """Say why it is not."""
        return "it is optional, so that those who do not use it need not download it"

    @property
    def remedy(self) -> str:
        """Give the command, and the other way out."""
        return (
            f'install it with pip install "huleedu-ml-training[{self.extra}]", '
            "or set model.backend to lightgbm"
        )
