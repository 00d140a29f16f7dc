"""The prompts, and for each what a pupil might say: one text file a prompt."""

from functools import cache
from importlib.resources import files

from huleedu_ml_training.data.demo_corpus.prompts.model import Point, Position, Prompt
from huleedu_ml_training.data.demo_corpus.prompts.reader import read_prompt

_FILES = (
    *("phones", "uniforms", "jobs", "homework", "social_media", "reading", "sports", "gaming"),
    *("environment", "city_country", "ai_tools", "place", "person", "memory"),
)


@cache
def all_prompts() -> tuple[Prompt, ...]:
    """Return the prompts, always in the same order."""
    folder = files(__name__)
    return tuple(
        read_prompt(folder.joinpath(f"{name}.txt").read_text(encoding="utf-8")) for name in _FILES
    )


__all__ = ["Point", "Position", "Prompt", "all_prompts"]
