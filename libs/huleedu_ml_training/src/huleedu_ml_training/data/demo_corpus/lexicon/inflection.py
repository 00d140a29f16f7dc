"""Forms of English verbs and nouns."""

from functools import cache

from huleedu_ml_training.data.demo_corpus.lexicon.word_lists import word_set

VOWELS = frozenset("aeiou")


_IRREGULAR = """
be was been; become became become; begin began begun; bite bit bitten; break broke broken;
bring brought brought; build built built; buy bought bought; catch caught caught;
choose chose chosen; come came come; cost cost cost; cut cut cut; do did done; draw drew drawn;
drink drank drunk; drive drove driven; eat ate eaten; fall fell fallen; feel felt felt;
fight fought fought; find found found; fly flew flown; forget forgot forgotten;
forgive forgave forgiven; get got got; give gave given; go went gone; grow grew grown;
have had had; hear heard heard; hide hid hidden; hit hit hit; hold held held; hurt hurt hurt;
keep kept kept; know knew known; lead led led; leave left left; let let let; lie lay lain;
lose lost lost; make made made; mean meant meant; meet met met; pay paid paid; put put put;
read read read; ride rode ridden; ring rang rung; rise rose risen; run ran run; say said said;
see saw seen; sell sold sold; send sent sent; set set set; shine shone shone; show showed shown;
shut shut shut; sing sang sung; sit sat sat; sleep slept slept; speak spoke spoken;
spend spent spent; stand stood stood; steal stole stolen; strive strove striven; swim swam swum;
take took taken; teach taught taught; tell told told; think thought thought; throw threw thrown;
understand understood understood; wake woke woken; wear wore worn; win won won;
withdraw withdrew withdrawn; write wrote written
"""
_PRINCIPAL_PARTS = {
    lemma: (past, participle)
    for lemma, past, participle in (entry.split() for entry in _IRREGULAR.split(";"))
}
_PRESENT = {"be": "is", "have": "has", "do": "does", "go": "goes"}
_DOUBLING = word_set(
    "admit ban begin chat commit control cut drop equip fit forget get grab hit jog let permit "
    "plan prefer put regret rob run set shop shut sit skip stop swim tap travel trap win"
)
_SIBILANT = ("s", "x", "z", "ch", "sh", "o")


def _add_s(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in VOWELS:
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(_SIBILANT) else "s")


def _stem(lemma: str) -> str:
    return lemma + lemma[-1] if lemma in _DOUBLING else lemma


def third_person(lemma: str) -> str:
    """Return the third person singular present, e.g. ``"tries"``."""
    return _PRESENT.get(lemma) or _add_s(lemma)


def past(lemma: str) -> str:
    """Return the simple past, e.g. ``"took"``; ``"was"`` for ``"be"``."""
    if lemma in _PRINCIPAL_PARTS:
        return _PRINCIPAL_PARTS[lemma][0]
    if lemma.endswith("e"):
        return lemma + "d"
    if lemma.endswith("y") and lemma[-2] not in VOWELS:
        return lemma[:-1] + "ied"
    return _stem(lemma) + "ed"


def participle(lemma: str) -> str:
    """Return the past participle, e.g. ``"taken"``."""
    return _PRINCIPAL_PARTS[lemma][1] if lemma in _PRINCIPAL_PARTS else past(lemma)


def gerund(lemma: str) -> str:
    """Return the form in -ing, e.g. ``"taking"``."""
    if lemma.endswith("ie"):
        return lemma[:-2] + "ying"
    if lemma.endswith("e") and not lemma.endswith(("ee", "oe")) and lemma != "be":
        return lemma[:-1] + "ing"
    return _stem(lemma) + "ing"


def plural(noun: str) -> str:
    """Return the regular plural of a noun, e.g. ``"difficulties"``."""
    return _add_s(noun)


_FORMS = {"s": third_person, "ed": past, "en": participle, "ing": gerund, "pl": plural}


@cache
def inflect(phrase: str, form: str) -> str:
    """Return a phrase with its head in another form.

    Args:
        phrase: A verb in its base form with or without particles, where the first word is the
            head, or a noun with or without modifiers before it, where the last word is.
        form: ``s``, ``ed``, ``en`` or ``ing`` for verbs, ``pl`` for nouns.
    """
    if form == "pl":
        modifiers, _, noun = phrase.rpartition(" ")
        return f"{modifiers} {plural(noun)}".strip()
    verb, _, particles = phrase.partition(" ")
    return f"{_FORMS[form](verb)} {particles}".strip()


@cache
def base_form(present: str) -> str:
    """Return the base form of a verb in the present tense; the inverse of :func:`third_person`."""
    for lemma, form in _PRESENT.items():
        if present == form:
            return lemma
    if present.endswith("ies") and len(present) > 4:
        return present[:-3] + "y"
    if present.endswith("es") and present[:-2].endswith(_SIBILANT):
        # "closes" and "misses" end alike; a doubled s or another hiss tells them apart
        if present.endswith(("ses", "zes")) and not present.endswith(("sses", "zzes")):
            return present[:-1]
        return present[:-2]
    if present.endswith("s") and not present.endswith("ss"):
        return present[:-1]
    return present
