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


class IncomparablePredictionsError(ConflictError):
    """Two sets of predictions are not about the same essays on the same scale.

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
        return f"the two graders cannot be compared: {self.problem}"

    @property
    def remedy(self) -> str:
        """Say what a comparison needs."""
        return "let both grade the same essays, on one scale"


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
