"""The documentation agrees with the code: errors, links, commands."""

import ast
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import huleedu_ml_training
from huleedu_ml_training.domain.errors import ExitCode, HuleEduMLError

ROOT = Path(__file__).parents[2]
PACKAGE = Path(huleedu_ml_training.__file__).parent
PAGES = sorted(
    path.relative_to(ROOT)
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("docker/*.md")]
)


@pytest.fixture(scope="module")
def errors():
    """Every error class that is raised; the others only gather those that are."""
    for module in pkgutil.walk_packages([str(PACKAGE)], "huleedu_ml_training."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found = set()
    pending = [HuleEduMLError]
    while pending:
        pending += (subclasses := pending.pop().__subclasses__())
        found.update(each for each in subclasses if each.__module__.startswith("huleedu_ml_"))
    made = _names_called(PACKAGE)
    raised = [each for each in found if each.__name__ in made or not each.__subclasses__()]
    return sorted(raised, key=lambda each: (each.code, each.__name__))


@pytest.fixture(scope="module")
def sections():
    """Code → (exit code, text) of each entry of the page."""
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    entries = {}
    for part in re.split(r"(?m)^## ", page)[1:]:
        exit_code = re.match(r"Exit code (\d+)", part)
        for entry in re.split(r"(?m)^### ", part)[1:]:
            heading, text = entry.split("\n", 1)
            entries[heading.strip()] = (int(exit_code[1]), text)
    return entries


def test_every_error_has_a_code_of_its_own(errors):
    kinds = {each.code: [other for other in errors if other.code == each.code] for each in errors}
    first = {code: min(kind, key=lambda each: len(each.__mro__)) for code, kind in kinds.items()}

    assert [] == [each.__qualname__ for each in errors if "code" not in vars(first[each.code])]
    assert [] == [each.__qualname__ for each in errors if not issubclass(each, first[each.code])]
    assert [] == [code for code in kinds if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)]


def test_page_has_an_entry_for_every_error_and_no_other(errors, sections):
    assert sorted({each.code for each in errors}) == sorted(sections)


def test_page_states_the_exit_code_of_every_error(errors, sections):
    stated = {code: exit_code for code, (exit_code, _) in sections.items()}

    assert {each.code: int(each.exit_code) for each in errors} == stated


def test_every_entry_gives_meaning_and_actions(sections):
    form = re.compile(r"\n\*\*Meaning\*\*: .+?\n\n\*\*Possible actions\*\*:\n- .+", re.DOTALL)

    assert [] == [code for code, (_, text) in sections.items() if not form.match(text)]


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


def _names_called(package):
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in package.rglob("*.py")]
    calls = [node.func for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {func.id for func in calls if isinstance(func, ast.Name)}


def _leads_somewhere(page, target):
    path, _, anchor = target.partition("#")
    file = (ROOT / page.parent / path) if path else ROOT / page
    if not file.exists():
        return False
    return not anchor or anchor in _anchors(file.read_text(encoding="utf-8"))


def _anchors(markdown):
    headings = re.findall(r"(?m)^#+ (.+)$", markdown)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}
