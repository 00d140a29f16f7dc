"""What a pupil says, and in which order: from a prompt to the clean text of an essay."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from huleedu_ml_training.data.demo_corpus.dice import Dice
from huleedu_ml_training.data.demo_corpus.grammar import phrases, remarks
from huleedu_ml_training.data.demo_corpus.grammar.clauses import Clause, statement
from huleedu_ml_training.data.demo_corpus.grammar.sentences import Speaker
from huleedu_ml_training.data.demo_corpus.grammar.wording import Wording
from huleedu_ml_training.data.demo_corpus.prompts.model import Point, Prompt
from huleedu_ml_training.data.demo_corpus.pupils import Skills
from huleedu_ml_training.data.demo_corpus.sentence import Paragraph, Sentence

_WORDS_FOR_FRAME = 45
_WORDS_A_POINT = 85


@dataclass(slots=True)
class _Material:
    """What is still unsaid about one point."""

    point: Point
    reasons: list[Clause]
    examples: list[str]
    effects: list[str]
    paragraph: Paragraph = field(default_factory=list)

    @property
    def spent(self) -> bool:
        return not (self.reasons or self.examples or self.effects)


class Writer:
    """Writes one essay without errors; errors come later.

    Args:
        prompt: The task.
        skills: What the pupil can do with this prompt.
        dice: The stream of this essay's choices.
    """

    def __init__(self, prompt: Prompt, skills: Skills, dice: Dice) -> None:
        self._prompt = prompt
        self._skills = skills
        self._dice = dice
        self._position = dice.pick(prompt.positions)
        self._wording = Wording(dice, skills.vocabulary, prompt.topics)
        self._speaker = Speaker(dice, skills.syntax, past=self._position.past, argues=prompt.argues)
        self._drift = min(max(0.05 - 0.05 * skills.task, 0.0), 0.22)
        self._repeats = min(max(0.04 - 0.04 * skills.cohesion, 0.0), 0.15)
        self._links = min(max(0.25 + 0.10 * skills.cohesion, 0.05), 0.5)
        self._chatter = dice.shuffled(remarks.CHATTER)
        self._words = 0

    def write(self) -> list[Paragraph]:
        """Return the paragraphs of the essay."""
        introduction = self._introduction()
        materials = [self._gather(point) for point in self._choose_points()]
        for number, material in enumerate(materials):
            self._open_point(material, number, last=number == len(materials) - 1)
        counter = self._counterargument()
        conclusion = self._conclusion()
        self._fill_points(materials)
        body = [material.paragraph for material in materials]
        if counter:
            body.append(counter)
        return self._arrange([introduction, *body, conclusion])

    def _say(self, paragraph: Paragraph, template: str) -> None:
        sentence = Sentence.from_text(self._wording.fill(template))
        self._words += len(sentence.words)
        paragraph.append(sentence)

    def _phrase(self, levels: phrases.Levels, skill: float, **parts: str) -> str:
        phrase = self._speaker.phrase(levels, skill)
        for name, text in parts.items():
            phrase = phrase.replace(f"[{name}]", text)
        return phrase

    def _choose_points(self) -> list[Point]:
        budget = self._skills.target_words - self._words - _WORDS_FOR_FRAME
        number = max(1, round(budget / _WORDS_A_POINT + self._dice.between(-0.6, 0.6)))
        points = self._position.points
        if self._position.past:
            return list(points[: max(number, 2)])
        return self._dice.shuffled(points)[:number]

    def _gather(self, point: Point) -> _Material:
        return _Material(
            point=point,
            reasons=self._dice.shuffled(point.reasons),
            examples=self._dice.shuffled(point.examples),
            effects=self._dice.shuffled(point.effects),
        )

    def _introduction(self) -> Paragraph:
        paragraph: Paragraph = []
        skills = self._skills
        if self._dice.chance(0.45 + 0.12 * skills.task):
            self._say(paragraph, self._dice.pick(self._prompt.openers))
        if not paragraph or self._dice.chance(0.5):
            hooks = phrases.HOOKS if self._prompt.argues else phrases.NARRATIVE_HOOKS
            self._say(paragraph, self._phrase(hooks, skills.cohesion))
        thesis = self._dice.pick(self._position.theses)
        if self._prompt.argues:
            thesis = self._phrase(phrases.THESES, skills.syntax, thesis=thesis)
        self._say(paragraph, thesis)
        if self._prompt.argues and self._dice.chance(0.3 + 0.1 * skills.cohesion):
            self._say(paragraph, self._phrase(phrases.ANNOUNCEMENTS, skills.cohesion))
        return paragraph

    def _open_point(self, material: _Material, number: int, *, last: bool) -> None:
        skills, point = self._skills, material.point
        if not self._position.past and self._dice.chance(0.3 + 0.17 * skills.cohesion):
            levels = phrases.NEXT_POINTS if number else phrases.FIRST_POINTS
            if last and number:
                levels = phrases.LAST_POINTS
            self._say(material.paragraph, self._phrase(levels, skills.cohesion, label=point.label))
        self._say(
            material.paragraph,
            self._speaker.develop(
                point.claim,
                spare=material.reasons,
                effects=material.effects,
                justified=self._prompt.argues,
            ),
        )

    def _counterargument(self) -> Paragraph:
        if not self._prompt.argues or self._skills.target_words < 180:
            return []
        if not self._dice.chance(0.35 + 0.22 * self._skills.task):
            return []
        other = self._dice.pick(
            [position for position in self._prompt.positions if position is not self._position]
        )
        objection = self._dice.pick(other.points)
        own = self._dice.pick(self._position.points)
        paragraph: Paragraph = []
        level = self._skills.cohesion
        self._say(paragraph, self._speaker.frame(phrases.COUNTERS, level, objection.claim))
        if self._dice.chance(0.4 + 0.15 * self._skills.task):
            self._say(
                paragraph,
                self._speaker.develop(self._dice.pick(objection.reasons), spare=[], effects=[]),
            )
        self._say(paragraph, self._speaker.frame(phrases.REBUTTALS, level, own.claim))
        return paragraph

    def _fill_points(self, materials: list[_Material]) -> None:
        turn = 0
        while self._words < self._skills.target_words:
            open_ones = [material for material in materials if not material.spent]
            if not open_ones:
                unused = [
                    point
                    for point in self._position.points
                    if all(point is not material.point for material in materials)
                ]
                if not unused:
                    break
                materials.append(self._gather(unused[0]))
                self._open_point(materials[-1], len(materials) - 1, last=False)
                continue
            self._continue(open_ones[turn % len(open_ones)])
            turn += 1
        while self._words < self._skills.target_words:
            self._comment(self._dice.pick(materials).paragraph)

    def _continue(self, material: _Material) -> None:
        paragraph, dice = material.paragraph, self._dice
        if dice.chance(self._drift):
            self._digress(paragraph)
        elif dice.chance(self._repeats):
            template = dice.pick(remarks.REPETITIONS)
            said = statement(material.point.claim, past=self._position.past)
            self._say(paragraph, template.replace("[clause]", said))
        elif dice.chance(0.16):
            self._comment(paragraph)
        elif material.examples and (not material.reasons or dice.chance(0.3)):
            self._tell_example(paragraph, material.examples.pop())
        elif material.reasons:
            self._say(paragraph, self._linked(material))
        elif material.effects:
            start = self._speaker.phrase(remarks.RESULTS, self._skills.cohesion)
            self._say(paragraph, self._speaker.consequence(start, material.effects.pop()))

    def _linked(self, material: _Material) -> str:
        reason = material.reasons.pop()
        sentence = self._speaker.develop(reason, spare=material.reasons, effects=material.effects)
        if sentence.endswith("?") or not self._dice.chance(self._links):
            return sentence
        return f"{self._speaker.phrase(remarks.ADDITIONS, self._skills.cohesion)} {sentence}"

    def _tell_example(self, paragraph: Paragraph, example: str) -> None:
        lead = ""
        if self._prompt.argues and self._dice.chance(0.55):
            lead = self._speaker.phrase(remarks.EXAMPLES, self._skills.cohesion)
        self._say(paragraph, f"{lead} {example}")

    def _comment(self, paragraph: Paragraph) -> None:
        levels = remarks.REMARKS if self._prompt.argues else remarks.NARRATIVE_REMARKS
        skill = (self._skills.vocabulary + self._skills.task) / 2
        self._say(paragraph, self._speaker.phrase(levels, skill))

    def _digress(self, paragraph: Paragraph) -> None:
        if self._chatter:
            self._say(paragraph, self._chatter.pop())

    def _conclusion(self) -> Paragraph:
        paragraph: Paragraph = []
        skills = self._skills
        if self._dice.chance(0.72 + 0.16 * skills.task):
            levels = phrases.CONCLUSIONS if self._prompt.argues else phrases.NARRATIVE_ENDS
            thesis = self._dice.pick(self._position.theses)
            self._say(paragraph, self._phrase(levels, skills.cohesion, thesis=thesis))
        if self._prompt.argues and self._dice.chance(0.4):
            self._say(paragraph, self._phrase(remarks.CLOSINGS, skills.cohesion))
        return paragraph

    def _arrange(self, paragraphs: Iterable[Paragraph]) -> list[Paragraph]:
        """Divide the essay into paragraphs as well as the pupil can."""
        whole = [paragraph for paragraph in paragraphs if paragraph]
        level = self._dice.level(self._skills.cohesion)
        if level < 2:
            self._shuffle_some(whole)
        if level == 0:
            return [[sentence for paragraph in whole for sentence in paragraph]]
        if level == 1 and len(whole) > 2:
            merged = self._dice.below(len(whole) - 1)
            whole[merged : merged + 2] = [whole[merged] + whole[merged + 1]]
        return whole

    def _shuffle_some(self, paragraphs: list[Paragraph]) -> None:
        for paragraph in paragraphs[1:-1]:
            if len(paragraph) > 2 and self._dice.chance(0.5):
                moved = paragraph.pop(self._dice.below(len(paragraph)))
                self._dice.pick(paragraphs[1:-1]).append(moved)
