"""Finding out which language a text is in, where nobody said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Protocol

from huleedu_essay_features.embeddings.model_file import find_package_file, read_verified
from huleedu_essay_features.errors import UnsupportedLanguageError
from huleedu_essay_features.languages import SUPPORTED_LANGUAGES
from huleedu_essay_features.normalisation import normalise_text
from huleedu_essay_features.protocols import EssayInput

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

UNDETERMINED = "und"
"""ISO 639-2 code of an essay whose language is to be detected."""

_PACKAGE = "py3langid"
_VERSION = "0.4.0"
_FILE = "py3langid/data/model.npz.xz"
_SHA256 = "f4f4a2c3465ca1f081541037f9cac23021d68151c2f709c55ae5eedfca522963"
_LEAST_CONFIDENCE = 0.5


@dataclass(frozen=True, slots=True)
class DetectedLanguage:
    """What a detector says of a text.

    Attributes:
        code: Code of the language, of the supported ones or any other; None where it is unsure.
        confidence: Probability of the likeliest language, 0 to 1.
    """

    code: str | None
    confidence: float


class LanguageDetectorProtocol(Protocol):
    """Tells languages apart; a pure function of the text, safe for concurrent use."""

    @property
    def identity(self) -> Mapping[str, str]:
        """What its answers depend on."""
        ...

    def detect(self, text: str) -> DetectedLanguage:
        """Return the language of a text.

        Raises:
            EssayFeaturesError: The model is missing or changed.
        """
        ...


class LangidDetector:
    """Tells 139 languages apart by byte sequences, with py3langid (BSD), offline.

    All languages compete, so that German is not taken for the nearest supported language. An
    answer needs a probability of at least one half: from about ten words on there nearly always
    is one. The model is loaded with the first text; it is arrays only, without pickles.
    """

    @property
    def identity(self) -> Mapping[str, str]:
        """What its answers depend on."""
        return {
            "language_detection": f"{_PACKAGE} {_VERSION}, sha256:{_SHA256}, "
            f"probability at least {_LEAST_CONFIDENCE}"
        }

    def detect(self, text: str) -> DetectedLanguage:
        """Return the likeliest of all languages, or None where none is likelier than all others.

        Raises:
            MissingModelError: The package that carries the model is not installed.
            ModelDigestError: The model file holds other bytes than expected.
        """
        code, confidence = self._identifier.classify(normalise_text(text))
        return DetectedLanguage(code if confidence >= _LEAST_CONFIDENCE else None, confidence)

    @cached_property
    def _identifier(self) -> "LanguageIdentifier":
        path = find_package_file(_PACKAGE, _FILE, part="language detection model")
        read_verified(path, sha256=_SHA256, package=f"{_PACKAGE}=={_VERSION}")
        from py3langid.langid import LanguageIdentifier  # noqa: PLC0415

        return LanguageIdentifier.from_modelpath(path, norm_probs=True)


@cache
def standard_detector() -> LangidDetector:
    """Return the detector that pipelines use, one in a process."""
    return LangidDetector()


def resolve_languages(
    essays: Sequence[EssayInput], detector: LanguageDetectorProtocol
) -> list[EssayInput]:
    """Return the essays, each in a language that features are defined for.

    Args:
        essays: Where the language is ``und``, it is detected.
        detector: Asked only about those.

    Raises:
        UnsupportedLanguageError: Names the first essay whose language is another one, or cannot
            be told.
        EssayFeaturesError: The detector's model is missing or changed.
    """
    return [_resolved(essay, index, detector) for index, essay in enumerate(essays)]


def _resolved(essay: EssayInput, index: int, detector: LanguageDetectorProtocol) -> EssayInput:
    code, confidence = essay.language, None
    if code == UNDETERMINED:
        detected = detector.detect(essay.text)
        code, confidence = detected.code or UNDETERMINED, detected.confidence
    if code not in SUPPORTED_LANGUAGES:
        raise UnsupportedLanguageError(
            language=code, supported=SUPPORTED_LANGUAGES, index=index, confidence=confidence
        )
    return essay if code == essay.language else replace(essay, language=code)
