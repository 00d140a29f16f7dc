"""Registering and finding versions."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from huleedu_ml_training.registry.candidates import InvalidCandidateError, candidate_from_bundle
from huleedu_ml_training.registry.errors import (
    InvalidModelIdError,
    ModelNotFoundError,
    VersionExistsError,
)
from huleedu_ml_training.registry.records import (
    EventAction,
    Stage,
)
from huleedu_ml_training.registry.storable import InvalidTextError
from huleedu_ml_training.testing.bundles import small_bundle
from huleedu_ml_training.testing.registry_cases.shelf import NAME, Shelf

HOSTILE_NAMES = ("", "../x", "a\0b", "\ud800", "a" * 5000, "еssay-scorer")
HOSTILE_IDS = (
    *("", "abc", "xyz0", "../../etc", "%2e%2e", "\0" * 4, "a" * 33, "１２３４", "ab cd", "\ud800"),
    *("----", "abcd\n0", "'; --", "%", "____"),
)
HOSTILE_CANDIDATES: tuple[dict[str, Any], ...] = (
    *({"model_name": name} for name in (*HOSTILE_NAMES, "Essay", "a" * 64, "-x", ".x")),
    {"version": "latest"},
    {"version": "20250101_120000\n"},
    {"version": "２０２５0101_120000"},
    {"version": "../0101_120000"},
    {"model_path": ""},
    {"model_path": "/etc/passwd"},
    {"model_path": "models/../../x"},
    {"model_path": "models/%2e%2e"},
    {"model_path": "models\\x"},
    {"model_path": "file:models/x"},
    {"model_path": "a\0"},
    {"digest": "x"},
    {"digest": "A" * 64},
)


class RegisteringCases:
    """Adding versions and finding them again."""

    pytestmark = pytest.mark.asyncio

    async def test_registers_in_dev(self, shelf: Shelf) -> None:
        """A new version has all that its bundle says, stands in dev, and is in the ledger."""
        bundle = small_bundle()
        path = await shelf.artifacts.write("model_a", bundle.files)
        candidate = candidate_from_bundle(bundle, model_path=path)
        model = await shelf.registry.register(candidate, actor="anna", correlation_id="c-1")
        assert candidate == replace(
            candidate, **{field: getattr(model, field) for field in candidate.__slots__}
        )
        assert Stage.DEV is model.stage
        assert model.created_at.utcoffset() is not None
        [event] = await shelf.registry.history(NAME)
        assert (model.id, NAME, bundle.manifest.version) == (
            event.model_id,
            event.model_name,
            event.version,
        )
        assert (
            event.action,
            event.from_stage,
            event.to_stage,
        ) == (EventAction.REGISTERED, None, Stage.DEV)
        assert (event.actor, event.correlation_id, event.gate_report) == ("anna", "c-1", None)

    async def test_a_version_is_registered_once(self, shelf: Shelf) -> None:
        """A second registration is refused; another name may have the same version."""
        model = await shelf.add()
        with pytest.raises(VersionExistsError):
            await shelf.registry.register(model, actor="anna")
        other = replace(model, model_name="other")
        assert (await shelf.registry.register(other, actor="anna")).model_name == "other"
        assert 1 == len(await shelf.registry.history(NAME))

    async def test_finds_versions(self, shelf: Shelf) -> None:
        """By id, by the beginning of the id, by version, by stage; the newest of several."""
        first, second = await shelf.add(), await shelf.add()
        first = await shelf.promote(first, Stage.STAGING)
        registry = shelf.registry
        assert first == await registry.get(str(first.id))
        assert first == await registry.get(f"  {str(first.id).upper()} ")
        assert first == await registry.get(first.id.hex[:16])
        assert second == await registry.find(NAME, version=second.version)
        assert first == await registry.find(NAME, stage=Stage.STAGING)
        third = await shelf.add()
        assert third == await registry.find(NAME, stage=Stage.DEV)
        assert [third, second, first] == await registry.list_models()
        assert [third, second] == await registry.list_models(stage=Stage.DEV)
        assert [] == await registry.list_models(model_name="other")

    async def test_unknown_versions(self, shelf: Shelf) -> None:
        """What is not there is said not to be there, by every method."""
        model = await shelf.add()
        registry = shelf.registry
        unknown = "0" * 31 + "1"
        for call in (
            registry.get(unknown),
            registry.promote(unknown, Stage.STAGING, actor="anna"),
            registry.plan_promotion(unknown, Stage.STAGING),
            registry.demote(unknown, actor="anna"),
            registry.find("other"),
            registry.find(NAME, stage=Stage.PRODUCTION),
            registry.find(NAME, version="20300101_000000"),
            registry.rollback(NAME, actor="anna"),
            registry.rollback("other", actor="anna"),
        ):
            with pytest.raises(ModelNotFoundError):
                await call
        assert [] == await registry.history("other")
        assert model == await registry.get(str(model.id))

    async def test_hostile_ids(self, shelf: Shelf) -> None:
        """What cannot be the beginning of an id is refused as such."""
        await shelf.add()
        for text in HOSTILE_IDS:
            with pytest.raises(InvalidModelIdError):
                await shelf.registry.get(text)
            with pytest.raises(InvalidModelIdError):
                await shelf.registry.promote(text, Stage.STAGING, actor="anna")

    async def test_hostile_candidates(self, shelf: Shelf) -> None:
        """Names, versions, paths and digests that are not of our form are refused."""
        model = await shelf.add()
        for change in HOSTILE_CANDIDATES:
            with pytest.raises(InvalidCandidateError):
                await shelf.registry.register(replace(model, **change), actor="anna")
        assert [model] == await shelf.registry.list_models()

    async def test_hostile_names_find_nothing(self, shelf: Shelf) -> None:
        """A name that cannot exist does not exist."""
        registry = shelf.registry
        for name in HOSTILE_NAMES:
            assert [] == await registry.list_models(model_name=name)
            assert [] == await registry.history(name)
            for call in (
                registry.find(name),
                registry.find(NAME, version=name),
                registry.rollback(name, actor="anna"),
            ):
                with pytest.raises(ModelNotFoundError):
                    await call

    async def test_texts_that_no_ledger_can_keep(self, shelf: Shelf) -> None:
        """Actors and reasons must be texts; a refused one leaves nothing behind."""
        model = await shelf.add()
        for actor, reason in (("", None), ("a\0b", None), ("anna", "a\0b"), ("anna", "x" * 2001)):
            with pytest.raises(InvalidTextError):
                await shelf.registry.promote(
                    str(model.id), Stage.STAGING, actor=actor, reason=reason
                )
        assert 1 == len(await shelf.registry.history(NAME))

    async def test_concurrent_registrations_of_one_version(self, shelf: Shelf) -> None:
        """Of many registrations of one version one succeeds."""
        model = replace(await shelf.add(), model_name="other")
        outcomes = await asyncio.gather(
            *(shelf.registry.register(model, actor="anna") for _ in range(6)),
            return_exceptions=True,
        )
        assert 5 == sum(isinstance(outcome, VersionExistsError) for outcome in outcomes)
        assert 1 == len(await shelf.registry.history("other"))
