import asyncio
import threading

import pytest

from huleedu_ml_training.training.interruption import run_stoppable


async def test_the_result_comes_back():
    assert await run_stoppable(lambda _: 42) == 42


async def test_cancelling_ends_the_thread_before_it_is_reported():
    started, ended = threading.Event(), threading.Event()

    def work(stop):
        started.set()
        try:
            while True:
                stop.check()
        finally:
            ended.set()

    task = asyncio.create_task(run_stoppable(work))
    await asyncio.to_thread(started.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_errors_of_the_work_are_its_own():
    def work(_):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await run_stoppable(work)
