"""``runs reproduce``: training a run again."""

from typing import TYPE_CHECKING

import typer

from huleedu_ml_training.cli.options import ConfigOption, JsonOption, SetOption, VerboseOption
from huleedu_ml_training.cli.runs_options import RunArgument, runs_of
from huleedu_ml_training.cli.runtime import CommandContext, run_command
from huleedu_ml_training.domain.errors import ExitCode

if TYPE_CHECKING:
    from huleedu_ml_training.config import Settings
    from huleedu_ml_training.registry.runs.records import RunRecord
    from huleedu_ml_training.training.making_protocols import ReproducedRun, ReproductionRequest


def reproduce(
    run_id: RunArgument,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Train a run again with its own settings, and say whether it gives the same grader.

    Nothing is registered. Exit code 0: grades, probabilities, metrics and files are identical;
    3: they are not; 4: the essays of the run are not there any more as they were.
    """

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.render_reproduction import show_reproduction
        from huleedu_ml_training.training.reproducing import require_reproducible
        from huleedu_ml_training.training.reproducing_errors import RunNotReproducibleError
        from huleedu_ml_training.training.stored_settings import (
            OutdatedSettingsError,
            settings_of_run,
        )

        run = await (await runs_of(context)).find(run_id)
        require_reproducible(run)
        try:
            settings = settings_of_run(run.config, context.settings)
        except OutdatedSettingsError as error:
            raise RunNotReproducibleError(run_id=run.id, reason=str(error)) from None
        request = await _request(context, run)
        done = await _reproduce(context, settings, request)
        if not show_reproduction(context.output, request, done):
            raise typer.Exit(int(ExitCode.REFUSED))

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


async def _request(context: CommandContext, run: "RunRecord") -> "ReproductionRequest":
    from huleedu_ml_training.registry.protocols import ArtifactStoreProtocol, ModelRegistryProtocol
    from huleedu_ml_training.registry.verification import read_registered_bundle
    from huleedu_ml_training.training.making_protocols import ReproductionRequest
    from huleedu_ml_training.training.reproducing_errors import RunNotReproducibleError

    model_id = run.metrics.get("model_id")
    if not isinstance(model_id, str):
        raise RunNotReproducibleError(run_id=run.id, reason="it does not say what it registered")
    model = await (await context.get(ModelRegistryProtocol)).get(model_id)
    bundle = await read_registered_bundle(await context.get(ArtifactStoreProtocol), model)
    return ReproductionRequest(run, bundle, context.correlation_id)


async def _reproduce(
    context: CommandContext, settings: "Settings", request: "ReproductionRequest"
) -> "ReproducedRun":
    """Reproduce in a library of the run's settings; metrics are counted in that of the command."""
    from dishka import Provider, Scope

    from huleedu_ml_training.cli.terminal import TerminalProvider
    from huleedu_ml_training.container import create_container
    from huleedu_ml_training.observability.correlation import CorrelationId
    from huleedu_ml_training.observability.metrics import MLMetrics
    from huleedu_ml_training.training.making_protocols import ReproducerProtocol

    metrics = await context.get(MLMetrics)
    shared = Provider(scope=Scope.APP)
    shared.provide(lambda: metrics, provides=MLMetrics)
    container = create_container(settings, TerminalProvider(context.output.messages), shared)
    try:
        async with container(context={CorrelationId: context.correlation_id}) as scope:
            reproducer = await scope.get(ReproducerProtocol)
            done: ReproducedRun = await reproducer.reproduce(request)
            return done
    finally:
        await container.close()
