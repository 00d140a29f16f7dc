"""Whether a word is in a Hunspell dictionary."""

import hashlib
import re
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path

import hunspell

from huleedu_essay_features.errors import MissingModelError
from huleedu_essay_features.languages import language_profile

_DICTIONARIES = {
    "en": ("chunspell", "hunspell/dictionaries/en_US"),
    "sv": ("hunspell-sv", "share/hunspell/sv_SE"),
}
"""Language → distribution that carries the dictionary, and the end of its path there."""

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

    Attributes:
        identity: Sha256 of the dictionary's two files.
    """

    def __init__(self, language: str) -> None:
        stem = _dictionary_path(language)
        self._dictionary = hunspell.Hunspell(stem.name, hunspell_data_dir=str(stem.parent))
        self._extra = language_profile(language).extra_words
        self._variants = _TO_AMERICAN if language == "en" else ()
        self.knows = lru_cache(maxsize=50_000)(self._knows)

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
    """
    return SpellingDictionary(language)


@cache
def spelling_digest(language: str) -> str:
    """Return the sha256 of a dictionary's two files.

    Raises:
        MissingModelError: They are not installed.
    """
    stem = _dictionary_path(language)
    hasher = hashlib.sha256()
    for suffix in (".aff", ".dic"):
        hasher.update(stem.with_suffix(suffix).read_bytes())
    return hasher.hexdigest()


def _dictionary_path(language: str) -> Path:
    """Return the path of a dictionary without its suffix."""
    package, ending = _DICTIONARIES[language]
    try:
        files = metadata.files(package) or []
    except metadata.PackageNotFoundError:
        raise MissingModelError(part=f"{language} spelling dictionary", package=package) from None
    for file in files:
        if file.as_posix().endswith(f"{ending}.dic"):
            path = Path(str(file.locate())).resolve().with_suffix("")
            if path.with_suffix(".dic").is_file() and path.with_suffix(".aff").is_file():
                return path
    raise MissingModelError(
        part=f"{language} spelling dictionary", package=package, path=Path(f"{ending}.dic")
    )
