"""Speed of feature extraction: essays per second, and what share each stage takes.

    python benchmarks/features.py                       # the synthetic demo corpus
    python benchmarks/features.py --ellipse ellipse.csv # the ELLIPSE development file

Stages are timed in one process, each on all essays; the rates are of the whole pipeline, workers
warm. Essays are read before anything is timed.
"""

import argparse
import csv
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from huleedu_essay_features import EssayInput
from huleedu_essay_features.document import EssayDocument
from huleedu_essay_features.embeddings.minilm import MiniLMEmbedder
from huleedu_essay_features.pipeline import create_pipeline, standard_extractors
from huleedu_ml_training.data.demo_corpus import generate_demo_corpus
from huleedu_ml_training.domain.text_identity import count_words
from huleedu_ml_training.features.inputs import essay_inputs

WARM_UP = 32


def read_essays(ellipse: Path | None, n: int) -> list[EssayInput]:
    if ellipse is None:
        return essay_inputs(generate_demo_corpus())[:n]
    with ellipse.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [EssayInput(row["full_text"]) for row in rows[:n]]


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def parse(documents: Sequence[EssayDocument]) -> None:
    for document in documents:
        _ = document.content_lemmas


def time_stages(essays: Sequence[EssayInput]) -> dict[str, float]:
    """Return seconds per stage for all essays, in one process."""
    for document in (EssayDocument(essay.text, essay.language) for essay in essays[:WARM_UP]):
        for extractor in standard_extractors(with_topic=False):
            extractor.extract(document)
    documents = [
        EssayDocument(
            essay.text,
            essay.language,
            prompt=EssayDocument(essay.prompt_text, essay.language) if essay.prompt_text else None,
        )
        for essay in essays
    ]
    stages = {"parsing": seconds(lambda: parse(documents))}
    for extractor in standard_extractors(with_topic=False):
        group = extractor.definitions[0].group
        stages[group] = seconds(lambda part=extractor: [part.extract(d) for d in documents])
    embedder = MiniLMEmbedder()
    embedder.embed([essay.text for essay in essays[:WARM_UP]])
    stages["embedding"] = seconds(lambda: embedder.embed([essay.text for essay in essays]))
    return stages


def time_pipeline(essays: Sequence[EssayInput], embedder: str, workers: int) -> float:
    """Return essays per second, processes already started."""
    pipeline = create_pipeline(embedder, workers)
    try:
        pipeline.extract(essays[: WARM_UP * workers])
        return len(essays) / seconds(lambda: pipeline.extract(essays))
    finally:
        pipeline.close()


def time_single(essays: Sequence[EssayInput]) -> tuple[float, float]:
    """Return p50 and p99 of the milliseconds for one essay alone."""
    pipeline = create_pipeline("minilm")
    pipeline.extract(essays[:WARM_UP])
    latencies = [1000 * seconds(lambda one=essay: pipeline.extract([one])) for essay in essays]
    return float(np.percentile(latencies, 50)), float(np.percentile(latencies, 99))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--ellipse", type=Path, help="ELLIPSE CSV file; default: demo corpus")
    parser.add_argument("--essays", type=int, default=300)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    essays = read_essays(options.ellipse, options.essays)
    words = np.mean([count_words(essay.text) for essay in essays])
    console = Console()
    console.print(f"{len(essays)} essays, {words:.0f} words on average")

    stages = time_stages(essays)
    total = sum(stages.values())
    table = Table(title="Stages, one process", title_justify="left")
    for heading in ("stage", "ms/essay", "share"):
        table.add_column(heading, justify="left" if heading == "stage" else "right")
    for stage, taken in stages.items():
        table.add_row(stage, f"{1000 * taken / len(essays):.2f}", f"{taken / total:.0%}")
    console.print(table)

    table = Table(title="Whole pipeline", title_justify="left")
    for heading in ("embedder", "processes", "essays/s"):
        table.add_column(heading, justify="left" if heading == "embedder" else "right")
    for embedder in ("none", "minilm"):
        for workers in options.workers:
            rate = time_pipeline(essays, embedder, workers)
            table.add_row(embedder, str(workers), f"{rate:.1f}")
    console.print(table)
    p50, p99 = time_single(essays)
    console.print(f"one essay alone, minilm: p50 {p50:.0f} ms, p99 {p99:.0f} ms")


if __name__ == "__main__":
    main()
