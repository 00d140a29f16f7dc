"""Asynchronous extractors behind our protocol: columns, numbers, errors, concurrency."""

import asyncio
import math
import threading
import time

import numpy as np
import pytest

from huleedu_essay_features import EssayInput
from huleedu_essay_features.adapters import PlatformFeature, PlatformFeaturePipeline
from huleedu_essay_features.adapters.errors import (
    FeatureDeclarationError,
    PipelineProbeError,
    PlatformValuesError,
)
from huleedu_essay_features.errors import EssayExtractionError, MissingModelError
from huleedu_ml_training.testing.pipeline_suite import FeaturePipelineSuite

ESSAY = EssayInput("One two three.", "Count.")


class Extractor:
    """Answers with what a function makes of the essay."""

    def __init__(self, name, answer, version="1"):
        self.name = name
        self.version = version
        self._answer = answer

    async def extract(self, context):
        await asyncio.sleep(0)
        answer = self._answer(context)
        return await answer if asyncio.iscoroutine(answer) else answer


LENGTH = Extractor("length", lambda essay: {"words": len(essay.text.split()), "letters": 7.5})
PROMPT = Extractor("prompt", lambda essay: {"has_prompt": essay.prompt_text is not None})


@pytest.fixture
def adapt():
    made = []

    def make(*extractors, **options):
        made.append(PlatformFeaturePipeline(extractors, **options))
        return made[-1]

    yield make
    for pipeline in made:
        pipeline.close()


class TestPlatformPipeline(FeaturePipelineSuite):
    @pytest.fixture
    def pipeline(self, adapt):
        return adapt(LENGTH, PROMPT)


class TestOneEssayAtATime(FeaturePipelineSuite):
    @pytest.fixture
    def pipeline(self, adapt):
        return adapt(LENGTH, PROMPT, concurrency=1)


def test_columns_are_by_extractor_then_by_name_and_explained(adapt):
    pipeline = adapt(PROMPT, LENGTH)
    assert ("has_prompt", "letters", "words") == pipeline.schema.names
    assert ["platform.prompt", "platform.length", "platform.length"] == [
        feature.group for feature in pipeline.schema.features
    ]
    assert "extractor length" in pipeline.schema.features[2].definition
    assert [[1.0, 7.5, 3.0]] == pipeline.extract([ESSAY]).tolist()


def test_a_declared_text_becomes_the_index_of_its_label(adapt):
    level = Extractor("cefr", lambda essay: {"level": "B1" if "B" in essay.text else "A2"})
    declared = PlatformFeature("level", "cefr", labels=("A1", "A2", "B1"))
    pipeline = adapt(level, features=[declared])
    assert [[2.0], [1.0]] == pipeline.extract([EssayInput("B"), EssayInput("a")]).tolist()
    (feature,) = pipeline.schema.features
    assert ("index", "[0, 2]") == (feature.unit, feature.value_range)
    assert "A1, A2, B1" in feature.definition


def test_a_declared_optional_feature_may_be_absent(adapt):
    sometimes = Extractor("s", lambda essay: {"x": 1} if essay.prompt_text else {})
    pipeline = adapt(sometimes, features=[PlatformFeature("x", "s", optional=True)])
    got = pipeline.extract([ESSAY, EssayInput("no prompt")])
    assert 1.0 == got[0, 0]
    assert np.isnan(got[1, 0])


def test_a_feature_of_other_languages_is_undefined(adapt):
    declared = PlatformFeature("words", "length", languages=("sv",))
    pipeline = adapt(LENGTH, features=[declared])
    got = pipeline.extract([ESSAY, EssayInput("Ett två.", language="sv")])
    assert np.isnan(got[0, 1])
    assert 2.0 == got[1, 1]


def test_with_everything_declared_no_sample_is_extracted(adapt):
    seen = []
    watcher = Extractor("w", lambda essay: seen.append(essay.text) or {"b": 1, "a": 2})
    features = [PlatformFeature("b", "w"), PlatformFeature("a", "w")]
    pipeline = adapt(watcher, features=features, sample=None)
    assert ([], ("a", "b")) == (seen, pipeline.schema.names)
    assert [[2.0, 1.0]] == pipeline.extract([ESSAY]).tolist()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"words": 3, "letters": 1, "new": 2, "newer": 3}, "'new' is not declared; 'newer' is"),
        ({"words": 3}, "'letters' is missing"),
        ({"words": 3, "letters": math.inf}, "letters is inf, which is infinite"),
        ({"words": 3, "letters": 1e300}, "letters is 1e+300, which is infinite as float32"),
        ({"words": 10**400, "letters": 1}, "which is infinite as float32"),
        ({"words": 3, "letters": "many"}, "a text needs its labels declared"),
        ({"words": 3, "letters": None}, "letters is None, not a number"),
        ([3, 7.5], "its answer is of type list"),
    ],
)
def test_an_answer_that_does_not_fit_is_named(adapt, answer, expected):
    usual = {"words": 1, "letters": 1}
    fickle = Extractor("fickle", lambda essay: answer if essay.text == "odd" else usual)
    pipeline = adapt(PROMPT, fickle)
    with pytest.raises(PlatformValuesError) as caught:
        pipeline.extract([EssayInput("odd")])
    assert (0, "fickle") == (caught.value.index, caught.value.extractor)
    assert expected in str(caught.value)


