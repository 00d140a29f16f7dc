"""Which features of a group the analysers at hand allow."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from huleedu_essay_features.analysis import Analysers
from huleedu_essay_features.languages import LANGUAGE_NAMES, SUPPORTED_LANGUAGES
from huleedu_essay_features.protocols import (
    EmbedderProtocol,
    LanguageCheckerProtocol,
    SyntaxParserProtocol,
)
from huleedu_essay_features.schema import FeatureDefinition

Need = Literal["parser", "checker", "embedder"]
"""Fields of :class:`Analysers`."""

_TITLES: Mapping[Need, str] = {
    "parser": "syntax parser",
    "checker": "language checker",
    "embedder": "embedding model",
}


def available_features(
    definitions: Sequence[FeatureDefinition], needs: Mapping[str, Need], analysers: Analysers
) -> tuple[FeatureDefinition, ...]:
    """Return the definitions that can be computed, in order.

    A feature whose analyser is switched off is left out. One whose analyser does not speak all of
    the feature's languages is narrowed to those it does, and says so.

    Args:
        definitions: All features of the group.
        needs: Feature name → the analyser that it cannot do without.
        analysers: Those at hand.
    """
    return tuple(
        _narrowed(definition, needs.get(definition.name), analysers)
        for definition in definitions
        if (need := needs.get(definition.name)) is None or _analyser(analysers, need) is not None
    )


def _analyser(
    analysers: Analysers, need: Need
) -> SyntaxParserProtocol | LanguageCheckerProtocol | EmbedderProtocol | None:
    match need:
        case "parser":
            return analysers.parser
        case "checker":
            return analysers.checker
        case "embedder":
            return analysers.embedder


def _narrowed(
    definition: FeatureDefinition, need: Need | None, analysers: Analysers
) -> FeatureDefinition:
    analyser = None if need is None else _analyser(analysers, need)
    if need is None or analyser is None:
        return definition
    wanted = definition.languages or SUPPORTED_LANGUAGES
    known = analyser.languages or SUPPORTED_LANGUAGES
    lost = [code for code in wanted if code not in known]
    if not lost:
        return definition
    names = " and ".join(LANGUAGE_NAMES[code] for code in lost)
    note = f"the {_TITLES[need]} in use does not know {names}"
    return replace(
        definition,
        languages=tuple(code for code in wanted if code in known),
        language_note="; ".join(filter(None, (definition.language_note, note))),
    )
