"""From the labels of trained pipelines to universal ones."""

import json

import pytest

from huleedu_essay_features.parsing.labels import LabelledToken, english, swedish
from huleedu_essay_features.parsing.models import find_model
from huleedu_ml_training.testing.parser_suite import UNIVERSAL_TAGS

ENGLISH = find_model("en").directory
RELATIONS = {
    *("acl", "acl:relcl", "advcl", "advmod", "amod", "appos", "aux", "aux:pass", "case", "cc"),
    *("cc:preconj", "ccomp", "compound", "compound:prt", "conj", "csubj", "csubj:pass", "dep"),
    *("det", "det:predet", "discourse", "expl", "iobj", "mark", "nmod", "nmod:poss", "nsubj"),
    *("nsubj:pass", "nummod", "obj", "obl", "obl:agent", "obl:npmod", "parataxis", "punct"),
    *("root", "xcomp", "xcomp:pred"),
}
SUC_TAGS = (
    *("AB", "DT", "HA", "HD", "HP", "HS", "IE", "IN", "JJ", "KN", "MAD", "MID", "NN", "PAD"),
    *("PC", "PL", "PM", "PN", "PP", "PS", "RG", "RO", "SN", "UO", "VB"),
)
"""The first parts of the tags of the Swedish pipeline."""


def sentence(rows):
    """Tokens from ``form/tag/relation/head``."""
    parts = [row.split("/") for row in rows.split()]
    return [LabelledToken(form, tag, dep, int(head)) for form, tag, dep, head in parts]


def english_tags():
    return json.loads((ENGLISH / "tagger" / "cfg").read_text())["labels"]


def english_relations():
    return json.loads((ENGLISH / "meta.json").read_text())["labels"]["parser"]


@pytest.mark.parametrize("tag", english_tags())
def test_every_english_tag_has_a_part_of_speech(tag):
    ((upos, _),) = english([LabelledToken("x", tag, "ROOT", 0)])

    assert upos in UNIVERSAL_TAGS
    assert (tag in {"ADD", "FW", "LS", "XX", "_SP"}) is (upos == "X")


@pytest.mark.parametrize("relation", english_relations())
def test_every_english_relation_has_a_universal_name(relation):
    tokens = [LabelledToken("go", "VB", "ROOT", 0), LabelledToken("x", "NN", relation, 0)]

    assert english(tokens)[1][1] in RELATIONS


@pytest.mark.parametrize("tag", SUC_TAGS)
def test_every_swedish_tag_has_a_part_of_speech(tag):
    ((upos, dep),) = swedish([LabelledToken("x", f"{tag}|UTR", "ROOT", 0)])

    assert upos in UNIVERSAL_TAGS
    assert (tag == "UO") is (upos == "X")
    assert "root" == dep


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # What a preposition's object is called depends on what the phrase modifies.
        ("sat/VBD/ROOT/0 in/IN/prep/0 it/PRP/pobj/1", "VERB/root ADP/case PRON/obl"),
        ("man/NN/ROOT/0 in/IN/prep/0 it/PRP/pobj/1", "NOUN/root ADP/case PRON/nmod"),
        ("hit/VBN/ROOT/0 by/IN/agent/0 it/PRP/pobj/1", "VERB/root ADP/case PRON/obl:agent"),
        ("way/NN/ROOT/0 of/IN/prep/0 going/VBG/pcomp/1", "NOUN/root ADP/mark VERB/acl"),
        ("left/VBD/ROOT/0 by/IN/prep/0 going/VBG/pcomp/1", "VERB/root ADP/mark VERB/advcl"),
        ("gave/VBD/ROOT/0 to/IN/dative/0 him/PRP/pobj/1", "VERB/root ADP/case PRON/obl"),
        ("gave/VBD/ROOT/0 him/PRP/dative/0", "VERB/root PRON/iobj"),
        # Verbs that help others are auxiliaries, and so are copulas, but not "there is".
        ("has/VBZ/aux/1 gone/VBN/ROOT/1", "AUX/aux VERB/root"),
        ("has/VBZ/ROOT/0 it/PRP/dobj/0", "VERB/root PRON/obj"),
        ("is/VBZ/ROOT/0 good/JJ/acomp/0", "AUX/root ADJ/xcomp:pred"),
        ("there/EX/expl/1 is/VBZ/ROOT/1", "PRON/expl VERB/root"),
        # Determiners that stand alone are pronouns.
        ("this/DT/nsubj/1 works/VBZ/ROOT/1", "PRON/nsubj VERB/root"),
        ("this/DT/det/1 man/NN/ROOT/1", "DET/det NOUN/root"),
        # Prepositions and adverbs that begin a clause are conjunctions.
        ("if/IN/mark/1 works/VBZ/ROOT/1", "SCONJ/mark VERB/root"),
        ("not/RB/neg/1 works/VBZ/ROOT/1", "PART/advmod VERB/root"),
    ],
)
def test_english_labels_in_context(rows, expected):
    assert expected.split() == ["/".join(labels) for labels in english(sentence(rows))]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("har/VB|PRS/aux/1 gått/VB|SUP/ROOT/1", "AUX/aux VERB/root"),
        ("är/VB|PRS/cop/1 glad/JJ/ROOT/1", "AUX/cop ADJ/root"),
        ("min/PS/det/1 vän/NN/ROOT/1", "DET/det NOUN/root"),
        ("min/PS/nmod:poss/1 vän/NN/ROOT/1", "PRON/nmod:poss NOUN/root"),
        ("inte/AB/advmod/1 nu/AB/ROOT/1", "PART/advmod ADV/root"),
    ],
)
def test_swedish_labels_in_context(rows, expected):
    assert expected.split() == ["/".join(labels) for labels in swedish(sentence(rows))]
