"""Asynchronous extractors that answer with name → value, as a pipeline of ours."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features.adapters.declaration import (
    PlatformFeature,
    columns_of,
    read_answer,
)
from huleedu_essay_features.adapters.errors import PipelineProbeError, PlatformValuesError
from huleedu_essay_features.adapters.event_loop import EventLoopThread
from huleedu_essay_features.adapters.sources import (
    Answers,
    AsyncExtractorProtocol,
    AsyncPipelineProtocol,
    ExtractorFailedError,
    ExtractorSource,
    MakeContext,
    PipelineSource,
    SourceProtocol,
    is_pipeline,
)
from huleedu_essay_features.errors import EssayExtractionError, EssayFeaturesError
from huleedu_essay_features.protocols import EssayInput, ProgressCallback
from huleedu_essay_features.schema import FeatureSchema

ADAPTER_VERSION = "1"
"""Raised when the same answers become other columns or other numbers."""

SAMPLE = EssayInput(
    "I like my school. We read, we write and we play football, but the days are long.",
    "Write about your school.",
)
"""The essay from whose answers columns are known, unless they are declared."""


class PlatformFeaturePipeline:
    """Adapts asynchronous extractors; implements FeaturePipelineProtocol.

    The columns are known before the first essay: from the answers to a sample essay, which is
    extracted here and now, and from what is declared. Only declared features can be texts or
    absent. Columns are in the order of the extractors and, within one, of the names.

    Extractors run in an event loop in a thread of its own, which stays until :meth:`close`.
    Several essays are at work at a time; the extractors of one essay run one after the other.

    Args:
        platform: Extractors in order, each with a ``name`` and an asynchronous
            ``extract(context)``; or a whole pipeline with an asynchronous ``extract_features``.
        features: What is declared.
        sample: The sample essay; None where ``features`` has all features.
        make_context: Makes what extractors get of an essay, or the keyword arguments of
            ``extract_features``; may be asynchronous. By default extractors get the
            :class:`EssayInput`, a pipeline ``raw_text``, ``prompt_text`` and ``language``.
        identity: What else the values depend on, for example versions of models; names starting
            with ``extractor.`` replace what is found out about an extractor.
        concurrency: Essays at work at a time.

    Raises:
        FeatureDeclarationError: The features cannot become columns.
        PipelineProbeError: The sample could not be extracted.
    """

    def __init__(
        self,
        platform: Sequence[AsyncExtractorProtocol] | AsyncPipelineProtocol,
        *,
        features: Sequence[PlatformFeature] = (),
        sample: EssayInput | None = SAMPLE,
        make_context: MakeContext | None = None,
        identity: Mapping[str, str] | None = None,
        concurrency: int = 8,
    ) -> None:
        self._source = _source(platform, make_context)
        self._concurrency = concurrency
        self._thread = EventLoopThread("platform-features")
        probed = None if sample is None else self._probe(sample)
        self._features = columns_of(self._source.extractors, features, probed)
        self._by_extractor = {
            name: tuple(f for f in self._features if f.extractor == name)
            for name in self._source.extractors
        }
        self._schema = FeatureSchema(
            features=tuple(feature.column() for feature in self._features),
            backends={
                "adapter": ADAPTER_VERSION,
                **self._source.identity,
                **(identity or {}),
            },
        )

    @property
    def schema(self) -> FeatureSchema:
        """Names, definitions and digest of the columns."""
        return self._schema

    def extract(
        self, essays: Sequence[EssayInput], *, progress: ProgressCallback | None = None
    ) -> NDArray[np.float32]:
        """Return ndarray of shape (n_essays, n_features); see the protocol.

        Raises:
            PlatformValuesError: An answer does not fit what is declared.
            EssayExtractionError: An extractor failed.
        """
        matrix = np.empty((len(essays), len(self._schema)), dtype=np.float32)

        def work(tell: Callable[[int], None]) -> Coroutine[Any, Any, None]:
            return self._fill(matrix, essays, tell)

        def report(done: int) -> None:
            if progress is not None:
                progress(done, len(essays))

        try:
            self._thread.run(work, report)
        except BaseExceptionGroup as group:
            raise _first(group) from _first(group).__cause__
        return matrix

    def close(self) -> None:
        """End the thread; it is started anew when it is needed again."""
        self._thread.close()

    async def _fill(
        self,
        matrix: NDArray[np.float32],
        essays: Sequence[EssayInput],
        tell: Callable[[int], None],
    ) -> None:
        waiting = iter(enumerate(essays))
        done = 0

        async def work() -> None:
            nonlocal done
            for index, essay in waiting:
                matrix[index] = await self._row(index, essay)
                done += 1
                tell(done)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._concurrency, len(essays))):
                group.create_task(work())

    async def _row(self, index: int, essay: EssayInput) -> list[float]:
        try:
            answers = await self._source.answers(essay)
        except EssayFeaturesError:
            raise
        except BaseException as error:
            if _is_cancelled(error):
                raise
            # Whatever else it is: SystemExit would end the event loop, and the caller wait on.
            raise EssayExtractionError(index=index, reason=_reason(error)) from _cause(error)
        row: list[float] = []
        for extractor, answer in answers:
            features = self._by_extractor[extractor]
            numbers, problems = read_answer(extractor, answer, features)
            if problems:
                raise PlatformValuesError(index=index, extractor=extractor, problems=problems)
            row += [
                number if not f.languages or essay.language in f.languages else np.nan
                for f, number in zip(features, numbers, strict=True)
            ]
        return row

    def _probe(self, sample: EssayInput) -> dict[str, object]:
        async def work(_: Callable[[None], None]) -> Answers:
            try:
                return await self._source.answers(sample)
            except EssayFeaturesError:
                raise
            except BaseException as error:
                if _is_cancelled(error):
                    raise
                raise PipelineProbeError(reason=_reason(error)) from _cause(error)

        return dict(self._thread.run(work))


def _source(
    platform: Sequence[AsyncExtractorProtocol] | AsyncPipelineProtocol,
    make_context: MakeContext | None,
) -> SourceProtocol:
    if isinstance(platform, Sequence):
        return ExtractorSource(platform, make_context)
    if is_pipeline(platform):
        return PipelineSource(platform, make_context)
    msg = f"{platform!r} is neither a sequence of extractors nor has it extract_features()"
    raise TypeError(msg)


def _is_cancelled(error: BaseException) -> bool:
    """Whether an error is our own cancelling, and not an extractor that cancelled itself."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0


def _cause(error: BaseException) -> BaseException:
    return (error.__cause__ or error) if isinstance(error, ExtractorFailedError) else error


def _reason(error: BaseException) -> str:
    cause = _cause(error)
    place = f"extractor {str(error)!r}: " if isinstance(error, ExtractorFailedError) else ""
    return f"{place}{type(cause).__name__}: {cause}".splitlines()[0]


def _first(error: BaseException) -> BaseException:
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error
