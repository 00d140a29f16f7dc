"""The two shapes in which the platform's features come."""

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from huleedu_essay_features.adapters.declaration import FeatureValue
from huleedu_essay_features.adapters.identity import describe
from huleedu_essay_features.errors import EssayFeaturesError
from huleedu_essay_features.protocols import EssayInput

Answers = list[tuple[str, object]]
"""Name of an extractor, and its answer, in the order of the extractors."""

MakeContext = Callable[[EssayInput], Any]
"""Makes of an essay what extractors are given; may be a coroutine function."""


class AsyncExtractorProtocol(Protocol):
    """One of the platform's extractors."""

    @property
    def name(self) -> str:
        """Unique among the extractors of a pipeline."""
        ...

    async def extract(self, context: Any) -> Mapping[str, FeatureValue]:
        """Return feature name → value."""
        ...


class AsyncPipelineProtocol(Protocol):
    """The platform's pipeline: prepares a context and asks its extractors."""

    async def extract_features(
        self, *, raw_text: str, prompt_text: str | None, language: str
    ) -> Any:
        """Return a mapping of feature name to value, or an object with one as ``features``."""
        ...


class SourceProtocol(Protocol):
    """Where answers come from."""

    @property
    def extractors(self) -> tuple[str, ...]:
        """Names, in order."""
        ...

    @property
    def identity(self) -> Mapping[str, str]:
        """What the answers depend on."""
        ...

    async def answers(self, essay: EssayInput) -> Answers:
        """Return the answer of each extractor."""
        ...


class ExtractorFailedError(Exception):
    """Carries the name of the extractor; its cause is what the extractor raised."""


class ExtractorSource:
    """Extractors that get one context per essay, one after the other, as on the platform."""

    def __init__(
        self, extractors: Sequence[AsyncExtractorProtocol], make_context: MakeContext | None
    ) -> None:
        self._extractors = tuple(extractors)
        self._make_context = make_context

    @property
    def extractors(self) -> tuple[str, ...]:
        """Names, in order."""
        return tuple(extractor.name for extractor in self._extractors)

    @property
    def identity(self) -> Mapping[str, str]:
        """What each extractor is."""
        return {f"extractor.{each.name}": describe(each) for each in self._extractors}

    async def answers(self, essay: EssayInput) -> Answers:
        """Return the answer of each extractor."""
        context = await _made(self._make_context, essay)
        found: Answers = []
        for extractor in self._extractors:
            try:
                found.append((extractor.name, await extractor.extract(context)))
            except EssayFeaturesError:
                raise
            except Exception as error:
                raise ExtractorFailedError(extractor.name) from error
        return found


class PipelineSource:
    """A whole pipeline; one column group, since it does not say which extractor gave what."""

    def __init__(self, pipeline: AsyncPipelineProtocol, make_context: MakeContext | None) -> None:
        self._pipeline = pipeline
        self._make_context = make_context or _arguments
        self._name = str(getattr(pipeline, "name", "pipeline"))

    @property
    def extractors(self) -> tuple[str, ...]:
        """The pipeline's own name, or ``pipeline``."""
        return (self._name,)

    @property
    def identity(self) -> Mapping[str, str]:
        """What the pipeline is, and each extractor that it lists."""
        listed = getattr(self._pipeline, "extractors", ())
        return {
            f"platform.{self._name}": describe(self._pipeline),
            **{f"extractor.{each.name}": describe(each) for each in listed},
        }

    async def answers(self, essay: EssayInput) -> Answers:
        """Return the pipeline's answer."""
        arguments = await _made(self._make_context, essay)
        try:
            result = await self._pipeline.extract_features(**arguments)
        except EssayFeaturesError:
            raise
        except Exception as error:
            raise ExtractorFailedError(self._name) from error
        return [(self._name, getattr(result, "features", result))]


def _arguments(essay: EssayInput) -> dict[str, Any]:
    return {
        "raw_text": essay.text,
        "prompt_text": essay.prompt_text,
        "language": essay.language,
    }


async def _made(make_context: MakeContext | None, essay: EssayInput) -> Any:
    if make_context is None:
        return essay
    context = make_context(essay)
    return await context if isinstance(context, Awaitable) else context


def is_pipeline(candidate: object) -> bool:
    """Whether something has the shape of the platform's pipeline."""
    return inspect.iscoroutinefunction(getattr(candidate, "extract_features", None))


def is_extractor(candidate: object) -> bool:
    """Whether something has the shape of one of the platform's extractors."""
    return isinstance(getattr(candidate, "name", None), str) and inspect.iscoroutinefunction(
        getattr(candidate, "extract", None)
    )
