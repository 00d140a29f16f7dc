"""English nouns that do not agree with their determiner, or lack one."""

from collections.abc import Iterator

from huleedu_essay_features.checking.english_syntax.sentence import Sentence, Word
from huleedu_essay_features.checking.english_syntax.subjects import UNCLEAR_NOUNS
from huleedu_essay_features.checking.word_lists import word_lists

_LISTS = word_lists("english_rules").lists

_PLURAL_DETERMINERS = _LISTS["plural_determiners"]
_SINGULAR_DETERMINERS = _LISTS["singular_determiners"]
_NUMBERS = _LISTS["numbers"]
_MEASURES = _LISTS["measures"]
_QUANTITIES = _LISTS["quantities"]
_ATTRIBUTES = frozenset(("JJ", "JJR", "JJS", "RB", "RBS", "VBN", "VBG", "PRP$", "DT", "CD"))
_AFTER_MEASURE = frozenset(("NN", "NNS", "NNP", "HYPH", "JJ", "VBG", "VBN", "POS", "CD"))

_COUNTABLE = _LISTS["countable"]
_AFTER_PREPOSITION = _LISTS["after_preposition"]
_DETERMINER_RELATIONS = frozenset(("det", "det:predet", "nmod:poss", "nummod", "compound", "case"))
_DETERMINER_TAGS = frozenset(("CD", "DT", "PDT", "POS", "PRP$", "NNP", "WDT", "WP$"))
_DETERMINER_WORDS = _LISTS["determiner_words"]
_NO_ARTICLE_AFTER_TAGS = _DETERMINER_TAGS | {"NN", "NNS", "HYPH", "CC", "VBG"}
_NO_ARTICLE_AFTER = _LISTS["no_article_after"]
_NO_ARTICLE_BEFORE_TAGS = frozenset(("NN", "NNS", "NNP", "POS", "HYPH", "CD", ":"))
_NO_ARTICLE_RELATIONS = frozenset(("compound", "obl:npmod", "conj", "appos", "root", "vocative"))


def check_determiners(sentence: Sentence) -> Iterator[tuple[Word, str]]:
    """Yield each noun that does not agree with a determiner: "many thing", "this clubs"."""
    for noun in sentence.words:
        if noun.tag not in {"NN", "NNS"} or not noun.key.isalpha():
            continue
        for word in sentence.children(noun, "det", "amod", "nummod"):
            if word.at < noun.at and _are_one_phrase(sentence, word, noun):
                rule = _conflict(sentence, word, noun)
                if rule is not None:
                    yield noun, rule
                    break


def check_one_of(sentence: Sentence) -> Iterator[tuple[Word, str]]:
    """Yield each singular in "one of the reason"."""
    for word in sentence.words:
        of = sentence.next(word) if word.key == "one" else None
        noun = None if of is None or of.key != "of" else sentence.child(of, "nmod", "obl")
        if (
            noun is not None
            and noun.tag == "NN"
            and noun.key not in UNCLEAR_NOUNS
            and sentence.child(noun, "det", "nmod:poss") is not None
        ):
            yield noun, "en-one-of"


def check_articles(sentence: Sentence) -> Iterator[tuple[Word, str]]:
    """Yield each countable noun without a determiner: "I have phone", "with other student"."""
    for noun in sentence.words:
        if noun.tag != "NN" or noun.key not in _COUNTABLE or noun.dep in _NO_ARTICLE_RELATIONS:
            continue
        before = [word for word in sentence.children(noun) if word.at < noun.at]
        if _lacks_article(sentence, noun, before):
            yield noun, "en-article-missing"
        elif _follows_bare_other(sentence, before):
            yield noun, "en-other-number"


def _conflict(sentence: Sentence, word: Word, noun: Word) -> str | None:
    if noun.tag == "NN" and _needs_plural(word) and not _is_measure(sentence, noun):
        return "en-determiner-plural"
    needs_singular = word.dep == "det" and word.key in _SINGULAR_DETERMINERS
    if noun.tag == "NNS" and needs_singular and not _is_quantity(sentence, word, noun):
        return "en-determiner-singular"
    return None


def _are_one_phrase(sentence: Sentence, word: Word, noun: Word) -> bool:
    return all(between.tag in _ATTRIBUTES for between in sentence.between(word, noun))


def _needs_plural(word: Word) -> bool:
    if word.dep == "nummod":
        return word.key in _NUMBERS or (word.key.isdecimal() and word.key not in {"0", "1"})
    return word.key in _PLURAL_DETERMINERS


def _is_measure(sentence: Sentence, noun: Word) -> bool:
    """Return whether a noun is part of a measure: "two hour long", "five-minute"."""
    after = sentence.next(noun)
    return noun.dep in {"obl:npmod", "compound"} or (
        after is not None and (after.tag in _AFTER_MEASURE or after.key == "-")
    )


def _is_quantity(sentence: Sentence, determiner: Word, noun: Word) -> bool:
    """Return whether "a" belongs to a quantity: "a few things", "another two people"."""
    return noun.key in _MEASURES | UNCLEAR_NOUNS or any(
        word.key in _QUANTITIES or word.tag == "CD" for word in sentence.between(determiner, noun)
    )


def _lacks_article(sentence: Sentence, noun: Word, before: list[Word]) -> bool:
    if any(
        word.dep in _DETERMINER_RELATIONS
        or word.tag in _DETERMINER_TAGS
        or word.key in _DETERMINER_WORDS
        for word in before
    ):
        return False
    first = min(before, default=noun)
    if noun.at - first.at != len(before):
        return False  # something that is no part of the phrase stands inside it
    left, right = sentence.previous(first), sentence.next(noun)
    if left is None and before:
        return False
    if left is not None and (left.tag in _NO_ARTICLE_AFTER_TAGS or left.key in _NO_ARTICLE_AFTER):
        return False
    if right is not None and (right.tag in _NO_ARTICLE_BEFORE_TAGS or right.key in {"'", "-", "/"}):
        return False
    head = sentence.head(noun)
    governed = head is not None and head.key in {"for", "in", "from", "of", "to"}
    return not (governed and noun.key in _AFTER_PREPOSITION)


def _follows_bare_other(sentence: Sentence, before: list[Word]) -> bool:
    """Return whether a noun has "other" or "different" before it, and no determiner."""
    adjectives = [word for word in before if word.dep == "amod"]
    if not any(word.key in {"other", "different"} for word in adjectives) or any(
        word.dep in {"det", "nmod:poss", "nummod", "compound"} for word in before
    ):
        return False
    left = sentence.previous(adjectives[0])
    return left is None or left.tag not in {"DT", "PRP$", "POS", "JJ", "CC", "CD"}
