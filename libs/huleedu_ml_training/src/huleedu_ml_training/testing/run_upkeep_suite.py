"""Finding, tagging and discarding runs: the second half of the run store's conformance suite."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from huleedu_ml_training.registry.conditions import parse_condition
from huleedu_ml_training.registry.filters import RunFilter
from huleedu_ml_training.registry.runs.errors import RunNotFoundError
from huleedu_ml_training.registry.runs.ids import InvalidRunIdError
from huleedu_ml_training.registry.runs.protocol import RunStoreProtocol
from huleedu_ml_training.registry.runs.records import (
    NewRun,
    Retention,
    RunKind,
    RunRecord,
    RunState,
)
from huleedu_ml_training.registry.tags import InvalidTagError

OpenStore = Callable[[], Awaitable[RunStoreProtocol]]

DIGEST = "a" * 64
HOSTILE_TAGS = (
    "",
    " ",
    "Keep",
    "a b",
    "a\0",
    "å",
    "-x",
    "a" * 64,
    "../x",
    "a,b",
    "'; --",
    "\ud800",
)


async def start_run(store: RunStoreProtocol, **changes: Any) -> RunRecord:
    """Start a run with some of its fields changed."""
    fields: dict[str, Any] = {
        "kind": RunKind.TRAIN,
        "experiment_name": "first",
        "inputs_digest": DIGEST,
        "config": {"training": {"seed": 42}},
        "dataset_digest": "d" * 64,
        "correlation_id": "c-1",
    }
    return await store.start(NewRun(**{**fields, **changes}))


async def ended_run(store: RunStoreProtocol, qwk: object = None, **changes: Any) -> RunRecord:
    """Complete a run with a figure of QWK; the lower bound of its interval lies 0.1 below."""
    run = await start_run(store, **changes)
    low = qwk - 0.1 if isinstance(qwk, float) else None
    metrics = {"values": {"qwk": {"value": qwk, "low": low, "high": None}}}
    return await store.finish(run.id, RunState.COMPLETED, metrics=metrics)


async def nothing() -> None:
    """Stand in for the removal of files."""


class RunUpkeepCases:
    """Finding runs, tagging them, and getting rid of them."""

    pytestmark = pytest.mark.asyncio

    async def test_keeps_what_was_asked_for(self, open_store: OpenStore) -> None:
        """Request, tags and the run that is trained again are what was given."""
        store = await open_store()
        first = await start_run(store)
        again = await start_run(
            store, request={"sources": ["x"]}, tags=("b", "a"), reproduces=first.id
        )
        assert ({}, (), None) == (first.request, first.tags, first.reproduces)
        assert ({"sources": ["x"]}, ("a", "b"), first.id) == (
            again.request,
            again.tags,
            again.reproduces,
        )
        assert again == await store.get(again.id)

    async def test_finds_by_the_beginning_of_the_id(self, open_store: OpenStore) -> None:
        """Four digits do where they are unambiguous; dashes and capitals do not matter."""
        store = await open_store()
        run = await start_run(store)
        assert run == await store.find(str(run.id))
        assert run == await store.find(f" {str(run.id).upper()} ")
        assert run == await store.find(run.id.hex[:20])
        with pytest.raises(RunNotFoundError):
            await store.find(uuid4().hex)

    async def test_hostile_ids(self, open_store: OpenStore) -> None:
        """What cannot be the beginning of an id is refused as such."""
        store = await open_store()
        for text in ("", "abc", "xyz0", "../../etc", "\0" * 4, "a" * 33, "１２３４", "%", "\ud800"):
            with pytest.raises(InvalidRunIdError):
                await store.find(text)

    async def test_filters(self, open_store: OpenStore) -> None:
        """Kind, state, time, tags, name and figures; several of them together."""
        store = await open_store()
        poor = await ended_run(store, 0.5, tags=("a",), request={"model_name": "x"})
        good = await ended_run(store, 0.7, tags=("a", "b"), kind=RunKind.CV)
        vague = await ended_run(store, None)
        text = await ended_run(store, "0.9")
        going = await start_run(store, tags=("b",))
        everything = [going, text, vague, good, poor]

        async def found(**fields: Any) -> list[RunRecord]:
            wanted = RunFilter(**fields)
            runs = await store.list_runs(wanted)
            assert [run for run in everything if wanted.lets_through(run)] == runs
            return runs

        def where(*conditions: str) -> dict[str, Any]:
            return {"conditions": tuple(parse_condition(each) for each in conditions)}

        assert everything == await found()
        assert [good] == await found(kind=RunKind.CV)
        assert [going] == await found(states=frozenset({RunState.RUNNING}))
        assert [going, good] == await found(tags=("b",))
        assert [good] == await found(tags=("a", "b"))
        assert [] == await found(tags=("a\0",))
        assert [poor] == await found(model_name="x")
        assert [] == await found(model_name="\ud800")
        assert [good] == await found(**where("qwk>=0.6"))
        assert [good, poor] == await found(**where("qwk>=0.5"))
        assert [good] == await found(**where("qwk>0.5"))
        assert [poor] == await found(**where("qwk=0.5"))
        assert [poor] == await found(**where("qwk.low<0.45"))
        assert [] == await found(**where("qwk.high>-1"))
        assert [good, poor] == await found(**where("qwk>0.4", "qwk<0.8"))
        assert [poor] == await found(kind=RunKind.TRAIN, tags=("a",), **where("qwk<0.6"))
        assert [going, text, vague] == await found(since=vague.started_at)
        assert [good, poor] == await found(until=vague.started_at)
        later = datetime.now(UTC) + timedelta(hours=1)
        assert everything == await found(changed_before=later)
        assert [] == await found(changed_before=poor.started_at)
        assert [text, vague] == (await store.list_runs(RunFilter(), limit=3))[1:]
        assert 5 == len(await store.list_runs(limit=None))

    async def test_tags(self, open_store: OpenStore) -> None:
        """Tags come and go in any state of the run, whoever works on it, and nothing else does."""
        store, other = await open_store(), await open_store()
        run = await start_run(store)
        tagged = await other.tag(run.id, add=("b", "a", "a"))
        assert replace(run, tags=("a", "b")) == tagged == await store.get(run.id)
        await store.finish(run.id, RunState.FAILED)
        changed = await store.tag(run.id, add=("keep",), remove=("a", "absent"))
        assert ("b", "keep") == changed.tags
        with pytest.raises(RunNotFoundError):
            await store.tag(uuid4(), add=("a",))

    async def test_hostile_tags(self, open_store: OpenStore) -> None:
        """What is no tag is refused and changes nothing."""
        store = await open_store()
        run = await start_run(store)
        for tag in HOSTILE_TAGS:
            for change in ({"add": ("fine", tag)}, {"remove": (tag,)}):
                with pytest.raises(InvalidTagError):
                    await store.tag(run.id, **change)
            with pytest.raises(InvalidTagError):
                await start_run(store, tags=(tag,))
        for add, remove in ((("a",), ("a",)), ([f"t{i}" for i in range(51)], ())):
            with pytest.raises(InvalidTagError):
                await store.tag(run.id, add=add, remove=remove)
        assert [run] == await store.list_runs()

    async def test_tags_of_many_at_once(self, open_store: OpenStore) -> None:
        """No tag of concurrent writers is lost."""
        stores = [await open_store() for _ in range(3)]
        run = await start_run(stores[0])
        await asyncio.gather(
            *(store.tag(run.id, add=(f"t{i}",)) for i, store in enumerate(stores * 2))
        )
        assert tuple(f"t{i}" for i in range(6)) == (await stores[0].get(run.id)).tags

    async def test_discards(self, open_store: OpenStore) -> None:
        """The files go first, then the row; runs that repeat it stay and forget it."""
        store = await open_store()
        run, other = await ended_run(store), await ended_run(store)
        again = await ended_run(store, reproduces=run.id)
        seen = []

        async def remove_files() -> None:
            seen.append(run.id)

        assert await store.discard(run.id, remove_files) is None
        assert [run.id] == seen
        assert [replace(again, reproduces=None), other] == await store.list_runs()
        with pytest.raises(RunNotFoundError):
            await store.discard(run.id, remove_files)

    async def test_a_failing_disk_keeps_the_row(self, open_store: OpenStore) -> None:
        """Where files cannot be removed the run stays, and can be discarded later."""
        store = await open_store()
        run = await ended_run(store)

        async def fail() -> None:
            raise OSError(5, "disk")

        with pytest.raises(OSError, match="disk"):
            await store.discard(run.id, fail)
        assert [run] == await store.list_runs()
        assert await store.discard(run.id, nothing) is None

    async def test_keeps_what_is_wanted(self, open_store: OpenStore) -> None:
        """Runs tagged keep and runs at work stay, and nothing of theirs is removed."""
        store, other = await open_store(), await open_store()
        tagged = await ended_run(store, tags=("keep",))
        busy = await start_run(store)
        free = await ended_run(store)

        async def remove_files() -> None:
            pytest.fail("files of a run that stays were removed")

        reasons = {tagged.id: Retention.TAGGED, busy.id: Retention.AT_WORK}
        ids = [tagged.id, busy.id, free.id]
        assert reasons == await other.retained(ids)
        for each in (store, other):
            for run_id, reason in reasons.items():
                assert reason is await each.discard(run_id, remove_files)
        assert 3 == len(await store.list_runs())
        await store.finish(busy.id, RunState.COMPLETED)
        assert await other.discard(busy.id, nothing) is None
