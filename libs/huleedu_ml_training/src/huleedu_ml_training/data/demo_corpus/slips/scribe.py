"""Writing an essay down: how often a pupil slips, and where."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from huleedu_ml_training.data.demo_corpus.dice import Dice
from huleedu_ml_training.data.demo_corpus.pupils import Skills
from huleedu_ml_training.data.demo_corpus.sentence import Paragraph, Sentence
from huleedu_ml_training.data.demo_corpus.slips import grammar, punctuation, spelling
from huleedu_ml_training.data.demo_corpus.slips.contractions import contract

# slip → (skill it depends on, rate at average skill, fall of the log rate per standard deviation);
# rates are per word, per word that has a homophone, or per sentence
_RATES: dict[str, tuple[str, float, float]] = {
    "misspelling": ("spelling", 0.016, 0.80),
    "homophone": ("spelling", 0.016, 0.60),
    "joined": ("spelling", 0.10, 0.60),
    "agreement": ("grammar", 0.070, 0.80),
    "tense": ("grammar", 0.050, 0.70),
    "article": ("grammar", 0.045, 0.75),
    "a_or_an": ("grammar", 0.050, 0.60),
    "preposition": ("grammar", 0.050, 0.65),
    "plural": ("grammar", 0.080, 0.70),
    "comparison": ("grammar", 0.080, 0.80),
    "calque": ("grammar", 0.060, 0.75),
    "missing_comma": ("mechanics", 0.180, 0.50),
    "stray_comma": ("mechanics", 0.040, 0.30),
    "apostrophe": ("mechanics", 0.090, 0.80),
    "splice": ("mechanics", 0.050, 0.60),
    "run_on": ("mechanics", 0.025, 0.80),
    "fragment": ("mechanics", 0.040, 0.50),
    "no_capital": ("mechanics", 0.030, 0.90),
    "small_i": ("mechanics", 0.025, 1.00),
    "small_name": ("mechanics", 0.040, 0.80),
    "no_end": ("mechanics", 0.012, 0.80),
    "piled_end": ("mechanics", 0.010, 0.60),
    "shorthand": ("mechanics", 0.015, 0.60),
    "lone_quote": ("mechanics", 0.008, 0.60),
}
_HABIT_SPREAD = 0.35
_MAX_RATE = 0.75
_KEEPS_MISSPELLING = 0.7


def slip_rates(skills: Skills, dice: Dice) -> dict[str, float]:
    """Return how often a pupil makes each slip, 0…0.75 per occasion.

    A rate falls exponentially with skill; habits of their own make pupils of one skill differ.
    """
    rates: dict[str, float] = {}
    for slip, (skill, average, fall) in _RATES.items():
        habit = dice.normal(0.0, _HABIT_SPREAD)
        rates[slip] = min(average * math.exp(habit - fall * skills.of(skill)), _MAX_RATE)
    return rates


@dataclass(frozen=True, slots=True)
class Manuscript:
    """An essay as handed in.

    Attributes:
        text: The text.
        slips: How many errors were made on the way.
    """

    text: str
    slips: int


class Scribe:
    """Writes an essay down as one pupil would.

    Args:
        skills: What the pupil can do.
        dice: The stream of this pupil's slips.
    """

    def __init__(self, skills: Skills, dice: Dice) -> None:
        self._dice = dice
        self._rates = slip_rates(skills, dice)
        self._contracts = min(max(dice.between(-0.2, 1.0) - 0.1 * skills.vocabulary, 0.0), 0.95)
        self._paragraph_break = "\n\n" if dice.chance(0.8) else "\n"
        self._apostrophe = "\u2019" if dice.chance(0.12) else "'"
        self._spelt: dict[str, str] = {}
        self._slips = 0

    def write(self, paragraphs: Sequence[Paragraph]) -> Manuscript:
        """Return the text of the paragraphs, with slips."""
        written = [self._write_paragraph(paragraph) for paragraph in paragraphs]
        text = self._paragraph_break.join(written).replace("'", self._apostrophe)
        return Manuscript(text, self._slips)

    def _slipped(self, slip: str) -> bool:
        if not self._dice.chance(self._rates[slip]):
            return False
        self._slips += 1
        return True

    def _write_paragraph(self, paragraph: Paragraph) -> str:
        sentences = [
            Sentence(self._spell(self._garble(sentence.words)), sentence.end)
            for sentence in paragraph
        ]
        bounded = self._misplace_boundaries(sentences)
        return " ".join(self._render(sentence) for sentence in bounded)

    def _garble(self, words: Sequence[str]) -> list[str]:
        garbled = list(words)
        for name, operator in _SENTENCE_OPERATORS.items():
            if self._dice.chance(self._rates[name]):
                changed = operator(garbled, self._dice)
                if changed is not None:
                    garbled = changed
                    self._slips += 1
        return contract(garbled, self._contracts, self._dice)

    def _spell(self, words: list[str]) -> list[str]:
        return [self._spell_word(word) for word in words]

    def _spell_word(self, word: str) -> str:
        core = word.rstrip(",;:")
        tail = word[len(core) :]
        if core == "I" or core.startswith("I'"):
            return core.lower() + tail if self._slipped("small_i") else word
        if not core.islower():
            return word.lower() if len(core) > 1 and self._slipped("small_name") else word
        if "'" in core:
            return punctuation.drop_apostrophe(word) if self._slipped("apostrophe") else word
        if core in spelling.HOMOPHONES and self._slipped("homophone"):
            return spelling.confuse(core) + tail
        return self._misspell(core) + tail

    def _misspell(self, word: str) -> str:
        dice = self._dice
        if word in self._spelt and dice.chance(_KEEPS_MISSPELLING):
            self._slips += 1
            return self._spelt[word]
        effort = 0.35 if len(word) < 5 else 1.0 if len(word) < 8 else 1.8
        if not dice.chance(effort * self._rates["misspelling"]):
            return word
        wrong = spelling.misspell(word, dice)
        if wrong != word:
            self._slips += 1
            self._spelt[word] = wrong
        return wrong

    def _misplace_boundaries(self, sentences: list[Sentence]) -> list[Sentence]:
        placed: list[Sentence] = []
        for sentence in sentences:
            before = placed[-1] if placed else None
            if before is not None and before.end == "." and self._slipped("splice"):
                placed[-1] = punctuation.splice(before, sentence)
            elif before is not None and before.end == "." and self._slipped("run_on"):
                placed[-1] = punctuation.run_on(before, sentence)
            else:
                placed.extend(self._fragments(sentence))
        return placed

    def _fragments(self, sentence: Sentence) -> list[Sentence]:
        if self._dice.chance(self._rates["fragment"]):
            parts = punctuation.cut_fragment(sentence, self._dice)
            if parts:
                self._slips += 1
                return parts
        return [sentence]

    def _render(self, sentence: Sentence) -> str:
        text = " ".join(sentence.words)
        if not self._slipped("no_capital"):
            text = text[:1].upper() + text[1:]
        if sentence.end == "." and self._slipped("no_end"):
            return text
        if self._slipped("piled_end"):
            sentence = punctuation.pile_up(sentence, self._dice)
        return text + sentence.end


_SENTENCE_OPERATORS: dict[str, grammar.Operator] = {
    **grammar.OPERATORS,
    "joined": spelling.join_words,
    "missing_comma": punctuation.drop_comma,
    "stray_comma": punctuation.stray_comma,
    "shorthand": punctuation.shorthand,
    "lone_quote": punctuation.lone_quote,
}
