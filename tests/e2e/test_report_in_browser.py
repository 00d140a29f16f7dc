"""The HTML report in a real browser: it fits a phone, follows the theme, keeps to its policy."""

import html
import json
import re
import shutil
import subprocess
import zlib
from pathlib import Path
from typing import Any

import pytest

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.metrics.evaluation import evaluate_predictions
from huleedu_ml_training.reports.context import ExampleGrading, ReportContext
from huleedu_ml_training.reports.html_report import render_html_report
from huleedu_ml_training.testing.simulated_grader import simulate_grading

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")

QUIETLY = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DARK = "--blink-settings=preferredColorScheme=0"

MEASURE = """
<iframe id="report" style="border:0;width:{width}px;height:900px" srcdoc="{srcdoc}"></iframe>
<script>
document.getElementById("report").addEventListener("load", event => {{
  const page = event.target.contentDocument;
  const style = event.target.contentWindow.getComputedStyle(page.body);
  const bars = [...page.querySelectorAll("svg path[fill]")].map(
    path => event.target.contentWindow.getComputedStyle(path).fill);
  const result = document.createElement("pre");
  result.id = "result";
  result.textContent = JSON.stringify({{
    page_width: page.documentElement.scrollWidth,
    ground: style.backgroundColor,
    ink: style.color,
    fills: [...new Set(bars)],
    widest_chart: Math.max(...[...page.querySelectorAll("svg")].map(
      svg => svg.getBoundingClientRect().right)),
    loaded: event.target.contentWindow.performance.getEntriesByType("resource").length,
    stolen: "stolen" in event.target.contentWindow,
  }});
  document.body.append(result);
}});
</script>
"""


def browse(path: Path, profile: Path, *options: str) -> str:
    """Open a page headless and return what the browser prints."""
    assert BROWSER is not None
    done = subprocess.run(
        [BROWSER, *QUIETLY, f"--user-data-dir={profile}", *options, path.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout


@pytest.fixture(scope="module")
def report() -> str:
    grading = simulate_grading(200, n_prompts=8)
    word = "Donaudampfschifffahrtsgesellschaft" * 12
    names = [f"{word} <script>window.stolen=1</script> {prompt}" for prompt in grading.prompts]
    evaluation = evaluate_predictions(
        grading.predictions,
        grading.y,
        prompts=names,
        settings=EvaluationSettings(resamples=100),
    )
    context = ReportContext(
        model_name=word,
        version="20250101_120000",
        feature_importance={word: 0.7, "total_words": 0.3},
        reproduce=(f"train-essay-grader train --experiment-name {word}",),
        parity={"passed": True, "digest": "f" * 64},
        examples=(
            ExampleGrading(
                "An essay",
                f"{word} <img src=x onerror='window.stolen=1'>",
                "C",
                0.5,
                {"C": 0.5, "B": 0.5},
            ),
        ),
    )
    return render_html_report(context, evaluation)


@pytest.mark.parametrize("width", [360, 1100])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_and_follows_the_theme(report: str, tmp_path: Path, width: int, theme: str) -> None:
    frame = tmp_path / "frame.html"
    frame.write_text(MEASURE.format(width=width, srcdoc=html.escape(report)), encoding="utf-8")
    options = [DARK] if theme == "dark" else []
    printed = browse(frame, tmp_path / "profile", *options, "--window-size=1300,1000", "--dump-dom")
    found = re.search(r'<pre id="result">(.*?)</pre>', printed, re.DOTALL)
    assert found is not None, printed[-500:]
    result: dict[str, Any] = json.loads(html.unescape(found[1]))
    assert width == result["page_width"]
    assert result["widest_chart"] <= width
    ground = {"light": "rgb(251, 250, 247)", "dark": "rgb(20, 24, 28)"}
    machine = {"light": "rgb(28, 106, 134)", "dark": "rgb(107, 191, 221)"}
    assert ground[theme] == result["ground"]
    assert machine[theme] in result["fills"]
    assert 0 == result["loaded"]
    assert not result["stolen"]


def test_it_can_be_photographed_and_printed(report: str, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text(report, encoding="utf-8")
    picture, paper = tmp_path / "report.png", tmp_path / "report.pdf"
    browse(page, tmp_path / "p1", DARK, "--window-size=1100,2000", f"--screenshot={picture}")
    assert (20, 24, 28) == _first_pixel(picture.read_bytes())
    browse(page, tmp_path / "p2", DARK, "--no-pdf-header-footer", f"--print-to-pdf={paper}")
    assert paper.read_bytes().startswith(b"%PDF-")
    assert paper.stat().st_size > 20_000


def _first_pixel(png: bytes) -> tuple[int, ...]:
    """Return red, green and blue at the top left; no filter changes that pixel."""
    data, position = b"", 8
    while position < len(png):
        length = int.from_bytes(png[position : position + 4])
        if png[position + 4 : position + 8] == b"IDAT":
            data += png[position + 8 : position + 8 + length]
        position += length + 12
    return tuple(zlib.decompress(data)[1:4])
