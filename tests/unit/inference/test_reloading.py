"""The scorer that follows its source."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from huleedu_ml_training.export.bundle_access_errors import BundleNotFoundError
from huleedu_ml_training.export.bundle_errors import TamperedBundleFileError
from huleedu_ml_training.inference.errors import (
    BundleReplacedError,
    ScorerClosedError,
    TooManyEssaysError,
)
from huleedu_ml_training.inference.reload_metrics import ReloadMetrics
from huleedu_ml_training.inference.reloading import ReloadingScorer
from huleedu_ml_training.inference.sources import DirectorySource
from huleedu_ml_training.testing.fakes.feature_pipeline import CountingFeaturePipeline
from huleedu_ml_training.testing.working_bundles import working_bundle

SCHEMA = CountingFeaturePipeline().schema
STRICT, LENIENT = "20250101_000000", "20250202_000000"
X = np.array([[18, 20, 20]], dtype=np.float32)


@pytest.fixture(scope="module")
def bundles():
    """Two versions that grade the same essay differently."""
    return {
        STRICT: working_bundle(SCHEMA, version=STRICT),
        LENIENT: working_bundle(SCHEMA, version=LENIENT, offset=2),
    }


class Clock:
    """Seconds that pass when told to."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Source:
    """A source that is set by hand, and counts questions."""

    def __init__(self, bundles):
        self.bundles = bundles
        self.identity = STRICT
        self.defect = None
        self.asked = 0
        self.closed = False

    def current(self):
        self.asked += 1
        if self.defect is not None:
            raise self.defect
        return self.identity

    def load(self, identity):
        return self.bundles[identity]

    def close(self):
        self.closed = True


@pytest.fixture
def source(bundles):
    return Source(dict(bundles))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def scorer(source, clock):
    with ReloadingScorer(source, CountingFeaturePipeline(), check_every_s=10, clock=clock) as it:
        yield it


def grade(scorer):
    return int(scorer.score_features(X).grades[0])


def test_another_version_takes_over_at_the_first_call_after_the_interval(scorer, source, clock):
    strict = grade(scorer)
    source.identity = LENIENT
    clock.now = 9.9
    assert (strict, STRICT) == (grade(scorer), scorer.status.version)
    clock.now = 10
    assert grade(scorer) > strict
    assert LENIENT == scorer.status.version


def test_the_source_is_asked_at_most_once_in_an_interval(scorer, source, clock):
    for clock.now in (1, 5, 10, 11, 19.9, 20, 21):
        grade(scorer)
    assert 3 == source.asked  # at the beginning, at 10 and at 20


def test_texts_are_graded_like_features(scorer):
    text = "word " * 18
    (score,) = scorer.score_texts([text])
    assert STRICT == scorer.status.version
    assert score == asyncio.run(scorer.score_texts_async([text]))[0]
    assert grade(scorer) == int(asyncio.run(scorer.score_features_async(X)).grades[0])


@pytest.mark.parametrize(
    "defect", [BundleNotFoundError(path="there"), RuntimeError("what nobody thought of")]
)
def test_a_source_that_fails_leaves_the_old_version_grading(scorer, source, clock, defect):
    strict = grade(scorer)
    source.defect = defect
    assert not scorer.check()
    assert (strict, STRICT) == (grade(scorer), scorer.status.version)
    assert scorer.status.failure
    source.defect, source.identity = None, LENIENT
    assert scorer.check()
    assert (LENIENT, None) == (scorer.status.version, scorer.status.failure)


def test_a_damaged_version_leaves_the_old_one_grading_and_is_told(source, bundles):
    metrics_registry = CollectorRegistry()

    def value(name, **labels):
        return metrics_registry.get_sample_value(f"huleedu_ml_training_{name}", labels)

    name = {"model_name": "essay-scorer"}
    metrics = ReloadMetrics(metrics_registry)
    with ReloadingScorer(source, CountingFeaturePipeline(), metrics=metrics) as scorer:
        assert 1 == value("served_model_info", version=STRICT, **name)
        strict = grade(scorer)
        source.identity = "broken"
        source.bundles["broken"] = working_bundle(
            type(SCHEMA)(SCHEMA.features[:2], {"counting": "1"})
        )
        with capture_logs() as logs:
            scorer.check()
        assert ["model_reload_failed"] == [line["event"] for line in logs]
        assert STRICT == logs[0]["still_grading"]
        assert strict == grade(scorer)
        assert 1 == value("served_model_stale", **name)
        assert 1 == value("model_reloads_total", outcome="failed", **name)

        source.identity = LENIENT
        scorer.check()
        assert 0 == value("served_model_stale", **name)
        assert 1 == value("model_reloads_total", outcome="loaded", **name)
        assert 1 == value("served_model_info", version=LENIENT, **name)
        assert value("served_model_info", version=STRICT, **name) is None


def test_a_first_version_that_cannot_be_loaded_is_an_error(source):
    source.defect = BundleNotFoundError(path="there")
    with pytest.raises(BundleNotFoundError):
        ReloadingScorer(source)


