"""The documentation agrees with the code: errors, links, commands."""

import ast
import importlib
import pkgutil
import re
from pathlib import Path

import pytest
import typer

import huleedu_essay_features
import huleedu_ml_training
from huleedu_essay_features.errors import EssayFeaturesError
from huleedu_essay_features.workers.errors import ReportedError
from huleedu_ml_training.cli.app import app
from huleedu_ml_training.domain.errors import ExitCode, HuleEduMLError

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path.relative_to(ROOT)
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("docker/*.md")]
)


@pytest.fixture(scope="module")
def errors():
    """Error classes of the training library that are raised."""
    return _raised_subclasses(HuleEduMLError, huleedu_ml_training)


@pytest.fixture(scope="module")
def feature_errors():
    """Error classes of the feature library that are raised, each with a code of its own."""
    found = _raised_subclasses(EssayFeaturesError, huleedu_essay_features)
    return [each for each in found if each is not ReportedError]


@pytest.fixture(scope="module")
def entries():
    """Code → (exit code, text) of each entry of the page; None where a section gives no code."""
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    found = {}
    for section in re.split(r"(?m)^## ", page)[1:]:
        exit_code = re.match(r"Exit code (\d+)", section)
        for entry in re.split(r"(?m)^### ", section)[1:]:
            heading, text = entry.split("\n", 1)
            found[heading.strip()] = (int(exit_code[1]) if exit_code else None, text)
    return found


def test_every_error_has_a_code_of_its_own(errors, feature_errors):
    every = [*errors, *feature_errors]
    kinds = {each.code: [other for other in every if other.code == each.code] for each in every}
    first = {code: min(kind, key=lambda each: len(each.__mro__)) for code, kind in kinds.items()}

    assert [] == [each.__qualname__ for each in every if "code" not in vars(first[each.code])]
    assert [] == [each.__qualname__ for each in every if not issubclass(each, first[each.code])]
    assert [] == [code for code in kinds if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)]


def test_page_has_an_entry_for_every_error_and_no_other(errors, feature_errors, entries):
    assert sorted({each.code for each in [*errors, *feature_errors]}) == sorted(entries)


def test_page_states_the_exit_code_of_every_error(errors, entries):
    stated = {code: number for code, (number, _) in entries.items() if number is not None}

    assert {each.code: int(each.exit_code) for each in errors} == stated


def test_every_entry_gives_meaning_and_actions(entries):
    form = re.compile(r"\n\*\*Meaning\*\*: .+?\n\n\*\*Possible actions\*\*:\n- .+", re.DOTALL)

    assert [] == [code for code, (_, text) in entries.items() if not form.match(text)]


def test_page_explains_every_exit_code():
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    table = {int(number) for number in re.findall(r"(?m)^\| (\d+) \|", page)}

    assert set(map(int, ExitCode)) == table


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?://|mailto:)([^)\s]+)\)", text)
    broken = [target for target in targets if not _leads_somewhere(page, target)]

    assert [] == broken


def test_index_lists_every_page():
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = {path.relative_to("docs").as_posix() for path in PAGES if path.parts[0] == "docs"}

    assert [] == sorted(page for page in pages - {"README.md"} if f"({page})" not in index)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_named_make_targets_exist(page):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?m)^([a-z]+):", makefile))
    text = (ROOT / page).read_text(encoding="utf-8")
    commands = re.findall(r"(?m)(?:^|`|&& )make ((?:[a-z]+ ?)+)", text)

    assert set() == {word for command in commands for word in command.split()} - targets


@pytest.mark.parametrize("page", [*PAGES, "sources"], ids=str)
def test_named_commands_exist(page):
    sources = Path(huleedu_ml_training.__file__).parent.rglob("*.py")
    files = sources if page == "sources" else [ROOT / page]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    calls = r"(?:train-essay-grader|compose run --rm train)((?: [\w\-{}./=\"]+)+)"
    mentions = re.findall(calls, text)
    wrong = {mention for mention in mentions if not _is_command(mention.split())}

    assert set() == wrong


def _raised_subclasses(root, package):
    """Subclasses without those that only gather others: nothing calls them."""
    directory = Path(package.__file__).parent
    for module in pkgutil.walk_packages([str(directory)], f"{package.__name__}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found = set()
    pending = [root]
    while pending:
        pending += (subclasses := pending.pop().__subclasses__())
        found.update(each for each in subclasses if each.__module__.startswith(package.__name__))
    called = _names_called(directory)
    raised = [each for each in found if each.__name__ in called or not each.__subclasses__()]
    return sorted(raised, key=lambda each: (each.code, each.__name__))


def _names_called(directory):
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in directory.rglob("*.py")]
    calls = [node.func for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {func.id for func in calls if isinstance(func, ast.Name)}


def _is_command(words):
    """Whether words begin with a command that exists and name only options that it has."""
    command = typer.main.get_command(app)
    while words and hasattr(command, "commands") and re.fullmatch(r"[a-z][a-z-]*", words[0]):
        if words[0] not in command.commands:
            return False
        command = command.commands[words.pop(0)]
    options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    named = {word.split("=")[0].strip('"') for word in words if re.match(r"--?[a-z]", word)}
    return named <= options


def _leads_somewhere(page, target):
    path, _, anchor = target.partition("#")
    file = (ROOT / page.parent / path) if path else ROOT / page
    if not file.exists():
        return False
    return not anchor or anchor in _anchors(file.read_text(encoding="utf-8"))


def _anchors(markdown):
    headings = re.findall(r"(?m)^#+ (.+)$", markdown)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}
