"""``demo``: the whole main job on synthetic essays, start to finish."""

from typing import TYPE_CHECKING, Annotated

import typer

from huleedu_ml_training.cli.options import ConfigOption, JsonOption, SetOption, VerboseOption
from huleedu_ml_training.cli.runtime import CommandContext, run_command
from huleedu_ml_training.domain.dataset import EssaySelection
from huleedu_ml_training.domain.errors import UsageError

if TYPE_CHECKING:
    from huleedu_ml_training.domain.dataset import EssayDataset

DEMO_MODEL_NAME = "demo-essay-scorer"
_CORPUS_SEED = 2026
_NEW_ESSAYS_SEED = 4711


class DemoNeedsEmbeddedDatabaseError(UsageError):
    """The demo would put synthetic essays into a real database."""

    code = "demo-needs-embedded-database"

    @property
    def what(self) -> str:
        """Say what is set."""
        return "the demo imports synthetic essays, and a real database is configured"

    @property
    def remedy(self) -> str:
        """Say both ways on."""
        return (
            "unset HULEEDU_ML_DATABASE_URL to use the embedded database, "
            "or pass --use-configured-database"
        )


def demo(
    essays: Annotated[
        int, typer.Option("--essays", min=200, help="Size of the synthetic corpus.")
    ] = 1400,
    use_configured_database: Annotated[
        bool,
        typer.Option(
            "--use-configured-database",
            help="Import the synthetic essays into the configured database.",
        ),
    ] = False,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Run the whole main job on synthetic essays: from an empty database to graded essays.

    Starts the embedded PostgreSQL, migrates, imports a synthetic corpus, extracts features,
    trains, calibrates, evaluates, exports ONNX, registers, promotes to production, and grades
    three new essays. Running it again adds a version.
    """

    async def action(context: CommandContext) -> None:
        if context.settings.database_url is not None and not use_configured_database:
            raise DemoNeedsEmbeddedDatabaseError
        await _run(context, essays)

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


async def _run(context: CommandContext, n_essays: int) -> None:
    import asyncio

    from huleedu_ml_training.cli.render import DemoScore, show_demo
    from huleedu_ml_training.data.demo_corpus import SOURCE, generate_demo_corpus
    from huleedu_ml_training.data.importer import EssayImporter
    from huleedu_ml_training.database.host_tables import HostTables
    from huleedu_ml_training.database.migrations import Migrator
    from huleedu_ml_training.features.inputs import essay_inputs
    from huleedu_ml_training.inference.configured import open_scorer
    from huleedu_ml_training.registry.actor import current_actor
    from huleedu_ml_training.registry.protocols import ModelRegistryProtocol
    from huleedu_ml_training.registry.records import Stage
    from huleedu_ml_training.registry.references import ModelResolver
    from huleedu_ml_training.training.protocols import (
        ProgressProtocol,
        TrainerProtocol,
        TrainingRequest,
    )

    progress = await context.get(ProgressProtocol)
    with progress.phase("Preparing the database"):
        migrator = await context.get(Migrator)
        await migrator.upgrade()
        await (await context.get(HostTables)).create()
    with progress.phase(f"Writing {n_essays} synthetic essays"):
        corpus = await asyncio.to_thread(generate_demo_corpus, n_essays, _CORPUS_SEED)
        importer = await context.get(EssayImporter)
        await importer.import_dataset(corpus, update=True)
    trainer = await context.get(TrainerProtocol)
    actor = current_actor()
    result = await trainer.train(
        TrainingRequest(
            experiment_name="demo",
            selection=EssaySelection(sources=(SOURCE,)),
            model_name=DEMO_MODEL_NAME,
            actor=actor,
            correlation_id=context.correlation_id,
        )
    )
    registry = await context.get(ModelRegistryProtocol)
    with progress.phase("Promoting to staging and production"):
        model = result.model
        for stage in (Stage.STAGING, Stage.PRODUCTION):
            model = await registry.promote(
                str(model.id),
                stage,
                actor=actor,
                reason="demo",
                correlation_id=context.correlation_id,
            )
    with progress.phase("Grading three new essays"):
        resolver = await context.get(ModelResolver)
        bundle = await resolver.resolve(f"models:/{DEMO_MODEL_NAME}/production")
        new = await asyncio.to_thread(_three_new_essays)
        with open_scorer(bundle, context.settings.features) as scorer:
            scores = await scorer.score_texts_async(essay_inputs(new))
    graded = [
        DemoScore(text, new.scale.labels[int(new.grades[row])], scores[row])
        for row, text in enumerate(new.texts)
    ]
    location = context.settings.home / model.model_path
    show_demo(context, result, model, graded, location)


def _three_new_essays() -> "EssayDataset":
    """Return a weak, a middling and a strong essay that no model has seen."""
    import numpy as np

    from huleedu_ml_training.data.demo_corpus import generate_demo_corpus

    fresh = generate_demo_corpus(60, _NEW_ESSAYS_SEED)
    by_grade = np.argsort(fresh.grades, kind="stable")
    last = len(by_grade) - 1
    return fresh.take(by_grade[[last // 10, last // 2, last - last // 10]])
