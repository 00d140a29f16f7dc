"""The prompts, and for each what a pupil might say: one module a prompt."""

from huleedu_ml_training.data.demo_corpus.prompts import (
    ai_tools,
    city_country,
    environment,
    gaming,
    homework,
    jobs,
    memory,
    person,
    phones,
    place,
    reading,
    social_media,
    sports,
    uniforms,
)
from huleedu_ml_training.data.demo_corpus.prompts.model import Point, Position, Prompt

PROMPTS: tuple[Prompt, ...] = (
    phones.PROMPT,
    uniforms.PROMPT,
    jobs.PROMPT,
    homework.PROMPT,
    social_media.PROMPT,
    reading.PROMPT,
    sports.PROMPT,
    gaming.PROMPT,
    environment.PROMPT,
    city_country.PROMPT,
    ai_tools.PROMPT,
    place.PROMPT,
    person.PROMPT,
    memory.PROMPT,
)

__all__ = ["PROMPTS", "Point", "Position", "Prompt"]
