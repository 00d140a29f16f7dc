"""Assembling the standard pipeline from the names of its parts."""

from collections.abc import Sequence
from typing import Any

from huleedu_essay_features.analysis import Analysers
from huleedu_essay_features.errors import UnknownPartError
from huleedu_essay_features.extraction import FeaturePipeline
from huleedu_essay_features.extractors import (
    CohesionExtractor,
    ErrorsExtractor,
    LexicalExtractor,
    LixExtractor,
    ReadabilityExtractor,
    SyntaxExtractor,
    TaskExtractor,
)
from huleedu_essay_features.languages import SUPPORTED_LANGUAGES
from huleedu_essay_features.parallel import ParallelFeaturePipeline
from huleedu_essay_features.protocols import (
    EmbedderProtocol,
    FeatureExtractorProtocol,
    LanguageCheckerProtocol,
    SyntaxParserProtocol,
)
from huleedu_essay_features.schema import FeatureSchema

EMBEDDERS = ("minilm", "proficiency", "none")
PARSERS = ("spacy", "none")
CHECKERS = ("local", "languagetool", "none")

_CHOICE_PREFIX = "pipeline."


def create_pipeline(
    embedder: str = "minilm",
    workers: int = 1,
    *,
    parser: str = "spacy",
    parser_languages: Sequence[str] | None = None,
    checker: str = "local",
    lix: bool = False,
    languagetool: dict[str, Any] | None = None,
    models_dir: str | None = None,
) -> FeaturePipeline | ParallelFeaturePipeline:
    """Return the standard pipeline; its ``close()`` ends the processes, if there are any.

    Args:
        embedder: ``minilm``, ``proficiency``, or ``none`` to leave out its columns and the
            features that rest on it.
        workers: Processes that extract; with 1 everything happens in this process.
        parser: ``spacy``, or ``none`` to leave out the features that need sentence structure.
        parser_languages: ISO 639-1 codes of the languages to parse; None for those whose models
            are installed.
        checker: ``local``, ``languagetool``, or ``none`` to leave out grammar errors.
        lix: Whether the Swedish readability index LIX follows the engineered features.
        languagetool: Keyword arguments of the client, where ``checker`` is ``languagetool``.
        models_dir: Where ``proficiency`` finds its prepared graph; None for the user's own.

    Raises:
        UnknownPartError: There is no such embedder, parser or checker.
        MissingModelError: A model or dictionary is not installed.
        ModelDigestError: A model file is not the expected one.
    """
    analysers = Analysers(
        parser=_create_parser(parser, parser_languages),
        checker=_create_checker(checker, languagetool or {}),
        embedder=_create_embedder(embedder, models_dir),
    )
    choices = {"embedder": embedder, "parser": parser, "checker": checker, "lix": str(lix).lower()}
    pipeline = FeaturePipeline(
        standard_extractors(analysers, lix=lix),
        analysers,
        choices={f"{_CHOICE_PREFIX}{name}": choice for name, choice in choices.items()},
    )
    if workers == 1:
        return pipeline
    return ParallelFeaturePipeline(
        pipeline,
        workers=workers,
        factory="huleedu_essay_features.pipeline:create_pipeline",
        options={
            "embedder": embedder,
            "parser": parser,
            "parser_languages": None if parser_languages is None else list(parser_languages),
            "checker": checker,
            "lix": lix,
            "languagetool": languagetool,
            "models_dir": models_dir,
        },
    )


def create_pipeline_for(
    schema: FeatureSchema,
    workers: int = 1,
    *,
    languagetool: dict[str, Any] | None = None,
    models_dir: str | None = None,
) -> FeaturePipeline | ParallelFeaturePipeline:
    """Return the standard pipeline with the parts that a schema names.

    Whether it computes the same features is for the caller to see: the schemas' digests tell.

    Raises:
        UnknownPartError: The schema is of no standard pipeline.
        MissingModelError: A model or dictionary is not installed.
        ModelDigestError: A model file is not the expected one.
    """
    backends = schema.backends
    return create_pipeline(
        backends.get(f"{_CHOICE_PREFIX}embedder", ""),
        workers,
        parser=backends.get(f"{_CHOICE_PREFIX}parser", ""),
        parser_languages=[code for code in SUPPORTED_LANGUAGES if f"parser.{code}" in backends],
        checker=backends.get(f"{_CHOICE_PREFIX}checker", ""),
        lix=backends.get(f"{_CHOICE_PREFIX}lix") == "true",
        languagetool=languagetool,
        models_dir=models_dir,
    )


def is_standard(schema: FeatureSchema) -> bool:
    """Return whether a schema says which parts of ours make its pipeline."""
    return f"{_CHOICE_PREFIX}embedder" in schema.backends


def standard_extractors(
    analysers: Analysers, *, lix: bool = False
) -> tuple[FeatureExtractorProtocol, ...]:
    """Return the extractors of the engineered features, in column order."""
    return (
        ErrorsExtractor(analysers),
        LexicalExtractor(analysers),
        SyntaxExtractor(analysers),
        CohesionExtractor(analysers),
        ReadabilityExtractor(),
        TaskExtractor(analysers),
        *((LixExtractor(),) if lix else ()),
    )


# Parts are imported when they are asked for: a user of some need not wait for the others.


def _create_embedder(name: str, models_dir: str | None) -> EmbedderProtocol | None:
    match name:
        case "none":
            return None
        case "minilm":
            from huleedu_essay_features.embeddings.minilm import MiniLMEmbedder  # noqa: PLC0415

            return MiniLMEmbedder()
        case "proficiency":
            from huleedu_essay_features.embeddings.proficiency import (  # noqa: PLC0415
                ProficiencyEmbedder,
            )

            return ProficiencyEmbedder(models_dir=models_dir)
    raise UnknownPartError(part="embedder", name=name, known=EMBEDDERS)


def _create_parser(name: str, languages: Sequence[str] | None) -> SyntaxParserProtocol | None:
    match name:
        case "none":
            return None
        case "spacy":
            from huleedu_essay_features.parsing.spacy_parser import SpacyParser  # noqa: PLC0415

            return SpacyParser(languages)
    raise UnknownPartError(part="parser", name=name, known=PARSERS)


def _create_checker(name: str, languagetool: dict[str, Any]) -> LanguageCheckerProtocol | None:
    match name:
        case "none":
            return None
        case "local":
            from huleedu_essay_features.checking.local import LocalChecker  # noqa: PLC0415

            return LocalChecker()
        case "languagetool":
            from huleedu_essay_features.checking.languagetool import (  # noqa: PLC0415
                create_languagetool_checker,
            )

            return create_languagetool_checker(**languagetool)
    raise UnknownPartError(part="checker", name=name, known=CHECKERS)
