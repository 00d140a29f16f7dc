"""The embedders side by side: what they know of proficiency, and what they cost.

    python benchmarks/embeddings.py ELLIPSE.csv [--vectors vectors.npz]

Quality: ridge (the penalty chosen inside the training part) and a support vector machine (RBF, C 1,
gamma 0.4 / dimensions, standardised) on each embedder's vectors, five folds of whole prompts.
Kappas are means and standard deviations over folds, of rounded predictions and of equated ones
(given the mean and spread of the training grades, by inner out-of-fold predictions). Essays are
those of the research filter. Speed: CPU time in one thread, of essays of about 450 words.
`proficiency` has to be prepared (`train-essay-grader features prepare-model`). Takes about ten
minutes, most of it embedding; --vectors keeps what was embedded for another run.
"""

import argparse
import os
import resource
import time
from pathlib import Path

# One thread, as in a worker; before numpy is loaded.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from ellipse import read_ellipse
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from huleedu_essay_features.embeddings.minilm import MiniLMEmbedder
from huleedu_essay_features.embeddings.proficiency import ProficiencyEmbedder
from huleedu_essay_features.protocols import EmbedderProtocol
from huleedu_ml_training.config import SplitSettings
from huleedu_ml_training.data.grouping import connected_groups
from huleedu_ml_training.data.splitter import PromptHoldoutSplitter
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.text_identity import count_words
from huleedu_ml_training.metrics.agreement import quadratic_weighted_kappa

FOLDS = 5
SEED = 42
TIMED_WORDS = 450
TIMED_ESSAYS = 15


def embed(
    embedders: dict[str, EmbedderProtocol], essays: EssayDataset, kept: Path | None
) -> dict[str, NDArray[np.float32]]:
    """Return writing vectors, from the file if they are there."""
    vectors: dict[str, NDArray[np.float32]] = {}
    if kept is not None and kept.is_file():
        with np.load(kept, allow_pickle=False) as file:
            vectors = {name: file[name] for name in file.files}
    for name, embedder in embedders.items():
        if name not in vectors or len(vectors[name]) != len(essays):
            vectors[name] = embedder.embed(essays.texts).writing
    if kept is not None:
        np.savez(kept, **vectors)
    return vectors


def models(dimensions: int) -> dict[str, Pipeline]:
    return {
        "ridge": make_pipeline(StandardScaler(), RidgeCV(alphas=np.logspace(1, 4.5, 15))),
        "SVR": make_pipeline(StandardScaler(), SVR(C=1.0, gamma=0.4 / dimensions)),
    }


def judge(model: Pipeline, X: NDArray[np.float64], essays: EssayDataset) -> list[str]:
    """Return r, kappa rounded and kappa equated, as text."""
    y = essays.grades
    groups = connected_groups(essays.prompts, essays.text_identities())
    splitter = PromptHoldoutSplitter(SplitSettings(scheme="prompt_holdout", seed=SEED))
    scores = np.empty(len(y))
    rounded, equated = [], []
    for split in splitter.folds(essays, FOLDS):
        train, test = split.development, split.test
        scores[test] = model.fit(X[train], y[train]).predict(X[test])
        seen = cross_val_predict(
            model, X[train], y[train], groups=groups[train], cv=GroupKFold(FOLDS)
        )
        stretched = (scores[test] - seen.mean()) / seen.std() * y[train].std() + y[train].mean()
        for found, kappas in ((scores[test], rounded), (stretched, equated)):
            grades = np.clip(np.rint(found), 0, len(essays.scale) - 1).astype(np.int64)
            kappas.append(quadratic_weighted_kappa(y[test], grades, len(essays.scale)))
    r = np.corrcoef(scores, y)[0, 1]
    return [
        f"{r:.3f}",
        *(f"{np.mean(kappas):.3f} ± {np.std(kappas):.3f}" for kappas in (rounded, equated)),
    ]


def cpu_milliseconds(embedder: EmbedderProtocol, essays: EssayDataset) -> NDArray[np.float64]:
    lengths = np.array([count_words(text) for text in essays.texts])
    embedder.embed(["Loads the graph."])
    taken = []
    for row in np.argsort(np.abs(lengths - TIMED_WORDS), kind="stable")[:TIMED_ESSAYS]:
        started = time.process_time()
        embedder.embed([essays.texts[row]])
        taken.append(1000 * (time.process_time() - started))
    return np.array(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("ellipse", type=Path, help="ELLIPSE CSV file")
    parser.add_argument("--vectors", type=Path, help="file to keep vectors in (.npz)")
    parser.add_argument("--models-dir", type=Path, help="directory of prepared models")
    options = parser.parse_args()
    essays = read_ellipse(options.ellipse)
    embedders: dict[str, EmbedderProtocol] = {
        "minilm": MiniLMEmbedder(),
        "proficiency": ProficiencyEmbedder(models_dir=options.models_dir),
    }
    console = Console()

    table = Table(title=f"CPU time of an essay of {TIMED_WORDS} words", title_justify="left")
    for heading in ("embedder", "dimensions", "median ms", "fastest ms", "slowest ms"):
        table.add_column(heading, justify="right")
    for name, embedder in embedders.items():
        taken = cpu_milliseconds(embedder, essays)
        figures = (np.median(taken), taken.min(), taken.max())
        table.add_row(name, str(embedder.dimensions), *(f"{each:.0f}" for each in figures))
    console.print(table)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    console.print(f"memory of the process with both: {peak:.0f} MiB at most")

    vectors = embed(embedders, essays, options.vectors)
    prompts = len(set(essays.prompts))
    table = Table(title=f"{len(essays)} essays, {prompts} prompts", title_justify="left")
    for heading in ("vectors", "model", "r", "QWK, rounded", "QWK, equated"):
        table.add_column(heading, justify="right")
    for name in embedders:
        X = vectors[name].astype(np.float64)
        for kind, model in models(X.shape[1]).items():
            table.add_row(name, kind, *judge(model, X, essays))
    console.print(table)


if __name__ == "__main__":
    main()