def test_a_text_that_is_no_label_is_named_with_the_labels(adapt):
    level = Extractor("cefr", lambda essay: {"level": essay.text})
    declared = PlatformFeature("level", "cefr", labels=("A1", "A2"))
    pipeline = adapt(level, features=[declared])
    with pytest.raises(PlatformValuesError, match="level is 'C2', declared are 'A1', 'A2'"):
        pipeline.extract([EssayInput("A1"), EssayInput("C2")])


@pytest.mark.parametrize("value", [True, np.float32(1), np.int64(1), np.bool_(True), 1.0])
def test_numbers_of_any_kind_are_numbers(adapt, value):
    assert [[1.0]] == adapt(Extractor("x", lambda _: {"v": value})).extract([ESSAY]).tolist()


@pytest.mark.parametrize(
    ("extractors", "features", "expected"),
    [
        ([LENGTH, Extractor("copy", lambda _: {"words": 1})], [], "length and copy"),
        ([LENGTH, LENGTH], [], "two extractors have one name: length"),
        ([Extractor("x", lambda _: {"level": "A1"})], [], "level of extractor 'x' is the text"),
        ([Extractor("x", lambda _: {})], [], "there are none"),
        ([Extractor("x", lambda _: {3: 1})], [], "names a feature 3"),
        ([Extractor("x", lambda _: 3)], [], "answered int"),
        ([LENGTH], [PlatformFeature("a", "other")], "a of other"),
        ([LENGTH], [PlatformFeature("words", "length")] * 2, "declared twice: words"),
        ([], [], "there are none"),
    ],
)
def test_features_that_cannot_become_columns_are_refused(extractors, features, expected):
    with pytest.raises(FeatureDeclarationError, match=expected):
        PlatformFeaturePipeline(extractors, features=features)


def test_a_name_of_two_extractors_is_refused_when_it_first_shows(adapt):
    late = Extractor("late", lambda essay: {"y": 1} | ({"words": 2} if essay == ESSAY else {}))
    with pytest.raises(PlatformValuesError, match="'words' is not declared"):
        adapt(LENGTH, late).extract([ESSAY])


def test_a_failing_extractor_is_named_with_its_essay(adapt):
    def fail(essay):
        if essay.text == "bad":
            raise LookupError("no such word")
        return {"x": 1}

    pipeline = adapt(LENGTH, Extractor("fails", fail))
    with pytest.raises(EssayExtractionError) as caught:
        pipeline.extract([ESSAY, ESSAY, EssayInput("bad")])
    assert (2, "extractor 'fails': LookupError: no such word") == (
        caught.value.index,
        caught.value.reason,
    )
    assert isinstance(caught.value.__cause__, LookupError)
    assert 1 == len(pipeline.extract([ESSAY]))


def test_an_error_of_the_feature_library_stays_what_it_is(adapt):
    def fail(essay):
        if essay == ESSAY:
            raise MissingModelError(part="parser", package="thing")
        return {"x": 1}

    with pytest.raises(MissingModelError):
        adapt(Extractor("fails", fail)).extract([ESSAY])


@pytest.mark.parametrize("raised", [SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError()])
def test_an_extractor_cannot_end_the_event_loop(adapt, raised):
    def fail(essay):
        if essay == ESSAY:
            raise raised
        return {"x": 1}

    pipeline = adapt(Extractor("fails", fail))
    with pytest.raises(EssayExtractionError, match=type(raised).__name__):
        pipeline.extract([EssayInput("fine")] * 3 + [ESSAY])
    assert [[1.0]] == pipeline.extract([EssayInput("fine")]).tolist()


def test_a_failing_sample_is_told_of_at_once():
    def fail(essay):
        raise ConnectionError("nobody listens")

    with pytest.raises(PipelineProbeError, match="'down': ConnectionError: nobody listens"):
        PlatformFeaturePipeline([Extractor("down", fail)])


def test_it_works_where_an_event_loop_runs(adapt):
    pipeline = adapt(LENGTH)

    async def caller():
        return pipeline.extract([ESSAY])

    assert [[7.5, 3.0]] == asyncio.run(caller()).tolist()


