"""Speed of feature extraction: rate, share of each stage, latency, memory, and a naive pipeline.

    python benchmarks/features.py                       # the synthetic demo corpus
    python benchmarks/features.py --ellipse ellipse.csv # the ELLIPSE development file
    python benchmarks/features.py --embedder proficiency
    python benchmarks/features.py --ellipse ellipse.csv --naive-python naive/bin/python

Stages are timed in one process, each on all essays; the rates are of the whole pipeline, workers
warm. Essays are read before anything is timed. The naive pipeline (benchmarks/naive_features.py)
runs in one process on the same essays, and counts beside ours in one process.
"""

import argparse
import csv
import json
import resource
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from huleedu_essay_features import EssayInput
from huleedu_essay_features.document import EssayDocument
from huleedu_essay_features.extraction import FeaturePipeline
from huleedu_essay_features.pipeline import create_pipeline
from huleedu_ml_training.data.demo_corpus import generate_demo_corpus
from huleedu_ml_training.domain.text_identity import count_words
from huleedu_ml_training.features.inputs import essay_inputs

WARM_UP = 32
NAIVE = Path(__file__).with_name("naive_features.py")


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


def time_stages(pipeline: FeaturePipeline, essays: Sequence[EssayInput]) -> dict[str, float]:
    """Return seconds per stage for all essays, in one process."""
    pipeline.extract(essays[:WARM_UP])
    documents = [pipeline.document(essay) for essay in essays]
    stages = {"words and sentences": seconds(lambda: [d.content_lemmas for d in documents])}
    analysers: tuple[tuple[str, Callable[[EssayDocument], object]], ...] = (
        ("syntax parser", lambda document: document.parsed),
        ("language checker", lambda document: document.issues),
        ("embedding", lambda document: document.vectors),
    )
    for name, analyse in analysers:
        stages[name] = seconds(lambda do=analyse: [do(document) for document in documents])
    for extractor in pipeline.extractors:
        group = f"features: {extractor.definitions[0].group}"
        stages[group] = seconds(lambda part=extractor: [part.extract(d) for d in documents])
    return stages


def time_rate(essays: Sequence[EssayInput], embedder: str, workers: int) -> float:
    """Return essays per second, processes already started."""
    pipeline = create_pipeline(embedder, workers)
    try:
        pipeline.extract(essays[: WARM_UP * workers])
        return len(essays) / seconds(lambda: pipeline.extract(essays))
    finally:
        pipeline.close()


def latencies(pipeline: FeaturePipeline, essays: Sequence[EssayInput]) -> np.ndarray:
    """Return milliseconds of single calls on essays of 350 to 450 words."""
    typical = [essay for essay in essays if 350 <= count_words(essay.text) <= 450][:200]
    return np.array(
        [1000 * seconds(lambda one=essay: pipeline.extract([one])) for essay in typical]
    )


def memory_mib() -> float:
    """Return this process's greatest resident size so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def naive_seconds(python: Path, essays: Sequence[EssayInput]) -> float:
    """Return the seconds of the naive pipeline."""
    done = subprocess.run(
        [str(python), str(NAIVE)],
        input=json.dumps([essay.text for essay in essays]),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(json.loads(done.stdout)["seconds"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ellipse", type=Path, help="the ELLIPSE development file")
    parser.add_argument("--essays", type=int, default=400)
    parser.add_argument("--embedder", default="minilm")
    parser.add_argument("--naive-python", type=Path, help="interpreter of the naive environment")
    parser.add_argument("--naive-essays", type=int, default=50)
    options = parser.parse_args()
    essays = read_essays(options.ellipse, options.essays)
    words = np.mean([count_words(essay.text) for essay in essays])
    console = Console()
    console.print(f"{len(essays)} essays, {words:.0f} words on average, {options.embedder}\n")

    pipeline = create_pipeline(options.embedder)
    assert isinstance(pipeline, FeaturePipeline)
    stages = time_stages(pipeline, essays)
    total = sum(stages.values())
    table = Table("stage", "ms per essay", "share")
    for name, taken in stages.items():
        table.add_row(name, f"{1000 * taken / len(essays):.2f}", f"{taken / total:.1%}")
    console.print(table)

    table = Table("measure", "value")
    for workers in (1, 2):
        rate = time_rate(essays, options.embedder, workers)
        table.add_row(f"essays/s, {workers} process{'es' * (workers > 1)}", f"{rate:.1f}")
    alone = latencies(pipeline, essays)
    if len(alone):
        p50, p99 = np.percentile(alone, [50, 99])
        table.add_row("one essay of 350–450 words, p50", f"{p50:.0f} ms")
        table.add_row("one essay of 350–450 words, p99", f"{p99:.0f} ms")
    half = len(essays) // 2
    pipeline.extract(essays[:half])
    before = memory_mib()
    pipeline.extract(essays)
    table.add_row("memory of one process", f"{memory_mib():.0f} MiB")
    table.add_row("more of it after twice as many essays", f"{memory_mib() - before:.1f} MiB")
    if options.naive_python is not None:
        some = essays[: options.naive_essays]
        naive = naive_seconds(options.naive_python, some)
        ours = seconds(lambda: pipeline.extract(some))
        table.add_row("naive pipeline, essays/s, 1 process", f"{len(some) / naive:.1f}")
        table.add_row("ours is faster on the same essays by", f"{naive / ours:.1f} ×")
    console.print(table)


if __name__ == "__main__":
    main()
