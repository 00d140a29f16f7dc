"""Word lists of the rules, from files whose digest is part of the feature schema."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class WordLists:
    """The lists of one file.

    Attributes:
        lists: Name → words.
        digest: Sha256 of the file.
    """

    lists: Mapping[str, frozenset[str]]
    digest: str


@cache
def word_lists(name: str) -> WordLists:
    """Return the lists of ``resources/<name>.toml``."""
    data = resources.files("huleedu_essay_features").joinpath(f"resources/{name}.toml").read_bytes()
    lists = {key: frozenset(words.split()) for key, words in tomllib.loads(data.decode()).items()}
    return WordLists(lists=lists, digest=hashlib.sha256(data).hexdigest())
