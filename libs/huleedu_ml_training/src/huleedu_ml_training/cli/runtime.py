"""How a command runs: settings, logging, container, errors, Ctrl-C."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar
from uuid import uuid4

import structlog

from huleedu_ml_training.cli.output import Output
from huleedu_ml_training.config import Settings
from huleedu_ml_training.config_loader import load_settings
from huleedu_ml_training.domain.errors import ExitCode, HuleEduMLError
from huleedu_ml_training.observability.correlation import CorrelationId
from huleedu_ml_training.observability.logs import configure_logging

if TYPE_CHECKING:
    from dishka import AsyncContainer

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class CommandContext:
    """What a command has at hand.

    Attributes:
        settings: Settings with the command's own options applied.
        container: Dishka container, request scope.
        output: Where the command prints.
        correlation_id: Ties together the logs, runs and ledger entries of this command.
    """

    settings: Settings
    container: "AsyncContainer"
    output: Output
    correlation_id: CorrelationId

    async def get(self, wanted: type[_T]) -> _T:
        """Return a part of the library from the container."""
        return await self.container.get(wanted)


def run_command(
    action: Callable[[CommandContext], Awaitable[None]],
    *,
    config: Path | None = None,
    overrides: Sequence[str] | None = None,
    options: Mapping[str, Any] | None = None,
    as_json: bool = False,
    verbose: bool = False,
) -> None:
    """Run the body of a command.

    Args:
        action: Coroutine function that does the work; it prints through ``context.output``.
        config: YAML file of settings.
        overrides: ``KEY=VALUE`` texts of ``--set``.
        options: Dotted setting → value, from the command's own options; None values are left out.
        as_json: Whether stdout gets one JSON document.
        verbose: Whether informational log lines are shown.

    Raises:
        SystemExit: With the documented exit code, when the command failed or was interrupted.
    """
    output = Output(as_json=as_json)
    try:
        settings = load_settings(config, overrides=overrides or (), options=options or {}).settings
        configure_logging(settings.observability, verbose=verbose)
        asyncio.run(_run(action, settings, output))
    except HuleEduMLError as error:
        fail(error, output)
    except KeyboardInterrupt:
        output.note("interrupted; nothing half-done was left behind")
        raise SystemExit(ExitCode.INTERRUPTED) from None


async def _run(
    action: Callable[[CommandContext], Awaitable[None]], settings: Settings, output: Output
) -> None:
    correlation_id = CorrelationId(str(uuid4()))
    task = asyncio.current_task()
    if task is not None:
        # A container is stopped by SIGTERM: treat it like Ctrl-C, so that runs stay resumable.
        with suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(
                signal.SIGTERM, lambda: signal.raise_signal(signal.SIGINT)
            )
    # Imported here, so that --help and usage errors do not wait for the whole library.
    from huleedu_ml_training.cli.terminal import TerminalProvider
    from huleedu_ml_training.container import create_container

    container = create_container(settings, TerminalProvider(output.messages))
    structlog.contextvars.bind_contextvars(correlation_id=correlation_id)
    try:
        async with container(context={CorrelationId: correlation_id}) as request:
            await action(CommandContext(settings, request, output, correlation_id))
    finally:
        textfile = settings.observability.metrics_textfile
        if textfile is not None:
            await _write_metrics(container, textfile)
        await container.close()


async def _write_metrics(container: "AsyncContainer", path: Path) -> None:
    from prometheus_client import CollectorRegistry, write_to_textfile

    write_to_textfile(str(path), await container.get(CollectorRegistry))


def fail(error: HuleEduMLError, output: Output) -> NoReturn:
    """Print an error where its reader looks for it and leave with its exit code."""
    output.document("error", {"error": error.to_dict()})
    output.note(f"error[{error.code}]: {error}")
    sys.exit(int(error.exit_code))
