"""English verbs whose form does not go with the word that governs them."""

from collections.abc import Iterator

from huleedu_essay_features.checking.english_syntax.sentence import VERB_TAGS, Sentence, Word
from huleedu_essay_features.checking.word_lists import word_lists

_LISTS = word_lists("english_rules").lists

_DO = _LISTS["do"]
_HAVE = _LISTS["have"]
_BE = _LISTS["be"]
_UNCHANGED = _LISTS["unchanged"]
_PRETERITES = _LISTS["preterites"]
_PARTICIPLES = _LISTS["participles"]
_PREPOSITIONS = _LISTS["prepositions"]
_ALSO_NOUNS = _LISTS["also_nouns"]
_BASIC_TAGS = frozenset(("VB", "VBP", "VBZ"))
_INFLECTED_TAGS = frozenset(("VBZ", "VBD", "VBN", "VBG"))
_NEW_CLAUSE_TAGS = VERB_TAGS | {",", "CC", "``", ":"}
_WANTS_TO = _LISTS["wants_to"]
_AS_MUCH_AS_ONE_CAN = _LISTS["as_much_as_one_can"]
_REACH = 6


def check_auxiliaries(sentence: Sentence) -> Iterator[tuple[Word, str]]:
    """Yield each verb whose form its nearest auxiliary does not allow: "can helped"."""
    for verb in sentence.verbs:
        auxiliaries = [a for a in sentence.auxiliaries(verb) if a.at < verb.at]
        if not auxiliaries or any(
            word.tag in _NEW_CLAUSE_TAGS for word in sentence.between(auxiliaries[-1], verb)
        ):
            continue
        rule = _conflict(auxiliaries[-1], verb)
        if rule is not None:
            yield verb, rule


def check_infinitives(sentence: Sentence) -> Iterator[tuple[Word, str]]:
    """Yield "get" in "for get" and "want get", and "to" in "can to get"."""
    for word in sentence.words:
        after = sentence.next(word)
        if after is None:
            break
        if word.tag == "MD":
            if after.key == "to" and not _is_as_much_as_one_can(sentence, word):
                yield after, "en-modal-to"
        elif after.tag == "VB" and after.head == word.at and after.key not in _ALSO_NOUNS:
            if word.tag == "IN" and word.key in _PREPOSITIONS:
                yield after, "en-preposition-form"
            elif word.tag in VERB_TAGS and word.key in _WANTS_TO:
                yield after, "en-to-missing"


def check_negations(sentence: Sentence) -> Iterator[tuple[Word, str]]:
    """Yield "no" in "they no have", where "not" and an auxiliary belong."""
    for word in sentence.words:
        after = sentence.next(word) if word.key == "no" else None
        if after is None or after.tag not in {"VB", "VBP", "VBZ", "MD"}:
            continue
        before = sentence.previous(word)
        is_answer = before is not None and before.key in {"say", "says", "said", "saying"}
        if (
            not is_answer
            and after.key not in {"do", "does"}
            and after.dep not in {"compound", "amod"}
        ):
            yield word, "en-no-not"


def _conflict(auxiliary: Word, verb: Word) -> str | None:
    """Return the rule that a verb breaks after an auxiliary, or None."""
    if verb.key in _UNCHANGED:
        return None
    is_inflected = verb.tag in _INFLECTED_TAGS
    is_basic = verb.tag in _BASIC_TAGS or (verb.tag == "VBN" and _is_no_participle(verb.key))
    if auxiliary.tag == "MD":
        rule, broken = "en-modal-form", is_inflected and auxiliary.key != "'d"
    elif auxiliary.tag == "TO":
        rule, broken = "en-to-form", is_inflected and verb.tag != "VBG"
    elif auxiliary.key in _DO:
        rule, broken = "en-do-form", is_inflected
    elif auxiliary.key in _HAVE:
        is_preterite = verb.tag in {"VBD", "VBN"} and verb.key in _PRETERITES
        rule, broken = "en-have-form", is_basic or is_preterite
    else:
        is_be = auxiliary.key in _BE and verb.key not in _BE
        rule, broken = "en-be-form", is_be and is_basic
    return rule if broken else None


def _is_no_participle(word: str) -> bool:
    """Return whether a word that the parser took for a participle cannot be one ("is allow")."""
    return word.isalpha() and word[-1] not in "dntkgm" and word not in _PARTICIPLES


def _is_as_much_as_one_can(sentence: Sentence, modal: Word) -> bool:
    """Return whether "to" after a modal begins a clause of purpose: "all I can to win"."""
    before = sentence.words[max(0, modal.at - _REACH) : modal.at]
    return any(word.key in _AS_MUCH_AS_ONE_CAN for word in before)
