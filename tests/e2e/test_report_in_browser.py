"""The HTML report in a real browser: it fits, follows the theme, keeps to its policy."""

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import axe_core_python
import pytest

from huleedu_ml_training.reports.context import ReportContext
from huleedu_ml_training.reports.essay_figures import EssayFigures
from huleedu_ml_training.reports.html_report import render_html_report
from huleedu_ml_training.testing.simulated_context import simulate_context
from huleedu_ml_training.testing.simulated_judgement import simulate_judgement

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"),
    *("--remote-debugging-pipe", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
GROUND = {"light": "rgb(251, 250, 247)", "dark": "rgb(20, 24, 28)"}
MACHINE = {"light": "rgb(28, 106, 134)", "dark": "rgb(107, 191, 221)"}
WORD = "Donaudampfschifffahrtsgesellschaft" * 6
HOSTILE = f"{WORD} <script>window.stolen=1</script><img src=x onerror='window.stolen=1'>"

MEASURE = """(() => {
  const style = getComputedStyle(document.body);
  return {
    width: document.documentElement.scrollWidth,
    ground: style.backgroundColor,
    fills: [...new Set([...document.querySelectorAll("svg path[fill]")].map(
      path => getComputedStyle(path).fill))],
    rightmost: Math.max(...[...document.querySelectorAll("svg")].map(
      svg => svg.getBoundingClientRect().right)),
    loaded: performance.getEntriesByType("resource").length,
    stolen: "stolen" in window,
  };
})()"""

GROUPS = "[...document.querySelectorAll('#groups table.interactive')][0]"


class Browser:
    """One tab of a headless Chromium, spoken to over the DevTools protocol on a pipe."""

    def __init__(self, profile: Path) -> None:
        assert CHROMIUM is not None
        # The browser listens at descriptor 3 and answers at 4.
        plumbing = 'exec "$@" 3<&0 4>&1 0</dev/null 1>/dev/null'
        command = (CHROMIUM, *OPTIONS, f"--user-data-dir={profile}", "about:blank")
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", plumbing, "sh", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
        self._received = b""
        self._sent = 0
        self._session: dict[str, str] = {}
        self.events: list[dict[str, Any]] = []
        pages = [
            each for each in self("Target.getTargets")["targetInfos"] if each["type"] == "page"
        ]
        attached = self("Target.attachToTarget", targetId=pages[0]["targetId"], flatten=True)
        self._session = {"sessionId": attached["sessionId"]}
        for domain in ("Page", "Runtime", "Log"):
            self(f"{domain}.enable")

    def __call__(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its result."""
        self._sent += 1
        message = {"id": self._sent, "method": method, "params": parameters, **self._session}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._sent:
                assert "error" not in answer, (method, answer)
                return answer["result"]
            self.events.append(answer)

    def _next(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        while b"\0" not in self._received:
            chunk = self._process.stdout.read(1 << 20)
            assert chunk, "the browser is gone"
            self._received += chunk
        message, self._received = self._received.split(b"\0", 1)
        return json.loads(message)

    def open(
        self,
        page: Path,
        *,
        width: int = 1280,
        theme: str = "light",
        medium: str = "screen",
        scripts: bool = True,
    ) -> None:
        """Open a page and wait until it is loaded."""
        self("Emulation.setScriptExecutionDisabled", value=not scripts)
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self("Emulation.setDeviceMetricsOverride", **size)
        preference = {"name": "prefers-color-scheme", "value": theme}
        self("Emulation.setEmulatedMedia", media=medium, features=[preference])
        self.events.clear()
        self("Page.navigate", url=page.as_uri())
        while not any(each.get("method") == "Page.loadEventFired" for each in self.events):
            self.events.append(self._next())

    def run(self, expression: str) -> Any:
        """Return the value of an expression, beyond the reach of the page's policy."""
        answer = self(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key: str, code: int, text: str = "") -> None:
        """Press a key."""
        common = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self("Input.dispatchKeyEvent", type="keyDown", text=text, **common)
        self("Input.dispatchKeyEvent", type="keyUp", **common)

    def photograph(self) -> bytes:
        """Return what is to be seen, as PNG."""
        return base64.b64decode(self("Page.captureScreenshot", format="png")["data"])

    def complaints(self) -> list[str]:
        """Return what the page's console has to say, errors and blocked contents among it."""
        return [
            json.dumps(each["params"])
            for each in self.events
            if each.get("method") in {"Log.entryAdded", "Runtime.exceptionThrown"}
        ]

    def close(self) -> None:
        """End the browser."""
        self._session = {}
        self("Browser.close")
        self._process.communicate(timeout=60)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    judged = simulate_judgement(200, n_prompts=9, prompt_name=HOSTILE)
    context = replace(
        simulate_context(judged),
        model_name=WORD,
        experiment_name=HOSTILE,
        feature_importance={WORD: 0.7, "total_words": 0.3},
        reproduce=(f"train-essay-grader train --experiment-name {WORD}",),
        parity={"passed": True, "digest": "f" * 64},
    )
    essays = EssayFigures.of(judged.predictions, judged.dataset)
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render_html_report(context, judged.report, essays), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [360, 768, 1600])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_and_follows_the_theme(
    browser: Browser, page: Path, width: int, theme: str
) -> None:
    browser.open(page, width=width, theme=theme)
    found = browser.run(MEASURE)
    assert width == found["width"]
    assert found["rightmost"] <= width
    assert GROUND[theme] == found["ground"]
    assert MACHINE[theme] in found["fills"]
    assert 0 == found["loaded"]
    assert not found["stolen"]
    assert [] == browser.complaints()


@pytest.mark.parametrize("width", [360, 1280])
def test_its_pictures_are_not_blank_and_differ_by_theme(
    browser: Browser, page: Path, tmp_path: Path, width: int
) -> None:
    empty = tmp_path / "empty.html"
    empty.write_text("<!doctype html><title>empty</title>", encoding="utf-8")
    browser.open(empty, width=width)
    blank = browser.photograph()
    pictures = []
    for theme in ("light", "dark"):
        browser.open(page, width=width, theme=theme)
        browser.run("document.querySelector('#reliability').scrollIntoView()")
        pictures.append(browser.photograph())
    assert all(len(picture) > 4 * len(blank) for picture in pictures)
    assert pictures[0] != pictures[1]


@pytest.mark.parametrize(("width", "theme"), [(360, "dark"), (1280, "light")])
def test_axe_finds_nothing(browser: Browser, page: Path, width: int, theme: str) -> None:
    browser.open(page, width=width, theme=theme)
    browser.run("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    script = Path(axe_core_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
    browser.run(f"{script}; true")
    found = browser.run(
        "axe.run(document, {resultTypes: ['violations']}).then(found => ({"
        "passes: found.passes.length, violations: found.violations.map(each => "
        "[each.id, each.nodes.slice(0, 3).map(node => node.html.slice(0, 200))])}))"
    )
    assert [] == found["violations"]
    assert found["passes"] > 20


def test_tables_are_sorted_by_keyboard(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.run(f"{GROUPS}.querySelectorAll('thead button')[2].focus()")
    counts = f"[...{GROUPS}.tBodies[0].rows].map(row => Number(row.cells[2].dataset.order))"
    before = browser.run(counts)
    browser.press("Enter", 13, "\r")
    largest_first = browser.run(counts)
    browser.press("Enter", 13, "\r")
    assert sorted(before, reverse=True) == largest_first != before
    assert sorted(before) == browser.run(counts)
    state = f"{GROUPS}.tHead.rows[0].cells[2].getAttribute('aria-sort')"
    assert "ascending" == browser.run(state)


def test_undefined_figures_come_last_whichever_way(browser: Browser, page: Path) -> None:
    browser.open(page)
    button = f"{GROUPS}.querySelectorAll('thead button')[3]"
    orders = f"[...{GROUPS}.tBodies[0].rows].map(row => row.cells[3].dataset.order)"
    for _ in range(2):
        browser.run(f"{button}.click()")
        found = browser.run(orders)
        assert "" == found[-1]
        assert "" not in found[: found.index("")]
        assert {""} == set(found[found.index("") :])


def test_tables_are_filtered(browser: Browser, page: Path) -> None:
    browser.open(page)
    form = f"{GROUPS}.closest('.block').querySelector('.filter')"
    rows = f"[...{GROUPS}.tBodies[0].rows].filter(row => !row.hidden)"
    shown = f"{rows}.map(row => row.cells[1].textContent)"
    everything = browser.run(shown)
    change = "dispatchEvent(new Event('input', {bubbles: true}))"
    browser.run(f"(s => {{ s.value = 'language'; s.{change}; }})({form}.querySelector('select'))")
    assert ["language", "language"] == browser.run(shown)
    browser.run(f"(s => {{ s.value = 'SV'; s.{change}; }})({form}.querySelector('input'))")
    assert ["language"] == browser.run(shown)
    assert f"1 of {len(everything)} rows" == browser.run(f"{form}.querySelector('output').value")


def test_the_reader_may_choose_the_theme(browser: Browser, page: Path) -> None:
    browser.open(page, theme="light")
    toggle = "document.querySelector('#tools button')"
    pressed = f"{toggle}.getAttribute('aria-pressed')"
    assert "false" == browser.run(pressed)
    browser.run(f"{toggle}.click()")
    assert GROUND["dark"] == browser.run(MEASURE)["ground"]
    assert "true" == browser.run(pressed)
    browser.run(f"{toggle}.click()")
    assert GROUND["light"] == browser.run(MEASURE)["ground"]


def test_marks_tell_their_values_under_the_pointer(browser: Browser, page: Path) -> None:
    browser.open(page)
    spot = browser.run(
        "(() => { const mark = document.querySelector('#distribution [data-tip]');"
        "mark.scrollIntoView({block: 'center'}); const box = mark.getBoundingClientRect();"
        "return {x: box.x + box.width / 2, y: box.y + box.height / 2, tip: mark.dataset.tip}; })()"
    )
    browser.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    browser("Input.dispatchMouseEvent", type="mouseMoved", x=spot["x"], y=spot["y"])
    assert spot["tip"] == browser.run("document.querySelector('#tip:not([hidden])').textContent")
    browser.press("Escape", 27)
    assert browser.run("document.querySelector('#tip').hidden")


def test_the_first_stop_of_the_keyboard_skips_the_contents(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.press("Tab", 9)
    assert "#summary" == browser.run("document.activeElement.getAttribute('href')")
    assert browser.run("document.activeElement.getBoundingClientRect().left >= 0")


def test_it_can_be_read_without_scripts(browser: Browser, page: Path) -> None:
    browser.open(page, scripts=False)
    found = browser.run(
        "[document.querySelectorAll('tr[hidden], button, input').length,"
        " document.querySelectorAll('svg title').length]"
    )
    browser("Emulation.setScriptExecutionDisabled", value=False)
    assert 0 == found[0]
    assert found[1] > 100


def test_it_is_printed_on_white_whatever_the_theme(browser: Browser, page: Path) -> None:
    browser.open(page, theme="dark", medium="print")
    browser.run("document.querySelector('#tools button').click()")
    assert "rgb(255, 255, 255)" == browser.run(MEASURE)["ground"]
    paper = base64.b64decode(browser("Page.printToPDF")["data"])
    assert paper.startswith(b"%PDF-")
    assert len(paper) > 20_000


def test_a_bare_report_is_accessible_too(browser: Browser, tmp_path: Path) -> None:
    judged = simulate_judgement(12, n_prompts=0)
    report = replace(judged.report, sets=None, shortcuts=(), perturbations=None)
    bare = tmp_path / "bare.html"
    context = ReportContext(model_name="essay-scorer", version="20250101_120000")
    bare.write_text(render_html_report(context, report), encoding="utf-8")
    test_axe_finds_nothing(browser, bare, 360, "light")
    assert 360 == browser.run(MEASURE)["width"]
