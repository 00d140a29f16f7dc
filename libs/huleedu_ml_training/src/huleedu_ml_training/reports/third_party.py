"""Which models and word lists of other people a grader's features rest on, and their licences.

Where each comes from, how it is pinned and what replaces it is in docs/decisions/0007 and 0008.
"""

from collections.abc import Mapping
from dataclasses import dataclass

_DIGEST_LENGTH = 12


@dataclass(frozen=True, slots=True)
class ThirdPartyModel:
    """A model or list that other people made.

    Attributes:
        use: What the features use it for.
        name: What it is, and by whom.
        licence: Under which licence; None where that is not known here.
        identity: Version or digest in the feature schema.
    """

    use: str
    name: str
    licence: str | None
    identity: str


_KNOWN = {
    "parser.en": ("English syntax", "en_core_web_sm, by Explosion", "MIT"),
    "parser.sv": ("Swedish syntax", "sv_core_news_sm, by Explosion", "CC BY-SA 4.0"),
    "checker.en": ("English grammar", "Harper, by Automattic", "Apache-2.0"),
    "spelling.en": ("English spelling", "Hunspell's en_US", "MIT, MPL 1.1/GPL 2.0/LGPL 2.1"),
    "spelling.sv": ("Swedish spelling", "hunspell-sv", "LGPL-3.0"),
    "wordfreq": ("frequency of words", "wordfreq, by Robyn Speer", "Apache-2.0, data CC BY-SA 4.0"),
    "simplemma": ("base forms of words", "simplemma, by Adrien Barbaresi", "MIT"),
    "language_detection": ("language of a text", "py3langid, by Adrien Barbaresi", "BSD-3-Clause"),
}
"""Key of a feature schema's backends → use, name and licence of what stands behind it."""

_ENCODERS = {
    "all-MiniLM-L6-v2": "Apache-2.0",
    "all-mpnet-base-v2": "Apache-2.0",
}
"""Encoder → licence; both by the sentence-transformers project."""


def third_party_models(backends: Mapping[str, str]) -> tuple[ThirdPartyModel, ...]:
    """Return what other people made of that which computes features.

    Args:
        backends: Those of the feature schema: name → version or digest.
    """
    found = []
    encoder = backends.get("embedding.model")
    if encoder is not None:
        weights = backends.get("embedding.weights", encoder)
        licence = next((of for name, of in _ENCODERS.items() if name in encoder), None)
        found.append(ThirdPartyModel("embedding", encoder, licence, _short(weights)))
    for key, (use, name, licence) in _KNOWN.items():
        # Each version number names its maker itself; grammar may be checked by a server instead.
        if key in backends and (key != "checker.en" or backends[key].startswith("harper")):
            found.append(ThirdPartyModel(use, name, licence, _short(backends[key])))
    if "languagetool" in backends.get("checker", "").lower():
        checker = backends["checker"]
        found.append(ThirdPartyModel("grammar", "LanguageTool", "LGPL-2.1", _short(checker)))
    return tuple(found)


def _short(identity: str) -> str:
    """Cut a digest to what tells it apart; leave versions alone."""
    bare = identity.removeprefix("sha256:")
    is_digest = len(bare) == 64 and all(each in "0123456789abcdef" for each in bare)
    return f"sha256 {bare[:_DIGEST_LENGTH]}…" if is_digest else identity
