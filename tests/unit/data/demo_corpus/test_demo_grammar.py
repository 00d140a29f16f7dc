"""Words, clauses and sentences come out as English, whatever the prompts make of them."""

import re

import pytest

from huleedu_ml_training.data.demo_corpus.composition import Writer
from huleedu_ml_training.data.demo_corpus.dice import Dice
from huleedu_ml_training.data.demo_corpus.grammar import phrases, remarks
from huleedu_ml_training.data.demo_corpus.grammar.clauses import (
    conjugate,
    inverted,
    parse_clause,
    passive,
    shortened,
    statement,
)
from huleedu_ml_training.data.demo_corpus.grammar.wording import (
    Wording,
    indefinite_article,
    synonym_levels,
)
from huleedu_ml_training.data.demo_corpus.lexicon.inflection import (
    base_form,
    inflect,
    third_person,
)
from huleedu_ml_training.data.demo_corpus.lexicon.synonyms import ADJECTIVES, ADVERBS, NOUNS, VERBS
from huleedu_ml_training.data.demo_corpus.lexicon.verbs import BASE_FORMS
from huleedu_ml_training.data.demo_corpus.prompts import all_prompts
from huleedu_ml_training.data.demo_corpus.prompts.reader import read_prompt
from huleedu_ml_training.data.demo_corpus.pupils import Skills

PROMPTS = all_prompts()
POINTS = [
    (prompt, position, point)
    for prompt in PROMPTS
    for position in prompt.positions
    for point in position.points
]
LEVELS = [
    value
    for module in (phrases, remarks)
    for name, value in vars(module).items()
    if name.isupper() and name not in {"CHATTER", "REPETITIONS"}
]


def wording(level: float = 0.0, seed: int = 0) -> Wording:
    return Wording(Dice("wording", seed), level, ("school",))


@pytest.mark.parametrize(
    ("phrase", "form", "expected"),
    [
        ("try", "s", "tries"),
        ("play", "s", "plays"),
        ("watch", "s", "watches"),
        ("go", "s", "goes"),
        ("have", "s", "has"),
        ("take", "ed", "took"),
        ("stop", "ed", "stopped"),
        ("carry", "ed", "carried"),
        ("enjoy", "ed", "enjoyed"),
        ("write", "en", "written"),
        ("help", "en", "helped"),
        ("make", "ing", "making"),
        ("lie", "ing", "lying"),
        ("see", "ing", "seeing"),
        ("be", "ing", "being"),
        ("sit", "ing", "sitting"),
        ("take advantage of", "ing", "taking advantage of"),
        ("clamp down on", "ed", "clamped down on"),
        ("difficulty", "pl", "difficulties"),
        ("good idea", "pl", "good ideas"),
    ],
)
def test_forms_of_words(phrase, form, expected):
    assert expected == inflect(phrase, form)


@pytest.mark.parametrize("verb", BASE_FORMS)
def test_base_form_undoes_the_third_person(verb):
    assert verb == base_form(third_person(verb))


@pytest.mark.parametrize(
    ("word", "article"),
    [
        ("apple", "an"), ("dog", "a"), ("hour", "an"), ("house", "a"), ("uniform", "a"),
        ("useful", "a"), ("unfair", "an"), ("AI", "an"), ("European", "a"), ("uncle", "an"),
    ],
)  # fmt: skip
def test_article_goes_by_the_sound(word, article):
    assert article == indefinite_article(word.replace("European", "european"))


@pytest.mark.parametrize("entries", [ADJECTIVES, ADVERBS, VERBS, NOUNS])
def test_every_entry_has_words_on_four_levels(entries):
    for entry in entries:
        levels = synonym_levels(entry)
        assert 4 == len(levels), entry
        assert all(word for level in levels for word in level), entry


def test_unknown_entry_is_refused():
    with pytest.raises(KeyError, match="nonsense"):
        wording().fill("a {nonsense}")


def test_words_of_a_wide_vocabulary_are_rarer():
    plain = {wording(-4.0, seed).fill("{important}") for seed in range(20)}
    advanced = {wording(4.0, seed).fill("{important}") for seed in range(20)}

    assert {"important"} == plain
    assert {"vital", "crucial"} == advanced


def test_alternatives_forms_and_articles_are_filled():
    filled = {wording(4.0, seed).fill("a {important} <egg/day>") for seed in range(40)}

    assert {"a vital egg", "a vital day", "a crucial egg", "a crucial day"} == filled
    assert "an egg" == wording().fill("a egg")
    assert wording(-4.0).fill("she {help+s} and {help+ed}") == "she helps and helped"


def test_friend_keeps_the_name_throughout_an_essay():
    one = wording()

    assert 1 == len({one.fill("{@friend}") for _ in range(20)})


CLAUSES = [
    (
        "a phone | {disturb+s} | the class | is | during the lesson",
        "a phone {disturb+s} the class during the lesson",
        "a phone {disturb+ed} the class during the lesson",
        "the class is {disturb+en} during the lesson by a phone",
    ),
    (
        "you | can never take | a photo | is | back",
        "you can never take a photo back",
        "you could never take a photo back",
        "a photo can never be taken back",
    ),
    (
        "we | throw away | a third of it | is |",
        "we throw away a third of it",
        "we threw away a third of it",
        "a third of it is thrown away",
    ),
    (
        "she | is | never late",
        "she is never late",
        "she was never late",
        "she is never late",
    ),
    (
        "he | does not need | any words",
        "he does not need any words",
        "he did not need any words",
        "he does not need any words",
    ),
    (
        "they | do not use | the pool | is | in winter",
        "they do not use the pool in winter",
        "they did not use the pool in winter",
        "the pool is not used in winter",
    ),
    (
        "I | am | alone",
        "I am alone",
        "I was alone",
        "I am alone",
    ),
]