def test_essays_are_at_work_together_but_not_more_than_allowed(adapt):
    at_work, most = 0, 0

    async def answer():
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0.01)
        at_work -= 1
        return {"x": 1}

    adapt(Extractor("slow", lambda _: answer()), concurrency=3).extract([ESSAY] * 10)
    assert 3 == most


def test_all_calls_share_one_event_loop_until_it_is_closed(adapt):
    loops = []
    watcher = Extractor("w", lambda _: loops.append(id(asyncio.get_running_loop())) or {"x": 1})
    pipeline = adapt(watcher)
    pipeline.extract([ESSAY])
    threads = {thread.name for thread in threading.enumerate()}
    assert 1 == len(set(loops))
    assert "platform-features" in threads
    pipeline.close()
    assert [[1.0]] == pipeline.extract([ESSAY]).tolist()


def test_stopping_cancels_the_essays_at_work(adapt):
    ended = []

    async def answer(essay):
        try:
            await asyncio.sleep(0 if essay == ESSAY else 60)
        finally:
            ended.append(essay.text)
        return {"x": 1}

    pipeline = adapt(
        Extractor("slow", answer), features=[PlatformFeature("x", "slow")], sample=None
    )

    def stop(done, total):
        raise TimeoutError

    started = time.monotonic()
    with pytest.raises(TimeoutError):
        pipeline.extract([ESSAY, EssayInput("a"), EssayInput("b")], progress=stop)
    assert time.monotonic() - started < 50
    assert [ESSAY.text, "a", "b"] == sorted(ended)


def test_closing_ends_a_call_that_is_at_work(adapt):
    begun = threading.Event()

    async def answer():
        begun.set()
        await asyncio.sleep(60)
        return {"x": 1}

    pipeline = adapt(
        Extractor("slow", lambda _: answer()), features=[PlatformFeature("x", "slow")], sample=None
    )
    raised = []

    def call():
        try:
            pipeline.extract([ESSAY])
        except asyncio.CancelledError as error:
            raised.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    assert begun.wait(20)
    pipeline.close()
    thread.join(20)
    assert [asyncio.CancelledError] == [type(error) for error in raised]


def test_extractors_of_an_essay_share_the_context_that_is_made_for_it(adapt):
    async def context_of(essay):
        return {"text": essay.text}

    first = Extractor("first", lambda context: context.update(n=3) or {"a": 1})
    second = Extractor("second", lambda context: {"b": context.get("n", 0)})
    pipeline = adapt(first, second, make_context=context_of)
    assert [[1.0, 3.0]] == pipeline.extract([ESSAY]).tolist()


class WholePipeline:
    """The platform's pipeline, as far as it matters here."""

    extractors = (LENGTH,)

    async def extract_features(self, *, raw_text, prompt_text, language, normalise=False):
        class Result:
            features = {"words": len(raw_text.split()), "swedish": language == "sv", "n": normalise}  # noqa: RUF012

        return Result()


def test_a_whole_pipeline_is_taken_as_one():
    pipeline = PlatformFeaturePipeline(WholePipeline())
    assert ("n", "swedish", "words") == pipeline.schema.names
    assert {"platform.pipeline"} == {feature.group for feature in pipeline.schema.features}
    assert {"platform.pipeline", "extractor.length", "adapter"} == set(pipeline.schema.backends)
    assert [[0.0, 1.0, 2.0]] == pipeline.extract([EssayInput("Ett två.", None, "sv")]).tolist()
    pipeline.close()


def test_a_whole_pipeline_gets_the_arguments_that_are_made_for_it():
    def arguments(essay):
        return {"raw_text": essay.text, "prompt_text": None, "language": "", "normalise": True}

    pipeline = PlatformFeaturePipeline(WholePipeline(), make_context=arguments)
    assert [[1.0, 0.0, 3.0]] == pipeline.extract([ESSAY]).tolist()
    pipeline.close()


def test_the_digest_tells_versions_order_and_identity_apart(adapt):
    def digest(*extractors, **options):
        return adapt(*extractors, **options).schema.digest

    newer = Extractor("length", LENGTH._answer, version="2")
    digests = [
        digest(LENGTH, PROMPT),
        digest(PROMPT, LENGTH),
        digest(newer, PROMPT),
        digest(LENGTH, PROMPT, identity={"model": "small"}),
    ]
    assert 4 == len(set(digests))
    assert digests[0] == digest(LENGTH, PROMPT)


def test_neither_loop_nor_thread_outlives_its_pipeline():
    pipeline = PlatformFeaturePipeline([LENGTH])
    threads = [thread for thread in threading.enumerate() if thread.name == "platform-features"]
    del pipeline
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
