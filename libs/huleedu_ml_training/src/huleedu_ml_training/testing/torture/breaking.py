"""Each change broken at each of its steps in turn, and the registry examined after each break."""

from dataclasses import dataclass
from pathlib import Path

from huleedu_ml_training.database.errors import DatabaseUnavailableError
from huleedu_ml_training.registry.protocols import ArtifactStoreProtocol, ModelRegistryProtocol
from huleedu_ml_training.testing.cuttable_proxy import Cut, CuttableProxy
from huleedu_ml_training.testing.registry_cases.shelf import NAME, Shelf
from huleedu_ml_training.testing.torture.operations import (
    OPERATIONS,
    Operation,
    check_all_or_nothing,
    check_restored,
)
from huleedu_ml_training.testing.torture.victims import Order, VictimSource


@dataclass(frozen=True, slots=True)
class Break:
    """One break of one operation.

    Attributes:
        at: The step, or the request; empty where the operation had come to its end before.
        told: Whether the caller was told that it happened; None where it was told nothing.
        happened: Whether it happened.
    """

    at: str
    told: bool | None
    happened: bool


async def kill_everywhere(
    victims: VictimSource, shelf: Shelf, name: str, *, url: str, home: Path
) -> list[Break]:
    """Kill an operation with −9 at its first step, at its second, until it comes to its end.

    Args:
        victims: Who is killed.
        shelf: The registry; nobody kills its own process.
        name: A key of ``OPERATIONS``.
        url: The database, for the victims.
        home: Root of the artifact store.
    """
    operation, found = OPERATIONS[name], list[Break]()
    while not found or found[-1].at:
        subject = await operation.prepare(shelf)
        n_before = len(await shelf.registry.history(NAME))
        fate = await victims.send(Order(url, str(home), name, subject, len(found) + 1))
        told = True if fate.acknowledged else None
        happened = await check_all_or_nothing(shelf, operation, n_before, done=told)
        await check_restored(shelf, home)
        found.append(Break(fate.step, told, happened))
    return found


async def cut_everywhere(
    far: ModelRegistryProtocol,
    proxy: CuttableProxy,
    shelf: Shelf,
    name: str,
    cut: Cut,
    *,
    home: Path,
) -> list[Break]:
    """Cut the connection of an operation at its first request, at its second, until none is left.

    Args:
        far: The registry through the proxy.
        proxy: What cuts.
        shelf: The registry, reached without the proxy.
        name: A key of ``OPERATIONS``.
        cut: How.
        home: Root of the artifact store.
    """
    operation, found = OPERATIONS[name], list[Break]()
    while not found or found[-1].at:
        subject = await operation.prepare(shelf)
        n_before = len(await shelf.registry.history(NAME))
        await far.list_models(limit=1)  # so that connecting is done
        proxy.cut_at(len(found) + 1, cut)
        told = await is_told(operation, far, shelf.artifacts, subject)
        happened = await check_all_or_nothing(shelf, operation, n_before, done=told)
        await check_restored(shelf, home)
        at = "" if proxy.fired is None else proxy.fired.decode("latin1")
        found.append(Break(at, told, happened))
    return found


async def is_told(
    operation: Operation,
    registry: ModelRegistryProtocol,
    artifacts: ArtifactStoreProtocol,
    subject: str,
) -> bool:
    """Do an operation, and return whether its caller was told that it happened."""
    try:
        await operation.do(registry, artifacts, subject)
    except DatabaseUnavailableError:
        return False
    return True
