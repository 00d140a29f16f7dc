"""``registry policy``: the rules by which versions go up."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from huleedu_ml_training.cli.options import ConfigOption, JsonOption, SetOption, VerboseOption
from huleedu_ml_training.cli.runtime import CommandContext, run_command

if TYPE_CHECKING:
    from huleedu_ml_training.registry.gating.policy import PromotionPolicy

app = typer.Typer(
    name="policy", help="Show the promotion policy, or check one.", no_args_is_help=True
)


@app.command()
def show(
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Print the policy in force as YAML; a good beginning for one of your own."""

    async def action(context: CommandContext) -> None:
        import yaml

        from huleedu_ml_training.registry.gating.policy_file import (
            default_policy,
            default_policy_text,
            policy_in_force,
        )

        policy = policy_in_force(context.settings.registry)
        text = default_policy_text()
        if policy != default_policy():
            text = yaml.safe_dump(policy.model_dump(mode="json"), sort_keys=False)
        context.output.line(text.rstrip())
        context.output.note(f"sha256 {policy.digest}")
        context.output.document("registry.policy", policy_document(policy))

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A policy file.")],
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Check a policy file, and print what the ledger will call it; names every problem."""

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.registry.gating.policy_file import load_policy

        policy = load_policy(file)
        context.output.line(f"{policy.name}, version {policy.policy_version}: {policy.digest}")
        context.output.document("registry.policy", policy_document(policy))

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


def policy_document(policy: "PromotionPolicy") -> dict[str, Any]:
    """Return a policy as a JSON-ready document."""
    return {"digest": policy.digest, "policy": policy.model_dump(mode="json")}
