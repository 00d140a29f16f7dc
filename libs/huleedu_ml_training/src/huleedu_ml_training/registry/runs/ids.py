"""Run ids as people type them: the first digits are enough."""

import re
from collections.abc import Sequence

from huleedu_ml_training.domain.errors import ConflictError, UsageError
from huleedu_ml_training.registry.runs.errors import RunNotFoundError
from huleedu_ml_training.registry.runs.records import RunRecord

_SEE_RUNS = "train-essay-grader runs list shows the latest runs with their ids"
_DIGITS = re.compile(r"[0-9a-f]{4,32}")


class InvalidRunIdError(UsageError):
    """A text cannot be the beginning of a run's id."""

    code = "invalid-run-id"

    def __init__(self, *, text: str) -> None:
        super().__init__()
        self.text = text

    @property
    def what(self) -> str:
        """Show the text."""
        return f"{self.text[:80]!a} is not a run id"

    @property
    def why(self) -> str:
        """Say what an id looks like."""
        return "an id is a UUID, or its first hexadecimal digits, at least four"

    @property
    def remedy(self) -> str:
        """Say where ids come from."""
        return _SEE_RUNS


class AmbiguousRunIdError(ConflictError):
    """Several ids begin with the given digits.

    Attributes:
        prefix: The digits.
        candidates: The runs, newest first.
    """

    code = "ambiguous-run-id"

    def __init__(self, *, prefix: str, candidates: Sequence[RunRecord]) -> None:
        super().__init__()
        self.prefix = prefix
        self.candidates = tuple(candidates)

    @property
    def what(self) -> str:
        """List the candidates."""
        lines = [f"  {r.id} {r.kind} {r.experiment_name}" for r in self.candidates[:10]]
        more = [f"  and {len(self.candidates) - 10} more"] if len(self.candidates) > 10 else []
        return "\n".join([f"several run ids begin with {self.prefix}:", *lines, *more])

    @property
    def remedy(self) -> str:
        """Ask for more digits."""
        return "give more digits of the id"


def run_id_digits(text: str) -> str:
    """Return the hexadecimal digits of an id or of its beginning, lower case, without dashes.

    Raises:
        InvalidRunIdError: The text is no UUID, nor the first four or more digits of one.
    """
    digits = text.strip().lower().replace("-", "")
    if not _DIGITS.fullmatch(digits):
        raise InvalidRunIdError(text=text)
    return digits


def the_one(digits: str, found: Sequence[RunRecord]) -> RunRecord:
    """Return the only run that was found by the digits of its id.

    Raises:
        RunNotFoundError: There is none.
        AmbiguousRunIdError: There are several.
    """
    if not found:
        raise RunNotFoundError(run_id=digits)
    if len(found) > 1:
        raise AmbiguousRunIdError(prefix=digits, candidates=found)
    return found[0]
