"""What can be wrong with predictions and stored metrics."""

from huleedu_ml_training.domain.errors import ConflictError, InvalidDataError


class InvalidPredictionsError(InvalidDataError):
    """Predictions or human grades cannot be judged as they are.

    Attributes:
        problem: What is wrong, with the numbers.
    """

    code = "invalid-predictions"

    def __init__(self, *, problem: str) -> None:
        super().__init__()
        self.problem = problem

    @property
    def what(self) -> str:
        """Say what is wrong."""
        return f"the predictions cannot be evaluated: {self.problem}"

    @property
    def remedy(self) -> str:
        """Point at the usual causes."""
        return "pass one prediction and one human grade per essay, both on the same scale"


class InvalidRatingsError(InvalidDataError):
    """Grades of single raters are not on the scale.

    Attributes:
        value: The first offending value.
        n_grades: Number of grades K on the scale.
    """

    code = "invalid-ratings"

    def __init__(self, *, value: float, n_grades: int) -> None:
        super().__init__()
        self.value = value
        self.n_grades = n_grades

    @property
    def what(self) -> str:
        """Name the value."""
        return f"a single rater's grade has the index {self.value:g}"

    @property
    def why(self) -> str:
        """Say what would do."""
        return f"grade indices are whole numbers in 0…{self.n_grades - 1}"

    @property
    def remedy(self) -> str:
        """Tell apart what is missing from what is a grade."""
        return "pass grade indices of the scale, and NaN where a rater did not grade an essay"


class IncomparablePredictionsError(ConflictError):
    """Sets of predictions are not about the same essays, scale and definitions.

    Attributes:
        problem: How they differ.
    """

    code = "incomparable-predictions"

    def __init__(self, *, problem: str) -> None:
        super().__init__()
        self.problem = problem

    @property
    def what(self) -> str:
        """Say how they differ."""
        return f"the graders cannot be compared: {self.problem}"

    @property
    def remedy(self) -> str:
        """Say what a comparison needs."""
        return "let all grade the same essays, on one scale, with one version of this library"


class UnsupportedMetricsError(InvalidDataError):
    """A stored metrics document is of another version, or malformed.

    Attributes:
        problem: What is wrong with it.
    """

    code = "unsupported-metrics"

    def __init__(self, *, problem: str) -> None:
        super().__init__()
        self.problem = problem

    @property
    def what(self) -> str:
        """Say what is wrong."""
        return f"stored metrics cannot be read: {self.problem}"

    @property
    def remedy(self) -> str:
        """Say how to get a readable document."""
        return "evaluate the model again with this version of the library"
