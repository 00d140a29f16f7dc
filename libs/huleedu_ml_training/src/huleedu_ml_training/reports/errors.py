"""What can be wrong with what a report is made from."""

from huleedu_ml_training.domain.errors import InvalidDataError


class UnsupportedReportContextError(InvalidDataError):
    """A bundle's account of its own training is of another version, or malformed.

    Attributes:
        problem: What is wrong with it.
    """

    code = "unsupported-report-context"

    def __init__(self, *, problem: str) -> None:
        super().__init__()
        self.problem = problem

    @property
    def what(self) -> str:
        """Say what is wrong."""
        return f"the model's account of its training cannot be read: {self.problem}"

    @property
    def remedy(self) -> str:
        """Say what works without it."""
        return (
            "evaluate with the version of the library that trained the model, or without "
            "--report, --model-card and --output-dir"
        )
