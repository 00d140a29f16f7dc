"""Extraction on a Ray cluster of two nodes: workers that die, shards that are done, Ctrl-C."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from huleedu_essay_features import EssayInput
from huleedu_ml_training.config import FeatureSettings
from huleedu_ml_training.distributed.errors import ShardsFailedError, WorkerPipelineError
from huleedu_ml_training.distributed.extraction import prepare_extraction
from huleedu_ml_training.distributed.parquet_source import ParquetEssaySource
from huleedu_ml_training.distributed.shard_files import ShardDirectory
from huleedu_ml_training.distributed.work import extract_shard
from huleedu_ml_training.features.pipelines import open_pipeline

ray = pytest.importorskip("ray", reason="Ray is an extra: make distributed")

pytestmark = pytest.mark.slow

# Does to its process what the essay says, as often as there are files to take away.
FATAL = """
import os, signal, sys
from pathlib import Path
import ray
from huleedu_ml_training.testing.fakes.feature_pipeline import CountingFeaturePipeline

HERE = Path(__file__).parent

class Fatal(CountingFeaturePipeline):
    def extract(self, essays, *, progress=None):
        if ray.is_initialized():
            node = ray.get_runtime_context().get_node_id()
            (HERE / f"worked-{node}").touch()
            for essay in essays:
                bullets = sorted(HERE.glob("bullet-*")) if essay.text.startswith("die") else []
                if bullets:
                    bullets[0].unlink()
                    os.kill(os.getpid(), signal.SIGKILL)
        return super().extract(essays, progress=progress)
"""
SLOW = """
import time
from huleedu_ml_training.testing.fakes.feature_pipeline import CountingFeaturePipeline

class Slow(CountingFeaturePipeline):
    def extract(self, essays, *, progress=None):
        time.sleep(0.5)
        return super().extract(essays, progress=progress)
