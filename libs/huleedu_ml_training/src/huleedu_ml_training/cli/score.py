"""``score``: grading essays."""

import sys

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


def score(
    file: EssayFileArgument = None,
    text: EssayTextOption = None,
    model: ModelOption = None,
    prompt_text: PromptTextOption = None,
    language: EssayLanguageOption = "en",
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Grade essays with a bundle: grade, confidence and the probability of every grade."""

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.cli.essay_input import read_essays
        from huleedu_ml_training.cli.render import show_scores
        from huleedu_ml_training.inference.configured import open_scorer
        from huleedu_ml_training.registry.references import ModelResolver
        from huleedu_ml_training.training.interruption import run_stoppable

        essays = read_essays(
            file, text, stdin=sys.stdin, prompt_text=prompt_text, language=language
        )
        resolver = await context.get(ModelResolver)
        bundle = await resolver.resolve(model)
        with open_scorer(bundle, context.settings.features) as scorer:
            scores = await run_stoppable(lambda _: scorer.score_texts([e.essay for e in essays]))
            show_scores(context, scorer, [essay.name for essay in essays], scores)

    run_command(action, config=config, overrides=overrides, as_json=as_json)
