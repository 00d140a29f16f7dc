"""``train-essay-grader db grant`` and ``db grants``: who may do what with our tables."""

from typing import TYPE_CHECKING, Annotated

import typer

from huleedu_ml_training.cli.options import ConfigOption, JsonOption, SetOption, VerboseOption
from huleedu_ml_training.cli.runtime import CommandContext, run_command
from huleedu_ml_training.database.role_errors import UnclearGrantError
from huleedu_ml_training.database.roles import DatabaseRole

if TYPE_CHECKING:
    from huleedu_ml_training.database.grants import Grantee

_ESSAYS = "reading essays is the host's to grant: GRANT SELECT on the essays table to {name}"


def grant(
    name: Annotated[
        str, typer.Option("--to", help="Role of the server that is given them; it must exist.")
    ],
    roles: Annotated[
        list[DatabaseRole] | None,
        typer.Option("--role", help="What it is for; several are allowed.", show_default=False),
    ] = None,
    nothing: Annotated[
        bool, typer.Option("--nothing", help="Take all privileges away instead.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the statements, change nothing.")
    ] = False,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Give a role of the server exactly the privileges that its work needs, and no others."""
    wanted = sorted(set(roles or []))

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.database.grants import Grants

        if bool(wanted) == nothing:
            raise UnclearGrantError
        grants = await context.get(Grants)
        if DatabaseRole.TRAINER in wanted and not dry_run:
            await _prepare_tuning(context)
        statements = await grants.set(name, wanted, dry_run=dry_run)
        for statement in statements:
            context.output.line(f"{statement};")
        if not statements:
            context.output.note(f"{name} has just these privileges already")
        elif dry_run:
            context.output.note("nothing was changed")
        if DatabaseRole.TRAINER in wanted:
            context.output.note(_ESSAYS.format(name=name))
        payload = {"to": name, "roles": wanted, "statements": statements, "dry_run": dry_run}
        context.output.document("db.grant", payload)

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


def grants(
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """List who was granted what on the tables of this library, owners and superusers apart."""

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.database.grants import Grants

        found = await (await context.get(Grants)).grantees()
        rows = [
            (each.name, ", ".join(each.roles) or "none", _words(each), len(each.missing))
            for each in found
        ]
        context.output.table("Grants", ("to", "roles", "beyond them", "missing"), rows)
        if not found:
            context.output.note("nobody but the owner was granted anything")
        context.output.document("db.grants", {"grants": [_document(each) for each in found]})

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


async def _prepare_tuning(context: CommandContext) -> None:
    """Make Optuna's tables as their owner, so that every trainer may use and none alter them."""
    import asyncio

    from huleedu_ml_training.database.resolved import ResolvedDatabase
    from huleedu_ml_training.training.study import open_storage

    await asyncio.to_thread(open_storage, await context.get(ResolvedDatabase))


def _words(grantee: "Grantee") -> str:
    return "; ".join(map(str, grantee.beyond[:5])) or "nothing"


def _document(grantee: "Grantee") -> dict[str, object]:
    return {
        "to": grantee.name,
        "roles": list(grantee.roles),
        "beyond": [str(item) for item in grantee.beyond],
        "missing": [str(item) for item in grantee.missing],
    }
