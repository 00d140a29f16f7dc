"""What is said where there is no Ray, and how essays are divided."""

import os
import subprocess
import sys

import pytest

from huleedu_ml_training.distributed.cluster import ray_session
from huleedu_ml_training.distributed.division import even_parts, shard_size
from huleedu_ml_training.distributed.errors import RayNotInstalledError, RayUnavailableError


def test_a_missing_ray_is_told_of_with_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with (
        pytest.raises(RayNotInstalledError, match=r"huleedu-ml-training\[distributed\]"),
        ray_session(None, 1),
    ):
        pass


def test_a_cluster_that_is_not_there_is_told_of_at_once():
    pytest.importorskip("ray", reason="Ray is an extra: make distributed")
    before = dict(os.environ)
    with (
        pytest.raises(RayUnavailableError, match=r"no Ray cluster at 127\.0\.0\.1:1"),
        ray_session("127.0.0.1:1", 1),
    ):
        pass
    assert before == dict(os.environ)


def test_nothing_imports_ray_before_it_is_needed():
    code = (
        "import sys, huleedu_ml_training.distributed.extraction, "
        "huleedu_ml_training.distributed.shard_files; print('ray' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "False" == done.stdout.strip()


@pytest.mark.parametrize(
    ("n_essays", "n_shards", "sizes"),
    [
        (10, 3, [4, 4, 2]),
        (10, 100, [1] * 10),
        (1, None, [1]),
        (4001, None, [1334, 1334, 1333]),
        (4000, None, [2000, 2000]),
    ],
)
def test_shards_are_about_equal_and_never_too_many(n_essays, n_shards, sizes):
    parts = list(even_parts(n_essays, n_shards))
    assert sizes == [end - start for start, end in parts]
    assert sizes[0] == shard_size(n_essays, n_shards)
    assert [0, *(end for _, end in parts)] == [*(start for start, _ in parts), n_essays]
