"""How hard is the demo corpus? Prints its shape and what simple graders reach on it.

    python benchmarks/demo_corpus.py [--essays 1400] [--seed 2026] [--folds 5]

The probe is LightGBM regression on some twenty surface features. Its predictions, out of fold, are
rounded, or equated: rescaled to the mean and standard deviation of the training grades by inner
out-of-fold predictions. Intervals are bootstrapped over essays, 1,000 resamples.
"""

import argparse
import re
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import fmean, pstdev

import lightgbm
import numpy as np
from numpy.typing import NDArray
from wordfreq import zipf_frequency

from huleedu_ml_training.data.demo_corpus import generate_demo_corpus
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.text_identity import count_words
from huleedu_ml_training.metrics.agreement import quadratic_weighted_kappa

N_GRADES = 8
PARAMETERS = {
    "objective": "regression",
    "learning_rate": 0.03,
    "num_leaves": 12,
    "min_data_in_leaf": 15,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "num_threads": 1,
    "seed": 1,
    "verbosity": -1,
}
ROUNDS = 250
CONNECTIVES = re.compile(
    r"\b(however|furthermore|moreover|therefore|besides|consequently|nevertheless|although|though|"
    r"whereas|finally|firstly|secondly|lastly|instead|thus|in addition|for instance)\b",
    re.IGNORECASE,
)
SUBORDINATORS = re.compile(
    r"\b(because|since|although|while|if|when|which|who|that|unless)\b", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.!?]+\s+")

Vector = NDArray[np.float64]


def surface_features(text: str) -> list[float]:
    """Return what can be counted without any parser."""
    words = _WORD.findall(text)
    lower = [word.lower() for word in words if word.islower()]
    n = len(words)
    zipf = [zipf_frequency(word, "en") for word in lower]
    sentences = [part for part in _SENTENCE_END.split(text.strip()) if part]
    lengths = [len(_WORD.findall(sentence)) for sentence in sentences]
    windows = [words[i : i + 100] for i in range(0, max(n - 99, 1), 25)]
    paragraphs = [part for part in text.split("\n") if part.strip()]
    return [
        n,
        fmean(len({word.lower() for word in window}) / len(window) for window in windows),
        len({word.lower() for word in words}) / n,
        fmean(lengths),
        pstdev(lengths),
        fmean(len(word) for word in words),
        sum(len(word) > 7 for word in words) / n,
        sum(value == 0 for value in zipf) / n,
        sum(0 < value < 3 for value in zipf) / n,
        sum(3 <= value < 4.2 for value in zipf) / n,
        fmean(zipf),
        100 * len(CONNECTIVES.findall(text)) / n,
        100 * len(SUBORDINATORS.findall(text)) / n,
        100 * text.count(",") / n,
        100 * sum("'" in word or "\u2019" in word for word in words) / n,
        sum(sentence[0].islower() for sentence in sentences) / len(sentences),
        100 * sum(word == "i" for word in words) / n,
        100 * sum(word in {"very", "really", "so", "and", "thing", "things"} for word in lower) / n,
        100 * sum(a in {"a", "an"} and (a == "an") != (b[0] in "aeiou")
                  for a, b in pairwise(lower)) / n,
        len(paragraphs),
        n / len(paragraphs),
    ]  # fmt: skip


def qwk(human: NDArray[np.int64], machine: NDArray[np.int64]) -> float:
    """Return the quadratic weighted kappa on the scale of the corpus."""
    return quadratic_weighted_kappa(human, machine, N_GRADES)


