"""Extraction in several processes: the same rows, and what happens when a process fails."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from huleedu_essay_features import EssayInput
from huleedu_essay_features.errors import EssayExtractionError, EssayFeaturesError
from huleedu_essay_features.parallel import ParallelFeaturePipeline
from huleedu_essay_features.pipeline import create_pipeline
from huleedu_essay_features.workers.errors import (
    WorkerCrashedError,
    WorkerMismatchError,
    WorkerStartError,
)
from huleedu_ml_training.testing.pipeline_suite import FeaturePipelineSuite

SCRIPTED = '''
import os
import signal
import sys
import time

from huleedu_essay_features import FeatureDefinition
from huleedu_essay_features.errors import UnknownPartError
from huleedu_essay_features.pipeline import FeaturePipeline


class Scripted:
    """Does what the essay says."""

    def __init__(self, version):
        self.identity = {"scripted": version}
        self.definitions = (FeatureDefinition("pid", "structure", "count", "Process id."),)

    def extract(self, document):
        action, _, argument = document.text.partition(" ")
        if action == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if action == "exit":
            print("a last word", file=sys.stderr)
            os._exit(3)
        if action == "raise":
            raise LookupError("no such thing")
        if action == "chat":
            print("text on stdout")
        if action == "sleep":
            with open(argument, "a") as file:
                file.write(f"{os.getpid()}\\n")
            time.sleep(60)
        return (float(os.getpid()),)


def create(version="1", fail=False):
    if fail:
        raise UnknownPartError(part="embedder", name="scripted", known=["none"])
    return FeaturePipeline([Scripted(version)])
'''


reads_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")


@pytest.fixture
def scripted(tmp_path, monkeypatch):
    """Make a parallel pipeline that does what the essays say."""
    (tmp_path / "scripted_pipeline.py").write_text(SCRIPTED)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "scripted_pipeline", raising=False)
    import scripted_pipeline

    made = []

    def make(workers=2, **options):
        pipeline = ParallelFeaturePipeline(
            scripted_pipeline.create(),
            workers=workers,
            factory="scripted_pipeline:create",
            options=options,
        )
        made.append(pipeline)
        return pipeline

    yield make
    for pipeline in made:
        pipeline.close()


def essays(n: int, **special: str) -> list[EssayInput]:
    """Return n harmless essays, but for those at ``at_<index>``."""
    texts = ["fine"] * n
    for place, text in special.items():
        texts[int(place.removeprefix("at_"))] = text
    return [EssayInput(text) for text in texts]


@pytest.fixture(scope="module")
def standard():
    pipeline = create_pipeline("none", workers=2)
    yield pipeline
    pipeline.close()


class TestParallelPipeline(FeaturePipelineSuite):
    @pytest.fixture
    def pipeline(self, standard):
        return standard


def test_two_workers_give_the_bits_of_one():
    inputs = [
        EssayInput(f"Dog {i} runs fast. " * (1 + i % 4), "Do dogs run?", "en" if i % 5 else "sv")
        for i in range(20)
    ]
    parallel = create_pipeline("minilm", workers=2)
    try:
        assert create_pipeline("minilm").extract(inputs).tobytes() == (
            parallel.extract(inputs).tobytes()
        )
    finally:
        parallel.close()


def test_every_worker_works_and_none_is_the_caller(scripted):
    pipeline = scripted()
    pids: set[int] = set()

    def all_seen() -> bool:
        pids.update(pipeline.extract(essays(50))[:, 0].astype(int).tolist())
        return len(pids) == 2

    wait_until(all_seen)
    assert os.getpid() not in pids


@reads_proc
def test_workers_outlive_a_call_and_end_with_close(scripted):
    pipeline = scripted(workers=1)
    first, second = (set(pipeline.extract(essays(20))[:, 0].astype(int)) for _ in range(2))
    assert first == second
    pipeline.close()
    assert not any(map(is_running, first))
    third = set(pipeline.extract(essays(20))[:, 0].astype(int))
    assert first != third


def test_few_essays_are_done_in_the_calling_process(scripted):
    assert {os.getpid()} == set(scripted().extract(essays(3))[:, 0].astype(int))


def test_a_killed_worker_is_an_error_that_names_the_essay(scripted):
    pipeline = scripted()
    with pytest.raises(WorkerCrashedError, match="at essay 17 of the call") as caught:
        pipeline.extract(essays(40, at_17="die"))
    assert (17, -signal.SIGKILL) == (caught.value.index, caught.value.exit_status)
    assert "signal 9" in caught.value.why
    assert np.isfinite(pipeline.extract(essays(40))).all()


def test_a_worker_that_exits_is_quoted(scripted):
    with pytest.raises(WorkerCrashedError, match="exit status 3") as caught:
        scripted().extract(essays(20, at_19="exit"))
    assert "a last word" == caught.value.why


def test_a_failing_feature_is_an_error_that_names_the_essay(scripted):
    pipeline = scripted()
    with pytest.raises(EssayExtractionError, match="LookupError: no such thing") as caught:
        pipeline.extract(essays(40, at_23="raise"))
    assert 23 == caught.value.index
    assert np.isfinite(pipeline.extract(essays(40))).all()


def test_what_a_feature_prints_does_not_disturb(scripted):
    assert np.isfinite(scripted().extract(essays(20, at_3="chat", at_4="chat"))).all()


def test_a_worker_with_another_schema_is_refused(scripted):
    with pytest.raises(WorkerMismatchError):
        scripted(version="2").extract(essays(20))


def test_an_error_while_starting_keeps_its_texts(scripted):
    with pytest.raises(
        EssayFeaturesError, match="there is no embedder called 'scripted'"
    ) as caught:
        scripted(fail=True).extract(essays(20))
    assert ("unknown-part", "use one of none") == (caught.value.code, caught.value.remedy)


def test_a_factory_that_cannot_be_called_is_an_error(scripted):
    with pytest.raises(WorkerStartError, match="unexpected keyword argument 'size'"):
        scripted(size=3).extract(essays(20))


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"  # a zombie whose parent has ended waits for init alone


@reads_proc
@pytest.mark.parametrize(
    ("blow", "essay_takes_s", "ended_within_s"),
    [
        pytest.param(signal.SIGINT, 30, 10, id="Ctrl-C ends them in the middle of an essay"),
        pytest.param(signal.SIGKILL, 1, 15, id="after a kill, each ends with its essay"),
    ],
)
def test_no_worker_outlives_its_parent(tmp_path, blow, essay_takes_s, ended_within_s):
    module = SCRIPTED.replace("sleep(60)", f"sleep({essay_takes_s})")
    (tmp_path / "scripted_pipeline.py").write_text(module)
    pids = tmp_path / "pids"
    script = f"""
        import sys
        sys.path.insert(0, {str(tmp_path)!r})
        import scripted_pipeline
        from huleedu_essay_features import EssayInput
        from huleedu_essay_features.parallel import ParallelFeaturePipeline
        pipeline = ParallelFeaturePipeline(
            scripted_pipeline.create(), workers=2, factory="scripted_pipeline:create", options={{}}
        )
        pipeline.extract([EssayInput("sleep " + {str(pids)!r})] * 16)
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stderr=subprocess.DEVNULL
    )
    wait_until(lambda: pids.exists() and len(set(pids.read_text().split())) == 2)
    parent.send_signal(blow)
    workers = {int(pid) for pid in pids.read_text().split()}
    wait_until(lambda: not any(map(is_running, workers)), seconds=ended_within_s)
    assert parent.wait(ended_within_s) != 0


def wait_until(condition, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
