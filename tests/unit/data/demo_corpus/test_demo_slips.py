"""Every slip is the error that its name says, and no slip is lost or counted for nothing."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huleedu_ml_training.data.demo_corpus.dice import Dice
from huleedu_ml_training.data.demo_corpus.pupils import Skills
from huleedu_ml_training.data.demo_corpus.sentence import Sentence
from huleedu_ml_training.data.demo_corpus.slips import grammar, punctuation, spelling
from huleedu_ml_training.data.demo_corpus.slips.contractions import contract
from huleedu_ml_training.data.demo_corpus.slips.scribe import Scribe, slip_rates

WORDS = st.text(string.ascii_lowercase, min_size=1, max_size=14)
SEEDS = st.integers(0, 10_000)


def outcomes(operator, sentence: str) -> set[str | None]:
    results = (operator(sentence.split(), Dice("outcomes", seed)) for seed in range(40))
    return {None if words is None else " ".join(words) for words in results}


def pupil(level: float) -> Skills:
    return Skills(*[level] * 8)


@given(WORDS, SEEDS)
def test_dropping_a_letter_keeps_the_first_and_the_order(word, seed):
    dropped = spelling.drop_letter(word, Dice(seed))

    if len(word) < 4:
        assert word == dropped
    else:
        assert len(word) - 1 == len(dropped)
        assert word[0] == dropped[0]
        assert dropped in {word[:i] + word[i + 1 :] for i in range(1, len(word))}


@given(WORDS, SEEDS)
def test_swapping_keeps_the_letters_and_the_first_place(word, seed):
    swapped = spelling.swap_letters(word, Dice(seed))

    assert sorted(word) == sorted(swapped)
    assert word[0] == swapped[0]
    assert sum(a != b for a, b in zip(word, swapped, strict=True)) in {0, 2}


@given(WORDS, SEEDS)
def test_doubling_adds_one_letter_next_to_its_twin(word, seed):
    doubled = spelling.double_letter(word, Dice(seed))

    if doubled != word:
        assert len(word) + 1 == len(doubled)
        assert any(
            doubled[i] == doubled[i + 1] and doubled[:i] + doubled[i + 1 :] == word
            for i in range(1, len(doubled) - 1)
        )


@pytest.mark.parametrize(
    ("word", "sounded"),
    [
        ("telephone", {"telefone"}),
        ("station", {"stasion"}),
        ("quickly", {"quikly", "quiccly", "quickley", "quickli", "quikkly"}),
        ("cat", {"cat"}),
    ],
)
def test_respelling_follows_the_sound(word, sounded):
    respelt = {spelling.respell(word, Dice("sound", seed)) for seed in range(60)}

    assert respelt & sounded
    assert all(candidate[0] == word[0] for candidate in respelt)


def test_well_known_misspellings_are_preferred():
    found = [spelling.misspell("because", Dice("known", seed)) for seed in range(100)]

    assert sum(word in spelling.KNOWN["because"] for word in found) > 60


def test_no_listed_misspelling_is_right():
    assert all(word not in wrong for word, wrong in spelling.KNOWN.items())


def test_homophones_are_exchanged_and_other_words_left_alone():
    assert "their" == spelling.confuse("there")
    assert "then" == spelling.confuse("than")
    assert "school" == spelling.confuse("school")


@pytest.mark.parametrize(
    ("operator", "sentence", "expected"),
    [
        (spelling.join_words, "I like it a lot", {"I like it alot"}),
        (grammar.break_agreement, "he goes home", {"he go home"}),
        (grammar.break_agreement, "it is fine", {"it are fine"}),
        (grammar.break_agreement, "they help us", {None, "they helps us"}),
        (grammar.shift_tense, "she took it", {"she take it"}),
        (grammar.shift_tense, "it was, we thought, late", {
            "it is, we thought, late", "it was, we think, late"}),
        (grammar.lose_article, "a dog saw the cat", {"dog saw the cat", "a dog saw cat"}),
        (grammar.exchange_article, "eat an apple", {"eat a apple"}),
        (grammar.exchange_preposition, "good at maths", {"good in maths", "good on maths"}),
        (grammar.lose_plural, "many friends, and more", {"many friend, and more"}),
        (grammar.double_comparison, "this is better", {"this is more better"}),
        (grammar.translate_literally, "we agree now", {"we am agree now"}),
        (grammar.translate_literally, "these days we walk", {"in these days we walk"}),
        (punctuation.drop_comma, "yes, I do", {"yes I do"}),
        (punctuation.stray_comma, "I know that it works", {"I know, that it works"}),
        (punctuation.shorthand, "we sing and dance", {"we sing & dance"}),
        (punctuation.lone_quote, "a b c d", {'a "b c d', 'a b "c d', 'a b c "d'}),
    ],
)  # fmt: skip
def test_sentence_operator_makes_its_error(operator, sentence, expected):
    assert expected == outcomes(operator, sentence)


@pytest.mark.parametrize(
    "operator",
    [
        *grammar.OPERATORS.values(),
        spelling.join_words,
        punctuation.drop_comma,
        punctuation.stray_comma,
        punctuation.shorthand,
        punctuation.lone_quote,
    ],
)
def test_sentence_operator_without_occasion_does_nothing(operator):
    assert {None} == outcomes(operator, "yes")


OCCASIONS = st.sampled_from(
    ["the", "they", "help", "many", "friends,", "is", "was", "at", "a", "lot", "lot,", "that"]
)


@given(st.lists(OCCASIONS, min_size=1, max_size=12), SEEDS)
def test_operators_leave_their_input_alone_and_always_change_the_sentence(words, seed):
    for operator in (*grammar.OPERATORS.values(), spelling.join_words, punctuation.drop_comma):
        before = list(words)
        changed = operator(words, Dice(seed))
        assert before == words
        assert changed != words


def test_splice_and_run_on_join_two_sentences():
    first, second = Sentence(["we", "ran"]), Sentence(["it", "rained"], "!")

    assert Sentence(["we", "ran,", "it", "rained"], "!") == punctuation.splice(first, second)
    assert Sentence(["we", "ran", "it", "rained"], "!") == punctuation.run_on(first, second)


def test_fragment_is_cut_before_a_conjunction():
    sentence = Sentence(["we", "stayed", "at", "home,", "because", "it", "was", "raining"], "!")

    assert [
        Sentence(["we", "stayed", "at", "home"], "."),
        Sentence(["because", "it", "was", "raining"], "!"),
    ] == punctuation.cut_fragment(sentence, Dice(1))
    assert punctuation.cut_fragment(Sentence(["no", "because"]), Dice(1)) is None


def test_marks_pile_up():
    assert "??" == punctuation.pile_up(Sentence(["why"], "?"), Dice(1)).end
    assert punctuation.pile_up(Sentence(["go"]), Dice(1)).end in {"!!", "!!!", "..."}


def test_apostrophe_is_dropped():
    assert "dont," == punctuation.drop_apostrophe("don't,")


def test_contractions_are_made_where_english_has_them():
    always = Dice("contract")

    assert ["I", "don't", "know"] == contract(["I", "do", "not", "know"], 1.0, always)
    assert ["I", "can't", "go"] == contract(["I", "cannot", "go"], 1.0, always)
    assert ["who", "we", "are", "and", "why"] == contract(
        ["who", "we", "are", "and", "why"], 1.0, always
    )
    assert ["yes", "it", "is"] == contract(["yes", "it", "is"], 1.0, always)
    assert ["I", "do", "not", "know"] == contract(["I", "do", "not", "know"], 0.0, always)


def test_slips_become_rarer_with_skill():
    rates = [slip_rates(pupil(level), Dice("same habits")) for level in (-2.0, 0.0, 2.0)]

    for slip in rates[0]:
        assert rates[0][slip] > rates[1][slip] > rates[2][slip] > 0
        assert rates[0][slip] <= 0.75


PARAGRAPHS = [
    [Sentence(["this", "is", "the", "first", "sentence"]), Sentence(["is", "it"], "?")],
    [Sentence(["Elsa", "and", "I", "think", "so"])],
]


def test_flawless_pupil_writes_the_text_as_it_is():
    written = Scribe(pupil(60.0), Dice("flawless")).write(PARAGRAPHS)

    flawless = "This is the first sentence. Is it?|Elsa and I think so."
    assert 0 == written.slips
    assert flawless == written.text.replace("\n\n", "|").replace("\n", "|")


def test_weak_pupil_makes_many_more_slips_than_a_strong_one():
    def slips(level: float) -> int:
        scribes = (Scribe(pupil(level), Dice("pupils", number)) for number in range(50))
        return sum(scribe.write(PARAGRAPHS).slips for scribe in scribes)

    assert slips(-2.0) > 5 * slips(1.0) > 0