@pytest.mark.parametrize(("source", "now", "then", "turned"), CLAUSES)
def test_clause_in_present_past_and_passive(source, now, then, turned):
    clause = parse_clause(source)

    assert now == statement(clause)
    assert then == statement(clause, past=True)
    assert turned == passive(clause)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("he | sees | us", "does he see us"),
        ("they | are | late", "are they late"),
        ("we | {like} | it", "do we {like} it"),
    ],
)
def test_inverted_clause(source, expected):
    assert expected == inverted(parse_clause(source))


def test_clause_with_a_modal_is_not_inverted():
    with pytest.raises(ValueError, match="'can'"):
        inverted(parse_clause("he | can swim | well"))


@pytest.mark.parametrize(
    "source", ["he | sees", "a | b | c | d", "he | really | ", "he | can | swim"]
)
def test_what_is_no_clause_is_refused(source):
    with pytest.raises(ValueError, match=re.escape(source.strip())):
        parse_clause(source)


def test_details_at_the_end_can_go():
    assert "she listens" == statement(
        shortened(parse_clause("she | listens | to us without looking at a clock"))
    ).replace(" to us", "")
    kept = parse_clause("it | is | better than in July")
    assert kept == shortened(kept)


def test_effect_takes_the_form_of_its_verb():
    assert "makes it {hard}" == conjugate("make it {hard}", "s")
    assert "{hurt+ing} us" == conjugate("{hurt} us", "ing")


@pytest.mark.parametrize(("prompt", "position", "point"), POINTS)
def test_all_that_a_point_says_can_be_said(prompt, position, point):
    fill = Wording(Dice(prompt.name, point.label), 0.0, prompt.topics).fill
    clauses = [point.claim, *point.reasons]
    said = [statement(clause, past=position.past) for clause in clauses]
    said += [passive(clause, past=position.past) for clause in clauses]
    said += [statement(shortened(clause)) for clause in clauses]
    said += [conjugate(effect, form) for effect in point.effects for form in ("s", "ed", "ing")]
    said += point.examples

    for template in said:
        assert re.fullmatch(r"[\w', .;:-]+", fill(template)), template
    assert len(point.reasons) >= 3
    assert len(point.examples) >= 2
    assert len(point.effects) == 2


@pytest.mark.parametrize("prompt", PROMPTS, ids=lambda prompt: prompt.name)
def test_every_prompt_can_be_answered_in_several_ways(prompt):
    assert len(prompt.positions) >= 2
    assert all(len(position.points) >= 4 for position in prompt.positions)
    assert all(len(position.theses) >= 3 for position in prompt.positions)
    assert len(prompt.openers) >= 4


@pytest.mark.parametrize("levels", LEVELS)
def test_set_phrases_can_be_filled_on_every_level(levels):
    assert 4 == len(levels)
    for phrase in (phrase for level in levels for phrase in level):
        filled = wording().fill(phrase)
        assert not set("{}<>") & set(filled), phrase


def test_file_with_an_unknown_keyword_is_refused():
    with pytest.raises(ValueError, match="line 2: no keyword of a prompt: 'titel: x'"):
        read_prompt("# a comment\ntitel: x\n")


def test_file_without_a_text_is_refused():
    with pytest.raises(KeyError, match="text"):
        read_prompt("name: x\n")


def composed(level: float) -> list[list[str]]:
    skills = Skills(*[level] * 7, fluency=0.0)
    essays = [Writer(PROMPTS[i % 14], skills, Dice("composed", i)).write() for i in range(56)]
    return [
        [" ".join(sentence.words) for paragraph in essay for sentence in paragraph]
        for essay in essays
    ]


def test_better_writers_use_longer_sentences_more_paragraphs_and_drift_less():
    def chatter(essays: list[list[str]]) -> int:
        starts = tuple(text.split("{")[0] for text in remarks.CHATTER if "{" not in text[:12])
        return sum(sentence.startswith(starts) for essay in essays for sentence in essay)

    def mean_length(essays: list[list[str]]) -> float:
        sentences = [sentence for essay in essays for sentence in essay]
        return sum(len(sentence.split()) for sentence in sentences) / len(sentences)

    weak, strong = composed(-1.5), composed(1.5)

    assert mean_length(strong) > mean_length(weak) + 3
    assert chatter(weak) > 20
    assert 0 == chatter(strong)


def test_weak_writers_hand_in_one_block_and_strong_ones_paragraphs():
    def paragraphs(level: float) -> list[int]:
        skills = Skills(*[level] * 7, fluency=0.5)
        return [len(Writer(PROMPTS[i % 14], skills, Dice("blocks", i)).write()) for i in range(40)]

    assert sum(count == 1 for count in paragraphs(-2.0)) > 30
    assert min(paragraphs(2.0)) >= 3
