"""``explain``: why essays get their scores."""

import sys
from typing import Annotated

import typer

from huleedu_ml_training.cli.options import (
    ConfigOption,
    EssayFileArgument,
    EssayLanguageOption,
    EssayTextOption,
    JsonOption,
    ModelOption,
    PromptTextOption,
    SetOption,
)
from huleedu_ml_training.cli.runtime import CommandContext, run_command


def explain(
    file: EssayFileArgument = None,
    text: EssayTextOption = None,
    model: ModelOption = None,
    top: Annotated[
        int, typer.Option("--top", min=1, help="Features to name, the strongest first.")
    ] = 10,
    prompt_text: PromptTextOption = None,
    language: EssayLanguageOption = "en",
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what each group of features, and the strongest of them, add to an essay's score."""

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.essay_input import read_essays
        from huleedu_ml_training.cli.render_explanation import show_explanations
        from huleedu_ml_training.inference.configured import open_scorer
        from huleedu_ml_training.inference.explanation import GraderExplainer
        from huleedu_ml_training.registry.references import ModelResolver
        from huleedu_ml_training.training.interruption import run_stoppable

        essays = read_essays(
            file, text, stdin=sys.stdin, prompt_text=prompt_text, language=language
        )
        resolver = await context.get(ModelResolver)
        bundle = await resolver.resolve(model)
        explainer = GraderExplainer(bundle)
        with open_scorer(bundle, context.settings.features) as scorer:
            X = await run_stoppable(lambda _: scorer.extract([e.essay for e in essays]))
            grades = scorer.score_features(X).labels
            names = [essay.name for essay in essays]
            show_explanations(context, scorer, names, grades, explainer.explain(X), top)

    run_command(action, config=config, overrides=overrides, as_json=as_json)
