"""``registry list`` and ``registry tag``: finding versions, and naming them."""

from typing import TYPE_CHECKING, Annotated

import typer

from huleedu_ml_training.cli.completion import complete_models
from huleedu_ml_training.cli.options import ConfigOption, JsonOption, SetOption, VerboseOption
from huleedu_ml_training.cli.registry_filters import (
    SinceOption,
    TagOption,
    UntilOption,
    WhereOption,
    conditions_of,
    moment_of,
)
from huleedu_ml_training.cli.registry_options import DEFAULT_LIMIT, LimitOption, ModelNameOption
from huleedu_ml_training.cli.runtime import CommandContext, run_command
from huleedu_ml_training.registry.records import Stage

if TYPE_CHECKING:
    from huleedu_ml_training.registry.catalogue_protocol import ModelCatalogueProtocol


def list_models(
    model_name: ModelNameOption = None,
    stage: Annotated[
        Stage | None, typer.Option("--stage", help="Only this stage.", show_default=False)
    ] = None,
    tags: TagOption = None,
    where: WhereOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: LimitOption = DEFAULT_LIMIT,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """List registered versions, newest first; options that leave out versions are combined."""

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.registry_views import model_document, show_models
        from huleedu_ml_training.registry.filters import ModelFilter

        wanted = ModelFilter(
            model_name=model_name,
            stage=stage,
            since=moment_of(since, "--since"),
            until=moment_of(until, "--until"),
            tags=tuple(tags or ()),
            conditions=conditions_of(where),
        )
        catalogue = await _catalogue(context)
        found = await catalogue.search(wanted, limit=limit + 1)
        models = found[:limit]
        named = await catalogue.tags_of([model.id for model in models])
        show_models(context.output, models, named)
        if len(found) > limit:
            context.output.note(f"the newest {limit} are shown; --limit shows more")
        if not models:
            context.output.note(
                "no registered model fits; train one with: train-essay-grader train"
            )
        documents = [
            {**model_document(model), "tags": list(named.get(model.id, ()))} for model in models
        ]
        context.output.document("registry.list", {"models": documents})

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


def tag(
    model_id: Annotated[
        str,
        typer.Argument(
            help="Id, or its first digits (at least four).", autocompletion=complete_models
        ),
    ],
    add: Annotated[list[str] | None, typer.Option("--add", help="Tag to add. Repeatable.")] = None,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", help="Tag to remove. Repeatable.")
    ] = None,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Add and remove tags of a version, and show those that it has then.

    Tags are notes to find versions by; they move nothing, and the ledger does not speak of them.
    """

    async def action(context: CommandContext) -> None:
        catalogue = await _catalogue(context)
        tags = await catalogue.tag(model_id, add=add or (), remove=remove or ())
        context.output.line(f"{model_id}: {', '.join(tags) or 'no tags'}")
        context.output.document("registry.tag", {"model_id": model_id, "tags": list(tags)})

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


async def _catalogue(context: CommandContext) -> "ModelCatalogueProtocol":
    from huleedu_ml_training.registry.catalogue_protocol import ModelCatalogueProtocol

    return await context.get(ModelCatalogueProtocol)
