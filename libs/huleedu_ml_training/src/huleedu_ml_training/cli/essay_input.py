"""The essays that ``score`` is asked to grade."""

from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from huleedu_essay_features import EssayInput
from huleedu_ml_training.domain.errors import InvalidDataError, NotFoundError, UsageError

_TABULAR = {".csv", ".parquet", ".jsonl"}


class NoEssayError(UsageError):
    """Nothing was given to grade, or too much."""

    code = "no-essay"

    def __init__(self, *, reason: str) -> None:
        super().__init__()
        self.reason = reason

    @property
    def what(self) -> str:
        """Say what is missing."""
        return self.reason

    @property
    def remedy(self) -> str:
        """Show the three ways."""
        return "train-essay-grader score FILE, score --text 'My essay …', or … | score -"


class EssayFileNotFoundError(NotFoundError):
    """The named file is not there."""

    code = "essay-file-not-found"

    def __init__(self, *, path: Path) -> None:
        super().__init__()
        self.path = path

    @property
    def what(self) -> str:
        """Name the file."""
        return f"no file at {self.path}"


class UnreadableEssayError(InvalidDataError):
    """The text is empty, or not UTF-8."""

    code = "unreadable-essay"

    def __init__(self, *, name: str, reason: str) -> None:
        super().__init__()
        self.name = name
        self.reason = reason

    @property
    def what(self) -> str:
        """Name the essay and what is wrong with it."""
        return f"{self.name} cannot be graded: {self.reason}"

    @property
    def remedy(self) -> str:
        """Say what a text must be."""
        return "give UTF-8 text with at least one word"


@dataclass(frozen=True, slots=True)
class NamedEssay:
    """An essay and how to call it in the answer."""

    name: str
    essay: EssayInput


def read_essays(
    file: Path | None,
    text: str | None,
    *,
    stdin: TextIO,
    prompt_text: str | None,
    language: str,
) -> list[NamedEssay]:
    """Return the essays of a file, of ``--text`` or of standard input.

    Raises:
        NoEssayError: None of them, or more than one, was given.
        EssayFileNotFoundError: The file is not there.
        UnreadableEssayError: A text is empty or not UTF-8.
    """
    if file is not None and text is not None:
        raise NoEssayError(reason="both a file and --text were given")
    if text is not None:
        return [_named("text", text, prompt_text, language)]
    if file is None and stdin.isatty():
        raise NoEssayError(reason="no essay was given")
    if file is None or str(file) == "-":
        return [_named("stdin", _read_stream(stdin), prompt_text, language)]
    if not file.is_file():
        raise EssayFileNotFoundError(path=file)
    if file.suffix.lower() in _TABULAR:
        return _read_table(file, prompt_text, language)
    try:
        content = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableEssayError(
            name=str(file), reason=f"byte {error.start} is not UTF-8"
        ) from None
    return [_named(file.name, content, prompt_text, language)]


def _read_stream(stdin: TextIO) -> str:
    try:
        return stdin.read()
    except UnicodeDecodeError as error:
        raise UnreadableEssayError(
            name="stdin", reason=f"byte {error.start} is not UTF-8"
        ) from None


def _read_table(file: Path, prompt_text: str | None, language: str) -> list[NamedEssay]:
    from huleedu_ml_training.data.files import read_texts

    return [
        _named(row.id, row.text, row.prompt_text or prompt_text, row.language or language)
        for row in read_texts(file)
    ]


def _named(name: str, text: str, prompt_text: str | None, language: str) -> NamedEssay:
    if not any(character.isalnum() for character in text):
        raise UnreadableEssayError(name=name, reason="it holds no words")
    return NamedEssay(name, EssayInput(text, prompt_text, language))
