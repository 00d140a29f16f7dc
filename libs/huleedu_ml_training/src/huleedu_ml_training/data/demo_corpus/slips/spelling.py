"""Misspellings, each the kind that hands and ears make."""

from collections.abc import Sequence
from itertools import pairwise

from huleedu_ml_training.data.demo_corpus.dice import Dice
from huleedu_ml_training.data.demo_corpus.lexicon.inflection import VOWELS

_MIN_LETTERS = 4

_KNOWN = """
actually: actualy acctually; again: agen agian; almost: allmost; already: allready;
always: allways alwas; another: an_other anoter; argument: arguement; beautiful: beutiful;
because: becouse becaus becuse beacuse; before: befor; believe: belive beleive;
business: buisness; children: childrens childen; clothes: cloths clothers; country: contry;
definitely: definatly; different: diffrent diferent; difficult: dificult difficoult;
disappear: dissapear; dream: drem; easy: easi eazy; enough: enuff enought;
especially: espesially; every: evry; everybody: evrybody every_body; everyone: everone every_one;
everything: everthing evrything; example: exampel exemple; exciting: exiting;
experience: experiance; family: familly famely; favourite: favorit; finally: finaly;
first: fist frist; forget: forgett; friend: freind frend; friends: freinds frends; future: futur;
government: goverment; happened: happend; health: helth; home: hom; homework: homwork home_work;
important: importent inportant; interesting: intresting intressting; internet: internett;
knowledge: knowlege; language: langauge languge; learn: lern; lesson: leson lektion;
lessons: lesons; library: libary; little: litle littel; lonely: lonley; making: makeing;
maybe: mabye may_be; money: mony; morning: moring; much: mutch; necessary: neccesary;
nobody: no_body; often: offen ofen; opinion: oppinion opinon; parents: perents parants;
people: peopel pepole poeple; person: persen; phone: fone phon; phones: fones phons;
probably: probly propably; problem: problam probelm; really: realy reallly; reason: reson;
remember: remeber rember; responsibility: responsability; school: scool shool skool;
should: shuld shoud; since: sins; someone: some_one; something: somthing some_thing;
sometimes: somtimes sometims; speak: speek; special: speciel; student: studdent;
students: studdents studens; surprising: suprising; teacher: techer teatcher;
teachers: techers teatchers; think: thing tink; through: throu thru; together: togheter togeter;
tomorrow: tommorow; truly: truely; understand: understan undestand; until: untill;
useful: usefull; very: verry wery; want: wont; weird: wierd; when: wen; where: were wher;
which: wich witch; whole: hole; with: whit; without: whitout; would: wuld whould;
writing: writting; young: yung
"""
KNOWN: dict[str, tuple[str, ...]] = {
    word.strip(): tuple(wrong.replace("_", " ") for wrong in misspellings.split())
    for word, misspellings in (entry.split(":") for entry in _KNOWN.split(";"))
}
"""Misspellings that teachers see again and again."""

HOMOPHONES: dict[str, str] = {
    "there": "their", "their": "there", "they're": "there", "your": "you're", "you're": "your",
    "its": "it's", "it's": "its", "to": "too", "too": "to", "than": "then", "then": "than",
    "of": "off", "are": "our", "our": "are", "were": "where", "where": "were", "whose": "who's",
    "lose": "loose", "quite": "quiet", "quiet": "quite", "effect": "affect", "affect": "effect",
    "know": "now", "right": "write", "hear": "here", "here": "hear", "by": "buy", "buy": "by",
    "through": "threw", "whether": "weather", "piece": "peace", "peace": "piece", "no": "know",
    "live": "life", "life": "live", "choose": "chose", "advice": "advise", "bored": "board",
}  # fmt: skip
"""Words that sound alike, or nearly so to a learner."""

_JOINED: dict[tuple[str, str], str] = {
    ("a", "lot"): "alot", ("each", "other"): "eachother", ("every", "day"): "everyday",
    ("at", "least"): "atleast", ("in", "fact"): "infact", ("as", "well"): "aswell",
    ("of", "course"): "ofcourse", ("all", "of"): "allof", ("high", "school"): "highschool",
    ("so", "that"): "sothat", ("even", "though"): "eventhough", ("in", "front"): "infront",
}  # fmt: skip

_PHONETIC: tuple[tuple[str, str], ...] = (
    ("tion", "sion"), ("ight", "ite"), ("ough", "ogh"), ("ence", "ance"), ("ance", "ence"),
    ("ible", "able"), ("able", "ible"), ("ious", "ius"), ("ous", "us"), ("ful", "full"),
    ("ph", "f"), ("wh", "w"), ("ck", "k"), ("ea", "ee"), ("ie", "ei"), ("ei", "ie"),
    ("ou", "o"), ("qu", "kv"), ("mm", "m"), ("ss", "s"), ("ll", "l"), ("tt", "t"), ("rr", "r"),
    ("sc", "s"), ("ch", "sh"), ("ge", "je"), ("ce", "se"), ("ly", "ley"), ("er", "ar"),
    ("ent", "ant"), ("y", "i"), ("c", "k"),
)  # fmt: skip


def drop_letter(word: str, dice: Dice) -> str:
    """Leave one letter out, never the first."""
    if len(word) < _MIN_LETTERS:
        return word
    place = 1 + dice.below(len(word) - 1)
    return word[:place] + word[place + 1 :]


def swap_letters(word: str, dice: Dice) -> str:
    """Exchange two neighbouring letters that differ, never the first."""
    places = [i for i in range(1, len(word) - 1) if word[i] != word[i + 1]]
    if len(word) < _MIN_LETTERS or not places:
        return word
    place = dice.pick(places)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def double_letter(word: str, dice: Dice) -> str:
    """Double a consonant that stands alone within the word."""
    places = [
        i
        for i in range(1, len(word) - 1)
        if word[i] not in VOWELS and word[i] not in {word[i - 1], word[i + 1]}
    ]
    if len(word) < _MIN_LETTERS or not places:
        return word
    place = dice.pick(places)
    return word[:place] + word[place] + word[place:]


def respell(word: str, dice: Dice) -> str:
    """Write a group of letters as it sounds."""
    options = [(old, new) for old, new in _PHONETIC if old in word[1:]]
    if len(word) < _MIN_LETTERS or not options:
        return word
    old, new = dice.pick(options)
    return word[0] + word[1:].replace(old, new, 1)


_OPERATIONS = (respell, drop_letter, swap_letters, double_letter)
_WEIGHTS = (0.45, 0.22, 0.15, 0.18)


def misspell(word: str, dice: Dice) -> str:
    """Return a misspelling of a lower-case word, or the word itself where none comes easily."""
    if word in KNOWN and dice.chance(0.8):
        return dice.pick(KNOWN[word])
    return dice.weighted(_OPERATIONS, _WEIGHTS)(word, dice)


def confuse(word: str) -> str:
    """Return the word that sounds like this one, or the word itself."""
    return HOMOPHONES.get(word, word)


def join_words(words: Sequence[str], dice: Dice) -> list[str] | None:
    """Write two words as one, ``alot``, or return None where no pair invites it."""
    places = [i for i, pair in enumerate(pairwise(words)) if pair in _JOINED]
    if not places:
        return None
    place = dice.pick(places)
    return [*words[:place], _JOINED[words[place], words[place + 1]], *words[place + 2 :]]