def test_the_old_pipeline_stays_open_until_its_last_call_ends(source, monkeypatch):
    """The version's own pipeline is watched where the scorer makes it."""
    entered, go_on = threading.Event(), threading.Event()
    made = []

    class Slow(CountingFeaturePipeline):
        closed = False

        def extract(self, essays, *, progress=None):
            entered.set()
            assert go_on.wait(10)
            assert not self.closed
            return super().extract(essays, progress=progress)

        def close(self):
            self.closed = True

    def make(schema, workers):
        made.append(Slow())
        return made[-1]

    module = "huleedu_ml_training.inference.scorer"
    monkeypatch.setattr(f"{module}.create_pipeline_for", make)
    monkeypatch.setattr(f"{module}.is_standard", lambda schema: True)
    with ReloadingScorer(source) as scorer, ThreadPoolExecutor(1) as pool:
        call = pool.submit(scorer.score_texts, ["a text"])
        assert entered.wait(10)
        source.identity = LENIENT
        assert scorer.check()
        assert [False, False] == [pipeline.closed for pipeline in made]
        go_on.set()
        assert 1 == len(call.result(10))
        assert [True, False] == [pipeline.closed for pipeline in made]
    assert [True, True] == [pipeline.closed for pipeline in made]


def test_calls_and_swaps_at_the_same_time(scorer, source):
    answers = {STRICT: grade(scorer)}
    source.identity = LENIENT
    scorer.check()
    answers[LENIENT] = grade(scorer)

    def swap():
        for number in range(20):
            source.identity = (STRICT, LENIENT)[number % 2]
            assert scorer.check()

    with ThreadPoolExecutor(5) as pool:
        swapping = pool.submit(swap)
        grades = list(pool.map(lambda _: grade(scorer), range(200)))
        swapping.result(30)
    assert set(grades) <= set(answers.values())
    assert answers[LENIENT] == grade(scorer)


def test_it_watches_in_a_thread_of_its_own(source):
    pipeline = CountingFeaturePipeline()
    with ReloadingScorer(source, pipeline, check_every_s=0.01, watch=True) as scorer:
        source.identity = LENIENT
        pause = threading.Event()
        for _ in range(1000):
            if scorer.status.version == LENIENT:
                break
            pause.wait(0.01)
        assert LENIENT == scorer.status.version
    asked = source.asked
    pause.wait(0.05)
    assert asked == source.asked


def test_one_call_takes_a_bounded_number_of_essays(source):
    with ReloadingScorer(source, CountingFeaturePipeline(), max_essays=2) as scorer:
        assert 2 == len(scorer.score_texts(["one", "two"]))
        with pytest.raises(TooManyEssaysError, match="3 essays in one call; at most 2"):
            scorer.score_texts(["one", "two", "three"])
        with pytest.raises(TooManyEssaysError):
            scorer.score_features(np.zeros((3, 3), dtype=np.float32))


def test_a_closed_scorer_grades_no_more(source):
    scorer = ReloadingScorer(source, CountingFeaturePipeline())
    scorer.close()
    scorer.close()
    assert source.closed
    with pytest.raises(ScorerClosedError):
        scorer.score_texts(["text"])
    source.identity = LENIENT
    asked = source.asked
    assert not scorer.check()
    assert (STRICT, asked) == (scorer.status.version, source.asked)


class TestDirectory:
    """The source that is a path."""

    def test_a_link_is_followed_to_another_version(self, bundles, store, tmp_path):
        link = tmp_path / "production"
        link.symlink_to(store(bundles[STRICT], "first"))
        store(bundles[LENIENT], "second")
        with ReloadingScorer(DirectorySource(link), CountingFeaturePipeline()) as scorer:
            strict = grade(scorer)
            assert not scorer.check()
            (tmp_path / "next").symlink_to(tmp_path / "second")
            (tmp_path / "next").replace(link)
            assert scorer.check()
            assert grade(scorer) > strict

    def test_a_damaged_directory_is_told_and_changes_nothing(self, bundles, store, tmp_path):
        link = tmp_path / "production"
        link.symlink_to(store(bundles[STRICT], "first"))
        with ReloadingScorer(DirectorySource(link), CountingFeaturePipeline()) as scorer:
            second = store(bundles[LENIENT], "second")
            (second / "grader.onnx").write_bytes(b"half of it")
            link.unlink()
            assert not scorer.check()
            assert "no bundle" in scorer.status.failure
            link.symlink_to(second)
            assert not scorer.check()
            assert "grader.onnx" in scorer.status.failure
            assert STRICT == scorer.status.version

    def test_a_bundle_that_is_replaced_while_it_is_read(self, bundles, store):
        source = DirectorySource(store(bundles[STRICT], "first"))
        assert bundles[STRICT].digest == source.current()
        with pytest.raises(BundleReplacedError):
            source.load(bundles[LENIENT].digest)

    def test_one_that_was_tampered_with(self, bundles, store):
        place = store(bundles[STRICT], "first")
        (place / "metrics.json").write_bytes(b"{}")
        source = DirectorySource(place)
        with pytest.raises(TamperedBundleFileError):
            source.load(source.current())
