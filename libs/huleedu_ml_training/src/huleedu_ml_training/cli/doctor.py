"""``doctor``: is everything in place, and if not, what to do."""

import typer

from huleedu_ml_training.cli.options import ConfigOption, JsonOption, SetOption
from huleedu_ml_training.cli.runtime import CommandContext, run_command
from huleedu_ml_training.domain.errors import ExitCode

_MARKS = {"ok": "ok", "warning": "!", "failed": "FAILED"}


def doctor(
    config: ConfigOption = None, overrides: SetOption = None, as_json: JsonOption = False
) -> None:
    """Check Python, database, migrations, model files, disk and versions."""

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.health import run_checks

        checks = await run_checks(context)
        context.output.table(
            "Health",
            ("check", "state", "found", "what to do"),
            [
                (check.name, _MARKS[check.state], check.found, check.remedy or None)
                for check in checks
            ],
        )
        failed = [check.name for check in checks if check.state == "failed"]
        context.output.document(
            "doctor",
            {
                "healthy": not failed,
                "checks": [
                    {
                        "name": check.name,
                        "state": check.state,
                        "found": check.found,
                        "remedy": check.remedy,
                    }
                    for check in checks
                ],
            },
        )
        if failed:
            raise typer.Exit(int(ExitCode.INFRASTRUCTURE))

    run_command(action, config=config, overrides=overrides, as_json=as_json)
