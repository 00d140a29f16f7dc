"""The demo corpus: essays that nobody wrote, graded by teachers who do not exist."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from huleedu_ml_training.data.demo_corpus.composition import Writer
from huleedu_ml_training.data.demo_corpus.dice import Dice
from huleedu_ml_training.data.demo_corpus.oddities import copied_from, is_copier, relaid, respaced
from huleedu_ml_training.data.demo_corpus.prompts import Prompt, all_prompts
from huleedu_ml_training.data.demo_corpus.pupils import draw_skills
from huleedu_ml_training.data.demo_corpus.school_days import draw_lesson, school_year
from huleedu_ml_training.data.demo_corpus.slips.scribe import Scribe
from huleedu_ml_training.data.demo_corpus.teachers import Teacher, draw_merit, draw_staff
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.grades import GradeScale

SOURCE = "synthetic-demo"
"""Name of the corpus, in every essay's ``sources``."""

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://huleedu.invalid/synthetic-demo")
_TEACHERS = tuple(f"demo-teacher-{number}" for number in range(1, 11))
_COURSES = ("year 9", "English 5", "English 6")
_LESSONS_PER_PROMPT = 6
_DOUBLE_RATED = 0.3
_LOSS_BY_COPYING = 0.5
_COPIED_BETWEEN = ("Phones in class", "Social media and friendship")
"""Texts are copied between these two prompts only: a split that holds out whole prompts must keep
prompts that share a text together, and copies all over would leave it a single group."""


@dataclass(frozen=True, slots=True)
class _Lesson:
    """An hour in which one class writes on one prompt."""

    start: datetime
    course: str
    teacher: Teacher
    colleague: Teacher


@dataclass(frozen=True, slots=True)
class DemoEssay:
    """One essay with its grades.

    Attributes:
        essay_id: A stable UUID.
        prompt: What it was written for.
        text: The text as handed in.
        slips: How many errors the pupil made in writing it.
        merit: What it deserves, before teachers differ.
        grade: Index of the teacher's grade, 0…7.
        second_grade: Index of a colleague's grade, or None where nobody read it twice.
        created_at: When it was handed in (UTC).
        teacher: Identifier of the teacher.
        course: What the class reads.
    """

    essay_id: str
    prompt: Prompt
    text: str
    slips: int
    merit: float
    grade: int
    second_grade: int | None
    created_at: datetime
    teacher: str
    course: str


class _School:
    """Everything that the essays of one seed have in common."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._staff = draw_staff(seed, _TEACHERS)
        self._prompts = all_prompts()
        self._by_name = {prompt.name: prompt for prompt in self._prompts}
        self._popularity = [prompt.popularity for prompt in self._prompts]

    def prompt_of(self, number: int) -> Prompt:
        """Return what an essay was handed in for."""
        source = self._source_of(number)
        if source is None:
            return self._own_prompt(number)
        here, there = (self._by_name[name] for name in _COPIED_BETWEEN)
        return there if self._own_prompt(source) is here else here

    def _own_prompt(self, number: int) -> Prompt:
        return Dice(self._seed, number, "prompt").weighted(self._prompts, self._popularity)

    def _source_of(self, number: int) -> int | None:
        """Return the number of the essay that was copied, or None for honest pupils."""
        source = copied_from(number, Dice(self._seed, number, "copy"))
        while source is not None and source >= 0:
            if not is_copier(source) and self._own_prompt(source).name in _COPIED_BETWEEN:
                return source
            source -= 1
        return None

    def lesson_of(self, number: int, prompt: Prompt) -> _Lesson:
        hour = Dice(self._seed, number, "lesson").below(_LESSONS_PER_PROMPT)
        dice = Dice(self._seed, prompt.name, hour)
        teacher, colleague = dice.shuffled(self._staff)[:2]
        return _Lesson(draw_lesson(dice), dice.pick(_COURSES), teacher, colleague)

    def write(self, number: int) -> tuple[str, int, float]:
        """Return text, slips and merit of an essay of the pupil's own."""
        prompt = self.prompt_of(number)
        skills = draw_skills(Dice(self._seed, number, "pupil")).facing(prompt.difficulty)
        paragraphs = Writer(prompt, skills, Dice(self._seed, number, "writer")).write()
        manuscript = Scribe(skills, Dice(self._seed, number, "scribe")).write(paragraphs)
        merit = draw_merit(skills, prompt.strictness, Dice(self._seed, number, "merit"))
        return relaid(manuscript.text, number), manuscript.slips, merit

    def copy(self, number: int) -> tuple[str, int, float] | None:
        """Return the same of an essay taken from somebody else, or None for honest pupils."""
        source = self._source_of(number)
        if source is None:
            return None
        text, slips, merit = self.write(source)
        return respaced(text, Dice(self._seed, number, "paste")), slips, merit - _LOSS_BY_COPYING

    def essay(self, number: int) -> DemoEssay:
        prompt = self.prompt_of(number)
        lesson = self.lesson_of(number, prompt)
        text, slips, merit = self.copy(number) or self.write(number)
        dice = Dice(self._seed, number, "grading")
        grade = lesson.teacher.grade(merit, dice)
        reread = lesson.colleague.grade(merit, dice)
        return DemoEssay(
            essay_id=str(uuid.uuid5(_NAMESPACE, f"{self._seed}/{number}")),
            prompt=prompt,
            text=text,
            slips=slips,
            merit=merit,
            second_grade=reread if dice.chance(_DOUBLE_RATED) else None,
            grade=grade,
            created_at=lesson.start + timedelta(seconds=2400 + dice.below(2700)),
            teacher=lesson.teacher.name,
            course=lesson.course,
        )


