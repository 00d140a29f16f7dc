"""Sentence structure by spaCy's small trained pipelines."""

import re
import threading
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import TYPE_CHECKING

from huleedu_essay_features.analysis import ParsedSentence, ParsedToken
from huleedu_essay_features.document import EssayDocument
from huleedu_essay_features.errors import MissingModelError, UnsupportedLanguageError
from huleedu_essay_features.parsing.labels import UNIVERSAL_LABELS, LabelledToken
from huleedu_essay_features.parsing.models import (
    PACKAGES,
    FoundModel,
    find_model,
    model_digest,
    read_model,
)

if TYPE_CHECKING:
    from huleedu_essay_features.parsing.engine import LabelledSentence, SpacyEngine

_ALGORITHM = "1"
_PLAIN_MARKS = str.maketrans("\u2018\u2019\u201c\u201d\u2010\u2011", "''\"\"--")
"""What the pipelines were trained on; replaced one by one, so that offsets stay."""
_OVERLONG = re.compile(r"\S{200}(?=\S)")
"""What spaCy would need time for that grows with the square of its length."""


class SpacyParser:
    """Parses each sentence of a document on its own. Safe for concurrent use.

    A sentence that its writer ran together out of several may have a root for each of them.

    Models are found and checked when the parser is made, and loaded with the first text.

    Args:
        languages: ISO 639-1 codes; None for English, and Swedish where its model is installed.

    Raises:
        UnsupportedLanguageError: There is no model for a language.
        MissingModelError: The model of a language is not installed.
        ModelDigestError: It is not the one that this version was made for.
    """

    def __init__(self, languages: Sequence[str] | None = None) -> None:
        self._models = _find_models(languages)
        self._identity = {
            "parser": f"spacy {'.'.join(metadata.version('spacy').split('.')[:2])}",
            "parser.algorithm": _ALGORITHM,
            **{f"parser.{code}": model_digest(model) for code, model in self._models.items()},
        }
        self._engines: dict[str, SpacyEngine] = {}
        self._lock = threading.Lock()

    @property
    def languages(self) -> tuple[str, ...]:
        """ISO 639-1 codes of the languages it parses."""
        return tuple(self._models)

    @property
    def identity(self) -> Mapping[str, str]:
        """What its answers depend on."""
        return self._identity

    def parse(self, document: EssayDocument) -> tuple[ParsedSentence, ...]:
        """Return one parsed sentence per sentence of the document.

        Raises:
            UnsupportedLanguageError: The document is in a language that was not asked for.
            MissingModelError: A file of the model is no longer there.
            ModelDigestError: A file of the model has changed.
            UnsupportedPipelineError: The model is not one of spaCy's small pipelines.
        """
        engine = self._engine(document.language)
        if not document.sentences:
            return ()
        text = document.text
        pieces = [_plain(text, sentence.start, sentence.end) for sentence in document.sentences]
        labelled = engine.parse([plain for plain, _ in pieces])
        universal = UNIVERSAL_LABELS[document.language]
        return tuple(
            _parsed(text, offsets, own, universal(_tokens(plain, own)))
            for (plain, offsets), own in zip(pieces, labelled, strict=True)
        )

    def _engine(self, language: str) -> "SpacyEngine":
        with self._lock:
            if language not in self._models:
                raise UnsupportedLanguageError(language=language, supported=self.languages)
            engine = self._engines.get(language)
            if engine is None or engine.is_full:
                # Here, since the schema is wanted without the time that importing spaCy takes.
                from huleedu_essay_features.parsing.engine import SpacyEngine  # noqa: PLC0415

                model = self._models[language]
                files, _ = read_model(model, model_digest(model))
                engine = SpacyEngine(files, origin=str(model.directory))
                self._engines[language] = engine
            return engine


def _find_models(languages: Sequence[str] | None) -> dict[str, FoundModel]:
    if languages is not None:
        return {language: find_model(language) for language in languages}
    models = {"en": find_model("en")}
    for language in PACKAGES.keys() - models.keys():
        try:
            models[language] = find_model(language)
        except MissingModelError:
            continue
    return models


def _plain(text: str, start: int, end: int) -> tuple[str, Sequence[int]]:
    """Return a sentence with plain marks and single spaces, and where its characters come from.

    Returns:
        The sentence, and the document's offset of each of its characters; -1 for spaces.
    """
    written = text[start:end].translate(_PLAIN_MARKS)
    plain = _OVERLONG.sub(r"\g<0> ", " ".join(written.split()))
    if plain == written:
        return plain, range(start, end)
    places = iter([start + i for i, character in enumerate(written) if not character.isspace()])
    return plain, [-1 if character == " " else next(places) for character in plain]


def _tokens(piece: str, labelled: "LabelledSentence") -> list[LabelledToken]:
    return [
        LabelledToken(piece[start:end].lower(), tag, dep, head)
        for start, end, tag, dep, head in zip(*labelled, strict=True)
    ]


def _parsed(
    text: str,
    offsets: Sequence[int],
    labelled: "LabelledSentence",
    universal: Sequence[tuple[str, str]],
) -> ParsedSentence:
    starts = [offsets[start] for start in labelled.starts]
    ends = [offsets[end - 1] + 1 for end in labelled.ends]
    return ParsedSentence(
        tuple(
            ParsedToken(start, end, text[start:end], upos, tag, dep, head)
            for start, end, (upos, dep), tag, head in zip(
                starts, ends, universal, labelled.tags, labelled.heads, strict=True
            )
        )
    )
