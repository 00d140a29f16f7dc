"""How explanations are printed."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from huleedu_ml_training.cli.runtime import CommandContext

if TYPE_CHECKING:
    from huleedu_ml_training.inference import EssayScorer
    from huleedu_ml_training.inference.explanation import EssayExplanation


def show_explanations(
    context: CommandContext,
    scorer: "EssayScorer",
    names: Sequence[str],
    grades: Sequence[str],
    explanations: Sequence["EssayExplanation"],
    top: int,
) -> None:
    """Print what features did, an essay at a time."""
    for name, grade, found in zip(names, grades, explanations, strict=True):
        context.output.table(
            f"{name}: {grade}, score {found.latent:.2f} "
            f"(an average essay has {found.base:.2f}), by {scorer.model_name} {scorer.version}",
            ("features", "add to the score"),
            [
                (group, f"{part:+.2f}")
                for group, part in sorted(found.groups.items(), key=lambda item: -abs(item[1]))
            ],
            right=("add to the score",),
        )
        for number, effect in enumerate(found.features[:top], start=1):
            context.output.line(f"  {number:2}. {effect.words}")
    context.output.document(
        "explain",
        {
            "model_name": scorer.model_name,
            "version": scorer.version,
            "explanations": [
                {
                    "essay": name,
                    "grade": grade,
                    "latent": found.latent,
                    "base": found.base,
                    "groups": dict(found.groups),
                    "features": [
                        {**asdict(effect), "words": effect.words} for effect in found.features[:top]
                    ],
                }
                for name, grade, found in zip(names, grades, explanations, strict=True)
            ],
        },
    )