def qwk_interval(human: NDArray[np.int64], machine: NDArray[np.int64]) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of the kappa."""
    random = np.random.default_rng(0)
    n = len(human)
    values = [qwk(human[rows], machine[rows]) for rows in random.integers(0, n, (1000, n))]
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def to_grades(values: Vector) -> NDArray[np.int64]:
    """Return the nearest grades."""
    grades: NDArray[np.int64] = np.clip(np.rint(values), 0, N_GRADES - 1).astype(np.int64)
    return grades


def assign_folds(groups: Sequence[int], n_folds: int, seed: int) -> NDArray[np.int64]:
    """Return a fold for each row, so that the rows of a group share one."""
    random = np.random.default_rng(seed)
    distinct = sorted(set(groups))
    order = random.permutation(len(distinct)) % n_folds
    fold_of = dict(zip(distinct, order.tolist(), strict=True))
    return np.array([fold_of[group] for group in groups])


def stratified_folds(dataset: EssayDataset, n_folds: int, seed: int) -> NDArray[np.int64]:
    """Return a fold for each row, grades spread evenly and copies kept together."""
    random = np.random.default_rng(seed)
    fold_of: dict[str, int] = {}
    identities = dataset.text_identities()
    order = np.lexsort((random.random(len(dataset)), dataset.grades))
    for place, row in enumerate(order.tolist()):
        fold_of.setdefault(identities[row], place % n_folds)
    return np.array([fold_of[identity] for identity in identities])


def fit_predict(train: Vector, grades: Vector, test: Vector) -> Vector:
    """Return the predictions of a fresh booster."""
    booster = lightgbm.train(PARAMETERS, lightgbm.Dataset(train, grades), ROUNDS)
    return np.asarray(booster.predict(test), dtype=np.float64)


def cross_predict(matrix: Vector, grades: Vector, folds: NDArray[np.int64]) -> Vector:
    """Return out-of-fold predictions."""
    predicted = np.empty(len(grades))
    for fold in np.unique(folds):
        test = folds == fold
        predicted[test] = fit_predict(matrix[~test], grades[~test], matrix[test])
    return predicted


def cross_equate(
    matrix: Vector, grades: Vector, folds: NDArray[np.int64], predicted: Vector
) -> Vector:
    """Return out-of-fold predictions with the mean and spread of the training grades."""
    equated = np.empty(len(grades))
    for fold in np.unique(folds):
        test = folds == fold
        inner_folds = np.arange(int((~test).sum())) % 4
        inner = cross_predict(matrix[~test], grades[~test], inner_folds)
        scaled = (predicted[test] - inner.mean()) / inner.std()
        equated[test] = scaled * grades[~test].std() + grades[~test].mean()
    return equated


def print_shape(dataset: EssayDataset) -> None:
    """Print grades, words and raters."""
    words = np.array([count_words(text) for text in dataset.texts])
    shares = dataset.grade_counts / len(dataset)
    print(f"\n{'grade':<7}{'essays':>7}{'share':>8}{'words':>7}{'sd':>6}")
    for index, label in enumerate(dataset.scale.labels):
        chosen = words[dataset.grades == index]
        mean, sd = (chosen.mean(), chosen.std()) if len(chosen) else (np.nan, np.nan)
        print(f"{label:<7}{len(chosen):>7}{shares[index]:>8.1%}{mean:>7.0f}{sd:>6.0f}")
    print(f"all    {len(dataset):>7}        {words.mean():>7.0f}{words.std():>6.0f}", end="")
    print(f"   words {words.min()}…{words.max()}, prompts {len(set(dataset.prompts))}, ", end="")
    print(f"copies {len(dataset) - len(set(dataset.text_identities()))}")


def print_score(name: str, human: NDArray[np.int64], machine: NDArray[np.int64]) -> None:
    """Print a row: kappa with its interval, exact and adjacent agreement."""
    low, high = qwk_interval(human, machine)
    apart = np.abs(human - machine)
    print(
        f"{name:<44}{qwk(human, machine):>6.3f}  [{low:.3f}, {high:.3f}]"
        f"{(apart == 0).mean():>8.1%}{(apart <= 1).mean():>9.1%}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--essays", type=int, default=1400)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--folds", type=int, default=5)
    options = parser.parse_args()

    start = time.perf_counter()
    dataset = generate_demo_corpus(options.essays, options.seed)
    print(f"{len(dataset)} essays in {time.perf_counter() - start:.1f} s, digest {dataset.digest}")
    print_shape(dataset)

    grades = dataset.grades.astype(np.float64)
    matrix = np.array([surface_features(text) for text in dataset.texts])
    prompt_index = {name: i for i, name in enumerate(dict.fromkeys(dataset.prompts))}
    schemes: dict[str, Callable[[], NDArray[np.int64]]] = {
        "unseen prompts": lambda: assign_folds(
            [prompt_index[name] for name in dataset.prompts], options.folds, 7
        ),
        "stratified": lambda: stratified_folds(dataset, options.folds, 7),
    }
    print(f"\n{'':<44}{'QWK':>6}  {'95 % interval':<15}{'exact':>7}{'adjacent':>9}")
    for scheme, make_folds in schemes.items():
        folds = make_folds()
        for name, columns in {"surface features": matrix, "length alone": matrix[:, :1]}.items():
            predicted = cross_predict(columns, grades, folds)
            equated = cross_equate(columns, grades, folds, predicted)
            print_score(f"{name}, {scheme}, rounded", dataset.grades, to_grades(predicted))
            print_score(f"{name}, {scheme}, equated", dataset.grades, to_grades(equated))
    twice = ~np.isnan(dataset.ratings).any(axis=1)
    first, second = dataset.ratings[twice].astype(np.int64).T
    print_score(f"second rater against first ({twice.sum()} essays)", first, second)


if __name__ == "__main__":
    main()