"""
N_ESSAYS = 120


@pytest.fixture(scope="module")
def modules(tmp_path_factory):
    """A directory on the path of this process and of those of Ray, with the fatal pipeline."""
    directory = tmp_path_factory.mktemp("modules")
    (directory / "fatal_pipeline.py").write_text(FATAL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(directory))
        patch.syspath_prepend(directory)
        yield directory


@pytest.fixture(scope="module")
def cluster(modules):
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        node = {"num_cpus": 1, "object_store_memory": 100 * 2**20}
        cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
        cluster.add_node(**node)
    yield cluster
    cluster.shutdown()


@pytest.fixture
def traces(modules):
    """The directory in which the fatal pipeline finds bullets and leaves traces, emptied."""
    yield modules
    for path in [*modules.glob("bullet-*"), *modules.glob("worked-*")]:
        path.unlink()


@pytest.fixture
def fatal(traces):
    return FeatureSettings(pipeline="fatal_pipeline:Fatal", batch_size=8)


@pytest.fixture
def essays(tmp_path):
    """A Parquet file of essays, one of which a worker dies of."""
    path = tmp_path / "essays.parquet"
    texts = [f"Dog {i} barks. " * (1 + i % 5) for i in range(N_ESSAYS)]
    texts[70] = "die of this"
    table = pa.table({"id": [f"e{i:03d}" for i in range(N_ESSAYS)], "text": texts})
    pq.write_table(table, path, row_group_size=50)
    return path


async def extracted_here(source, directory, features):
    """Extract without Ray, in this process."""
    prepared = await prepare_extraction(source, directory, features, n_shards=6)
    pipeline = open_pipeline(features.model_copy(update={"workers": 1}))
    results = {
        shard.index: await extract_shard(shard, source, directory, pipeline, batch_size=64)
        for shard in prepared.job.shards
    }
    await directory.finish(prepared.job, results)


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


async def test_a_killed_worker_costs_nothing_but_time(cluster, essays, fatal, traces, tmp_path):
    source, directory = ParquetEssaySource(essays), ShardDirectory(tmp_path / "out")
    (traces / "bullet-1").touch()
    handlers, environment = list(logging.root.handlers), dict(os.environ)
    signals = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    told = []

    prepared = await prepare_extraction(source, directory, fatal, n_shards=6)
    report = await prepared.run(
        workers=2, address=cluster.address, progress=lambda *both: told.append(both)
    )

    assert not (traces / "bullet-1").exists()
    assert 2 == len(list(traces.glob("worked-*")))
    assert (6, 0, N_ESSAYS, N_ESSAYS, 0) == (
        report.n_shards,
        report.n_shards_before,
        report.n_essays,
        report.n_computed,
        report.n_skipped,
    )
    assert [(20 * done, N_ESSAYS) for done in range(7)] == told

    here = ShardDirectory(tmp_path / "here")
    await extracted_here(source, here, fatal)
    assert contents(tmp_path / "here") == contents(tmp_path / "out")

    expected = open_pipeline(fatal.model_copy(update={"workers": 1})).extract(
        [EssayInput(text) for text in pq.read_table(essays)["text"].to_pylist()]
    )
    ids, features = zip(*directory.features(), strict=True)
    assert [f"e{i:03d}" for i in range(N_ESSAYS)] == [name for part in ids for name in part]
    assert expected.tobytes() == np.concatenate(features).tobytes()

    assert not ray.is_initialized()
    assert (handlers, environment) == (logging.root.handlers, dict(os.environ))
    assert signals == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]


async def test_only_what_is_not_done_is_done(cluster, essays, fatal, traces, tmp_path):
    source, directory = ParquetEssaySource(essays), ShardDirectory(tmp_path / "out")
    await extracted_here(source, directory, fatal)
    before = contents(directory.path)

    again = await (await prepare_extraction(source, directory, fatal)).run(workers=2)
    assert (6, 6, N_ESSAYS, 0) == (
        again.n_shards,
        again.n_shards_before,
        again.n_essays,
        again.n_computed,
    )
    assert not list(traces.glob("worked-*"))

    damaged = directory.path / "shard-00004.parquet"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    (directory.path / "shard-00001.parquet").unlink()
    (directory.path / "shard-00002.json").write_text("{")
    # In a program that is connected to Ray already, that connection is used, and left alone.
    await asyncio.to_thread(ray.init, cluster.address, configure_logging=False)
    try:
        mended = await (await prepare_extraction(source, directory, fatal)).run(workers=1)
        assert ray.is_initialized()
    finally:
        ray.shutdown()
    assert (3, N_ESSAYS, 60) == (mended.n_shards_before, mended.n_essays, mended.n_computed)
    assert before == contents(directory.path)


async def test_a_shard_that_nobody_survives_is_reported_and_the_others_are_done(
    cluster, essays, fatal, traces, tmp_path
):
    for bullet in range(9):
        (traces / f"bullet-{bullet}").touch()
    source, directory = ParquetEssaySource(essays), ShardDirectory(tmp_path / "out")
    prepared = await prepare_extraction(source, directory, fatal, n_shards=2)
    with pytest.raises(ShardsFailedError, match="3 workers ended over it") as caught:
        await prepared.run(workers=1, address=cluster.address)
    assert [1] == list(caught.value.failures)
    assert 6 == len(list(traces.glob("bullet-*")))
    assert [0] == list(await directory.done(prepared.job))


async def test_workers_that_lack_the_pipeline_stop_everything(
    cluster, essays, tmp_path, monkeypatch
):
    (tmp_path / "here_only.py").write_text(SLOW)
    monkeypatch.syspath_prepend(tmp_path)
    features = FeatureSettings(pipeline="here_only:Slow")
    source, directory = ParquetEssaySource(essays), ShardDirectory(tmp_path / "out")
    prepared = await prepare_extraction(source, directory, features, n_shards=6)
    with pytest.raises(WorkerPipelineError, match="No module named 'here_only'"):
        await prepared.run(workers=1, address=cluster.address)


def test_ctrl_c_keeps_what_is_done(essays, tmp_path):
    (tmp_path / "slow_pipeline.py").write_text(SLOW)
    output = tmp_path / "out"
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "huleedu_ml_training", "features", "extract-distributed"),
            *("--input", str(essays), "--output", str(output), "--shards", "40"),
            *("--workers", "1", "--set", "features.pipeline=slow_pipeline:Slow"),
        ],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    while not list(output.glob("shard-*.json")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert (130, "") == (process.returncode, out), err
    assert "Traceback" not in err
    directory = ShardDirectory(output)
    done = asyncio.run(directory.done(directory.job()))
    assert 1 <= len(done) < 40
    assert not (output / "manifest.json").exists()
