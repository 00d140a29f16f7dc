"""Errors of cross-validation."""

from huleedu_ml_training.domain.errors import UsageError


class InvalidValidationError(UsageError):
    """A cross-validation was asked for that makes no sense.

    Attributes:
        option: The option.
        value: Its value, as given.
        reason: What is wrong with it.
        advice: What to write instead.
    """

    code = "invalid-validation"

    def __init__(self, *, option: str, value: object, reason: str, advice: str) -> None:
        super().__init__()
        self.option = option
        self.value = value
        self.reason = reason
        self.advice = advice

    @property
    def what(self) -> str:
        """Name option and value."""
        return f"{self.option} {self.value}: {self.reason}"

    @property
    def remedy(self) -> str:
        """Say what to write instead."""
        return self.advice