def generate_demo_essays(n_essays: int, seed: int) -> list[DemoEssay]:
    """Return the essays of the corpus in order of id, with what a data set does not hold.

    An essay depends on its number and the seed alone: a larger corpus holds every smaller one.

    Raises:
        ValueError: ``n_essays`` is negative.
    """
    if n_essays < 0:
        msg = f"the number of essays is negative: {n_essays}"
        raise ValueError(msg)
    school = _School(seed)
    essays = [school.essay(number) for number in range(n_essays)]
    return sorted(essays, key=lambda essay: essay.essay_id)


def generate_demo_corpus(n_essays: int = 1400, seed: int = 2026) -> EssayDataset:
    """Return a synthetic corpus of graded school essays in English.

    For demonstrations, tests and benchmarks that need data which may be given away: the texts
    are put together from a grammar and then damaged, more so for pupils of less skill. They say
    nothing about real pupils, and every row says that it is synthetic: ``sources`` is
    ``"synthetic-demo"`` and ``metadata["synthetic"]`` is ``"true"``.

    The result is a pure function of its arguments, on every machine and version of Python.

    Args:
        n_essays: How many essays; a larger corpus holds every smaller one of the same seed.
        seed: Which corpus.

    Returns:
        Essays of 120–650 words on the scale ``swedish_8``, in order of id, on 14 prompts, written
        on school days of 2024/25 and 2025/26. ``ratings`` has two columns: the teacher's grade,
        which is the essay's grade, and a colleague's on about 30 % of the essays. A few texts
        occur twice, under two different prompts and with different white space.

    Raises:
        ValueError: ``n_essays`` is negative.
    """
    essays = generate_demo_essays(n_essays, seed)
    ratings = np.full((len(essays), 2), np.nan)
    for row, essay in enumerate(essays):
        ratings[row, 0] = essay.grade
        if essay.second_grade is not None:
            ratings[row, 1] = essay.second_grade
    return EssayDataset.create(
        scale=GradeScale.named("swedish_8"),
        essay_ids=[essay.essay_id for essay in essays],
        texts=[essay.text for essay in essays],
        grades=[essay.grade for essay in essays],
        prompts=[essay.prompt.name for essay in essays],
        prompt_texts=[essay.prompt.text for essay in essays],
        languages=["en"] * len(essays),
        created_at=[essay.created_at for essay in essays],
        ratings=ratings,
        sources=[SOURCE] * len(essays),
        metadata={
            "synthetic": ("true",) * len(essays),
            "school_year": tuple(school_year(essay.created_at) for essay in essays),
            "course": tuple(essay.course for essay in essays),
            "teacher": tuple(essay.teacher for essay in essays),
        },
    )
