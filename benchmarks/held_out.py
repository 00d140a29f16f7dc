"""Held-out quality of the default grader, with intervals; the figures of the README.

Trains in a temporary home on an embedded database, through the same commands that a user types:

    python benchmarks/held_out.py                       # the synthetic demo corpus
    python benchmarks/held_out.py --ellipse ellipse.csv # and the ELLIPSE development file

The ELLIPSE rows use the research filter: 200 to 1000 words, four prompts dropped. ``stratified``
holds essays out, ``prompt_holdout`` whole prompts. Nothing is fitted on the test part.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from ellipse import DROPPED_PROMPTS, MAX_WORDS, MIN_WORDS

METRICS = ("qwk", "accuracy", "adjacent_agreement", "mae", "rps", "ece")


def grader(*arguments: str, home: Path) -> dict[str, Any]:
    """Run one command with --json and return its document."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("HULEEDU_ML_")
    }
    environment["HULEEDU_ML_HOME"] = str(home)
    done = subprocess.run(
        [sys.executable, "-m", "huleedu_ml_training", *arguments, "--json"],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def row(name: str, scheme: str, trained: dict[str, Any]) -> str:
    """Return one line of the table."""
    evaluation = trained["evaluation"]
    cells = []
    for metric in METRICS:
        value = evaluation["values"][metric]
        cells.append(f"{value['value']:.3f} [{value['low']:.3f}, {value['high']:.3f}]")
    return f"| {name} | {scheme} | {evaluation['n']} | {' | '.join(cells)} |"


def main() -> None:
    """Train on each corpus and scheme, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--ellipse", type=Path, help="the ELLIPSE development file (CSV)")
    parser.add_argument("--schemes", nargs="+", default=["stratified", "prompt_holdout"])
    options = parser.parse_args()
    lines = [
        f"| corpus | split | test essays | {' | '.join(METRICS)} |",
        "|---|---|---|" + "---|" * len(METRICS),
    ]
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        grader("db", "upgrade", home=home)
        grader("data", "demo", home=home)
        corpora = [("synthetic demo", "swedish_8", ["--source", "synthetic-demo"])]
        if options.ellipse is not None:
            grader(
                *("data", "import", str(options.ellipse), "--format", "ellipse"),
                *("--scale", "ellipse_overall", "--source", "ellipse"),
                home=home,
            )
            selection = ["--source", "ellipse"]
            selection += ["--min-words", str(MIN_WORDS), "--max-words", str(MAX_WORDS)]
            for prompt in DROPPED_PROMPTS:
                selection += ["--exclude-prompt", prompt]
            corpora.append(("ELLIPSE development file", "ellipse_overall", selection))
        for name, scale, selection in corpora:
            for scheme in options.schemes:
                trained = grader(
                    *("train", "--scale", scale, *selection),
                    *("--experiment-name", f"{name} {scheme}"),
                    *("--set", f"split.scheme={scheme}"),
                    home=home,
                )
                lines.append(row(name, scheme, trained))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
