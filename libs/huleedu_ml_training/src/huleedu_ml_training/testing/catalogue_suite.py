"""Conformance suite of :class:`ModelCatalogueProtocol`: inherit it and override two fixtures."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from huleedu_ml_training.registry.catalogue_protocol import ModelCatalogueProtocol
from huleedu_ml_training.registry.conditions import parse_condition
from huleedu_ml_training.registry.errors import InvalidModelIdError, ModelNotFoundError
from huleedu_ml_training.registry.filters import ModelFilter
from huleedu_ml_training.registry.records import ModelRecord, Stage
from huleedu_ml_training.registry.tags import InvalidTagError
from huleedu_ml_training.testing.registry_cases.shelf import NAME, Shelf
from huleedu_ml_training.testing.run_upkeep_suite import HOSTILE_TAGS


class ModelCatalogueSuite:
    """What every catalogue does. Override :meth:`shelf` and :meth:`catalogue`."""

    pytestmark = pytest.mark.asyncio

    @pytest.fixture
    def shelf(self) -> Shelf:
        """Return an empty registry with its artifacts."""
        raise NotImplementedError

    @pytest.fixture
    def catalogue(self, shelf: Shelf) -> ModelCatalogueProtocol:
        """Return the catalogue of that registry."""
        raise NotImplementedError

    async def test_filters(self, shelf: Shelf, catalogue: ModelCatalogueProtocol) -> None:
        """Name, stage, time, tags, labels and figures; several of them together."""
        poor = await shelf.add(qwk_low=0.3)
        good = await shelf.promote(await shelf.add(qwk_low=0.6), Stage.STAGING)
        vague = await shelf.add(qwk_low=None)
        other = await shelf.add(name="other", qwk_low=0.7)
        labelled = await shelf.registry.register(
            replace(other, model_name="third", metadata={**other.metadata, "labels": ["trial"]}),
            actor="anna",
        )
        everything = [labelled, other, vague, good, poor]
        tags = {good.id: ("autumn", "best"), poor.id: ("autumn",)}
        for model_id, names in tags.items():
            assert names == await catalogue.tag(str(model_id), add=names)
        assert tags == await catalogue.tags_of([model.id for model in everything])

        async def found(*conditions: str, **fields: Any) -> list[ModelRecord]:
            wanted = ModelFilter(conditions=tuple(map(parse_condition, conditions)), **fields)
            models = await catalogue.search(wanted)
            fits = [m for m in everything if wanted.lets_through(m, {*tags.get(m.id, ())})]
            assert fits == models
            return models

        assert everything == await found()
        assert [vague, good, poor] == await found(model_name=NAME)
        assert [good] == await found(stage=Stage.STAGING)
        assert [good, poor] == await found(tags=("autumn",))
        assert [good] == await found(tags=("autumn", "best"))
        assert [labelled] == await found(tags=("trial",))
        assert [] == await found(tags=("absent",))
        assert [labelled, other, good] == await found("qwk.low>=0.6")
        assert [poor] == await found("qwk.low<0.6")
        assert [good] == await found("qwk.low>=0.5", model_name=NAME, tags=("best",))
        assert [labelled, other] == await found(since=other.created_at)
        assert [good, poor] == await found(until=vague.created_at)
        assert [] == await found(since=labelled.created_at + timedelta(days=1))
        assert everything[:2] == await catalogue.search(limit=2)

    async def test_tags(self, shelf: Shelf, catalogue: ModelCatalogueProtocol) -> None:
        """Tags come and go, leave version and ledger alone, and survive its moves."""
        model = await shelf.add()
        assert ("a", "b") == await catalogue.tag(model.id.hex[:8], add=("b", "a", "a"))
        moved = await shelf.promote(model, Stage.STAGING)
        assert ("b", "c") == await catalogue.tag(str(model.id), add=("c",), remove=("a", "absent"))
        assert {model.id: ("b", "c")} == await catalogue.tags_of([model.id, uuid4()])
        assert [moved] == await catalogue.search(ModelFilter(tags=("c",)))
        assert 2 == len(await shelf.registry.history(NAME))
        assert () == await catalogue.tag(str(model.id), remove=("b", "c"))
        assert {} == await catalogue.tags_of([model.id])
        assert {} == await catalogue.tags_of([])

    async def test_what_is_no_tag(self, shelf: Shelf, catalogue: ModelCatalogueProtocol) -> None:
        """A hostile tag is refused, and finds nothing; so is a hostile id."""
        model = await shelf.add()
        for tag in HOSTILE_TAGS:
            with pytest.raises(InvalidTagError):
                await catalogue.tag(str(model.id), add=("fine", tag))
            assert [] == await catalogue.search(ModelFilter(tags=(tag,)))
        for name in ("a\0", "\ud800", "../x"):
            assert [] == await catalogue.search(ModelFilter(model_name=name))
        with pytest.raises(ModelNotFoundError):
            await catalogue.tag(uuid4().hex, add=("a",))
        with pytest.raises(InvalidModelIdError):
            await catalogue.tag("../../etc", add=("a",))
        assert {} == await catalogue.tags_of([model.id])

    async def test_many_at_once(self, shelf: Shelf, catalogue: ModelCatalogueProtocol) -> None:
        """No tag of concurrent writers is lost, and equal ones are no trouble."""
        model = await shelf.add()
        changes = [catalogue.tag(str(model.id), add=(f"t{i % 3}",)) for i in range(6)]
        await asyncio.gather(*changes)
        assert {model.id: ("t0", "t1", "t2")} == await catalogue.tags_of([model.id])
