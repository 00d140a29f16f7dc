"""Whether a word is in a Hunspell dictionary."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path

import hunspell

from huleedu_essay_features.embeddings.model_file import read_verified
from huleedu_essay_features.errors import MissingModelError
from huleedu_essay_features.languages import language_profile


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a dictionary comes from.

    Attributes:
        package: Distribution that carries it.
        version: Version whose dictionary this is; another one may carry another.
        ending: End of the path of its files there, without suffix.
        digests: Suffix → sha256 of the file.
    """

    package: str
    version: str
    ending: str
    digests: Mapping[str, str]


_SOURCES = {
    "en": _Source(
        "chunspell",
        "2.0.5",
        "hunspell/dictionaries/en_US",
        {
            ".aff": "fffae259eedc61d71de53d34f4d57ff95e35353e8c511d8fd58644673edad171",
            ".dic": "9f49c7d83b9d2569ee02f3ab9c011936cfe023f5f7caa92ded1bc677cb216dec",
        },
    ),
    "sv": _Source(
        "hunspell-sv",
        "2026.10.25",
        "share/hunspell/sv_SE",
        {
            ".aff": "97fc1a3cd998f62ba48366ac13398b919a17e991cb69115fa60bb861093406b9",
            ".dic": "16e3db3b96b17b6dbfdca2e26a2d93198196116dd6c2348cf52607c96729db7a",
        },
    ),
}

_TO_AMERICAN = (
    (re.compile(r"(?<=\w\w)our(?=$|s|e[dr]|ing|ful|able|ite|hood|al|less|ist|y)"), "or"),
    (re.compile(r"is(?=(?:e|es|ed|ing|er|ers|ation|ations|able)$)"), "iz"),
    (re.compile(r"ys(?=(?:e|es|ed|ing|er|ers)$)"), "yz"),
    (re.compile(r"tre(?=s?$)"), "ter"),
    (re.compile(r"ll(?=(?:ed|ing|er|ers|or|ors)$)"), "l"),
    (re.compile(r"(?<=def|off|lic|ret)ence(?=s?$)"), "ense"),
)
"""British endings and their American forms; the dictionary is American."""


class SpellingDictionary:
    """The correct words of one language.

    A word is known if the dictionary has it as written or capitalised (a missing capital is
    another kind of mistake), if it is on the list of extra words, if all its hyphenated parts are
    known, or, in English, if its American form is.

    Raises:
        MissingModelError: The dictionary's files are not installed.
        ModelDigestError: They are not those that this version was made for.
    """

    def __init__(self, language: str) -> None:
        stem = _dictionary_path(language)
        _read_files(stem, _SOURCES[language])
        self._dictionary = hunspell.Hunspell(stem.name, hunspell_data_dir=str(stem.parent))
        self._extra = language_profile(language).extra_words
        self._variants = _TO_AMERICAN if language == "en" else ()
        self.knows = lru_cache(maxsize=50_000)(self._knows)
        self.suggest = lru_cache(maxsize=50_000)(self._suggest)

    def _knows(self, word: str) -> bool:
        """Return whether a word, with straight apostrophes and hyphens, is spelt correctly."""
        if self._has(word):
            return True
        if "-" in word:
            return all(len(part) == 1 or self.knows(part) for part in word.split("-"))
        return any(
            pattern.search(word) is not None and self._has(pattern.sub(american, word))
            for pattern, american in self._variants
        )

    def _suggest(self, word: str) -> tuple[str, ...]:
        """Return known words that a misspelt one may stand for, likeliest first; slow."""
        try:
            return tuple(self._dictionary.suggest(word))
        except UnicodeEncodeError:  # a letter that the dictionary's own encoding lacks
            return ()

    def _has(self, word: str) -> bool:
        if word.lower() in self._extra or self._lists(word):
            return True
        return word.islower() and self._lists(word.capitalize())

    def _lists(self, word: str) -> bool:
        try:
            return bool(self._dictionary.spell(word))
        except UnicodeEncodeError:  # a letter that the dictionary's own encoding lacks
            return False


@cache
def spelling_dictionary(language: str) -> SpellingDictionary:
    """Return the dictionary of a supported language, loaded once in a process.

    Raises:
        MissingModelError: Its files are not installed.
        ModelDigestError: They are not those that this version was made for.
    """
    return SpellingDictionary(language)


@cache
def spelling_digest(language: str) -> str:
    """Return the sha256 of a dictionary's two files.

    Raises:
        MissingModelError: They are not installed.
        ModelDigestError: They are not those that this version was made for.
    """
    content = _read_files(_dictionary_path(language), _SOURCES[language])
    return hashlib.sha256(content).hexdigest()


def _read_files(stem: Path, source: _Source) -> bytes:
    """Return the bytes of a dictionary's two files, which are those that are expected."""
    package = f"{source.package}=={source.version}"
    return b"".join(
        read_verified(stem.with_suffix(suffix), sha256=digest, package=package)
        for suffix, digest in source.digests.items()
    )


def _dictionary_path(language: str) -> Path:
    """Return the path of a dictionary without its suffix."""
    source = _SOURCES[language]
    package = f"{source.package}=={source.version}"
    try:
        files = metadata.files(source.package) or []
    except metadata.PackageNotFoundError:
        raise MissingModelError(part=f"{language} spelling dictionary", package=package) from None
    for file in files:
        if file.as_posix().endswith(f"{source.ending}.dic"):
            path = Path(str(file.locate())).resolve().with_suffix("")
            if path.with_suffix(".dic").is_file() and path.with_suffix(".aff").is_file():
                return path
    raise MissingModelError(
        part=f"{language} spelling dictionary", package=package, path=Path(f"{source.ending}.dic")
    )
