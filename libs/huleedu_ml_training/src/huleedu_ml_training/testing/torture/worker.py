"""One process of many: asks a registry for one thing after another, chosen at random."""

import random
import time
from datetime import UTC, datetime, timedelta
from functools import partial

from huleedu_ml_training.registry.collection import collect_garbage
from huleedu_ml_training.registry.promotion import NOBODY
from huleedu_ml_training.registry.protocols import ArtifactStoreProtocol, ModelRegistryProtocol
from huleedu_ml_training.registry.publishing import ModelPublisher
from huleedu_ml_training.registry.records import ModelRecord, Stage
from huleedu_ml_training.testing.bundles import small_bundle
from huleedu_ml_training.testing.registry_cases.shelf import NAME
from huleedu_ml_training.testing.torture.attempts import DONE, Attempt

_FIRST = datetime(2025, 1, 1, tzinfo=UTC)
_SECONDS = 7200
_KNOWN = 12
_WEIGHTS = {"promote": 40, "rollback": 22, "demote": 15, "register": 22, "collect": 1}


class Worker:
    """Makes attempts at one name and remembers what it was told.

    Args:
        name: Its own, for correlation ids.
        registry: The registry under test.
        artifacts: Its artifact store.
        seed: Decides everything that is chosen.

    Attributes:
        attempts: What was asked and told, in order.
    """

    def __init__(
        self,
        name: str,
        registry: ModelRegistryProtocol,
        artifacts: ArtifactStoreProtocol,
        *,
        seed: int,
    ) -> None:
        self.attempts: list[Attempt] = []
        self._name = name
        self._registry = registry
        self._artifacts = artifacts
        self._choose = random.Random(seed)  # noqa: S311 - no secret
        self._known: list[ModelRecord] = []

    async def attempt(self, operation: str | None = None) -> Attempt:
        """Make one attempt, of a kind that is chosen at random unless it is given."""
        choose = self._choose
        if operation is None:
            [operation] = choose.choices(list(_WEIGHTS), list(_WEIGHTS.values()))
        if len(self.attempts) % 10 == 0 or not self._known:
            self._known = await self._registry.list_models(model_name=NAME, limit=_KNOWN)
        correlation_id = f"{self._name}-{len(self.attempts)}"
        single_step = operation == "rollback" and choose.random() < 0.7
        started, model, outcome = time.perf_counter(), None, DONE
        try:
            model = await self._ask(operation, correlation_id, single_step=single_step)
        except Exception as error:  # noqa: BLE001 - the audit judges every kind
            outcome = type(error).__name__
        made = Attempt(
            correlation_id,
            operation,
            outcome,
            time.perf_counter() - started,
            None if model is None else str(model.id),
            None if model is None else model.stage.value,
            single_step,
        )
        self.attempts.append(made)
        return made

    async def _ask(
        self, operation: str, correlation_id: str, *, single_step: bool
    ) -> ModelRecord | None:
        choose, registry = self._choose, self._registry
        by = {"actor": self._name, "correlation_id": correlation_id}
        if operation == "register":
            # Out of two hours, so that some of them meet in one second.
            created_at = _FIRST + timedelta(seconds=choose.randrange(_SECONDS))
            make = partial(small_bundle, qwk_low=choose.choice([0.1, 0.6, 0.7]))
            publisher = ModelPublisher(self._artifacts, registry)
            return await publisher.publish(
                make, created_at=created_at, actor=self._name, correlation_id=correlation_id
            )
        if operation == "collect":
            await collect_garbage(registry, self._artifacts, grace=timedelta(0))
            return None
        model = choose.choice(self._known)
        expected = choose.choice([*[None] * 10, NOBODY, model.version])
        if operation == "rollback":
            to = None if single_step else model.version
            return await registry.rollback(NAME, to_version=to, expected_current=expected, **by)
        force = choose.random() < 0.4
        reason = "tried" if force or choose.random() < 0.5 else None
        if operation == "demote":
            stage = choose.choice([None, Stage.STAGING, Stage.DEV, Stage.ARCHIVED])
            return await registry.demote(str(model.id), stage, reason=reason, force=force, **by)
        target = choose.choice([Stage.STAGING, Stage.STAGING, Stage.PRODUCTION])
        staged = await registry.list_models(model_name=NAME, stage=Stage.STAGING, limit=1)
        if staged and choose.random() < 0.6:
            # It may go on without force, so that the gate is asked too.
            model, target = staged[0], Stage.PRODUCTION
        return await registry.promote(
            str(model.id),
            target,
            reason=reason,
            force=force,
            expected_current=expected,
            **by,
        )
