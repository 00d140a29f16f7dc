"""How fast a grader answers: the exported graph beside other ways to run the same trees.

    python benchmarks/scoring.py                       # 50 and 433 features, one thread
    PYTHONPATH=DIR python benchmarks/scoring.py        # with treelite and tl2cgen installed in DIR

One grader of 8 grades is fitted for each width: seven LightGBM boosters on 2,000 simulated essays,
Platt calibration, median decision. Contenders take turns, so that whatever else the machine does
hits all of them alike.

* ``graph`` is ``GraderGraph.predict``: checked input, latent score, probabilities, grade and range.
* ``graph, session only`` is the ``run`` of its onnxruntime session.
* ``trees of the graph`` is that session with everything after the trees cut off: what the rows
  below are to be compared with, since they give margins and no grades.
* ``LightGBM, 7 predicts`` are the boosters' own ``predict``, margins only.
* ``scikit-learn estimator`` is ``OrdinalBoostingClassifier.predict`` on the same boosters.
* ``tl2cgen`` are the boosters compiled to C by gcc, ``treelite gtil`` is treelite's interpreter.

A single row is another one at each call, as essays are; ``the same row`` is for comparison with
benchmarks that repeat one, whose every branch the processor then knows by heart.
Ratios are medians divided by the graph's median: above 1, the graph is faster. The last line is
memory of the process before and after many batches of the graph.
"""

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray

from huleedu_ml_training.config import BoosterSettings, ModelSettings
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.export.graph_rules import ML_DOMAIN
from huleedu_ml_training.export.onnx_graph import build_onnx_graph
from huleedu_ml_training.inference.graph import GraderGraph
from huleedu_ml_training.models.boosters.lightgbm import LightGBMBooster
from huleedu_ml_training.models.calibration import fit_calibrator
from huleedu_ml_training.models.catalogue import create_trainer
from huleedu_ml_training.models.decision import fit_decision_rule
from huleedu_ml_training.models.estimators import OrdinalBoostingClassifier
from huleedu_ml_training.models.grader import Grader
from huleedu_ml_training.models.prediction_sets import fit_prediction_sets
from huleedu_ml_training.testing.simulation import simulate_essays

Rows = NDArray[np.float32]
Contenders = dict[str, Callable[[Rows], Any]]
SCALE = GradeScale.named("swedish_8")
GRAPH = "graph"


def fit(n_features: int, rounds: int) -> Grader:
    """Fit a grader; what it is calibrated on does not matter for its speed."""
    essays = simulate_essays(2300, len(SCALE), n_features=n_features, missing=0.02, seed=1)
    train, stopping = essays.part(0, 2000), essays.part(2000, 2300)
    settings = ModelSettings(booster=BoosterSettings(max_rounds=rounds))
    classifier = create_trainer(settings, threads=1).fit(
        train.X, train.y, n_grades=len(SCALE), stopping=(stopping.X, stopping.y), seed=1
    )
    latent, cumulative = classifier.latent(stopping.X), classifier.cumulative(stopping.X)
    calibrator = fit_calibrator("platt", latent, cumulative, stopping.y, len(SCALE))
    probabilities = calibrator.probabilities(latent, cumulative)
    return Grader(
        SCALE,
        tuple(f"feature_{column}" for column in range(n_features)),
        classifier,
        calibrator,
        fit_decision_rule("median", probabilities, stopping.y),
        fit_prediction_sets(probabilities, stopping.y, miscoverage=0.1, groups=[[0]]),
    )


def session_of(graph: bytes, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def tree_nodes(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    return [node for node in model.graph.node if node.domain == ML_DOMAIN]


def trees_of(graph: bytes) -> bytes:
    """Return the graph cut off after its trees, their sums being the only output."""
    model = onnx.load_from_string(graph)
    sums = [node.output[0] for node in tree_nodes(model)]
    (together,) = (node for node in model.graph.node if list(node.input) == sums)
    del model.graph.output[:]
    model.graph.output.append(
        onnx.helper.make_tensor_value_info(together.output[0], onnx.TensorProto.FLOAT, None)
    )
    needed = {together.output[0]}
    for node in reversed(list(model.graph.node)):
        if needed.isdisjoint(node.output):
            model.graph.node.remove(node)
        else:
            needed.update(node.input)
    for constant in [each for each in model.graph.initializer if each.name not in needed]:
        model.graph.initializer.remove(constant)
    return model.SerializeToString()


def contenders(grader: Grader, threads: int, workspace: Path) -> tuple[Contenders, bytes]:
    """Return what runs the same trees, and the graph."""
    graph = build_onnx_graph(grader, feature_schema_digest="0" * 64)
    width = len(grader.feature_names)
    grading = GraderGraph(graph, scale=SCALE, n_features=width, threads=threads)
    whole, trees = session_of(graph, threads), session_of(trees_of(graph), threads)
    boosters = [
        each.native for each in grader.classifier.thresholds if isinstance(each, LightGBMBooster)
    ]
    estimator = OrdinalBoostingClassifier(kind="cumulative_binary")
    estimator.model_ = grader.classifier
    estimator.classes_, estimator.n_features_in_ = np.arange(len(SCALE)), width
    found: Contenders = {
        GRAPH: grading.predict,
        "graph, session only": lambda X: whole.run(None, {"features": X}),
        "trees of the graph": lambda X: trees.run(None, {"features": X})[0],
        f"LightGBM, {len(boosters)} predicts": lambda X: np.column_stack(
            [each.predict(X, raw_score=True, num_threads=threads) for each in boosters]
        ),
        "scikit-learn estimator": estimator.predict,
        **compiled(boosters, threads, workspace),
    }
    return found, graph


def compiled(boosters: list[Any], threads: int, workspace: Path) -> Contenders:
    """Return what treelite makes of the boosters, where it is installed."""
    try:
        import tl2cgen  # noqa: PLC0415 - optional
        import treelite  # noqa: PLC0415 - optional
    except ImportError:
        print("treelite or tl2cgen is not installed: left out\n")
        return {}
    models = [treelite.frontend.from_lightgbm(booster) for booster in boosters]
    predictors = []
    for number, model in enumerate(models):
        library = workspace / f"threshold_{number}.so"
        tl2cgen.export_lib(
            model, toolchain="gcc", libpath=library, params={"parallel_comp": 4}, nthread=1
        )
        predictors.append(tl2cgen.Predictor(library, nthread=threads))

    def run_compiled(X: Rows) -> NDArray[np.float32]:
        rows = tl2cgen.DMatrix(X)
        return np.column_stack(
            [each.predict(rows, pred_margin=True).reshape(len(X)) for each in predictors]
        )

    return {
        "tl2cgen": run_compiled,
        "treelite gtil": lambda X: np.column_stack(
            [
                treelite.gtil.predict(each, X, nthread=threads, pred_margin=True).reshape(len(X))
                for each in models
            ]
        ),
    }


def check(found: Contenders, X: Rows) -> None:
    """Require that all that give margins agree: no speed is worth another answer."""
    expected = found["trees of the graph"](X)
    for name, run in found.items():
        if name.startswith(("LightGBM", "tl2cgen", "treelite")):
            np.testing.assert_allclose(run(X), expected, atol=1e-4, err_msg=name)


def measure(
    found: Contenders, X: Rows, *, n_rows: int, turns: int, calls: int
) -> dict[str, NDArray[np.float64]]:
    """Return seconds of each call, shape (turns * calls,).

    The contenders take turns of several calls: within a turn the caches hold what the contender
    needs, as they do in a service. Each call takes the rows after those of the call before.
    """
    seconds: dict[str, list[float]] = {name: [] for name in found}
    starts = np.arange(turns * calls) * n_rows % (len(X) - n_rows + 1)
    for turn in range(turns):
        for name, run in found.items():
            run(X[:n_rows])
            for start in starts[turn * calls : (turn + 1) * calls]:
                rows = X[start : start + n_rows]
                started = time.perf_counter()
                run(rows)
                seconds[name].append(time.perf_counter() - started)
    return {name: np.array(values) for name, values in seconds.items()}


def print_table(
    seconds: dict[str, NDArray[np.float64]], n_rows: int, title: str | None = None
) -> None:
    unit, factor = ("µs", 1e6) if n_rows == 1 else ("ms", 1e3)
    reference = np.median(seconds[GRAPH])
    title = title or f"rows a call: {n_rows:,}"
    print(f"| {title} | p50, {unit} | p99, {unit} | µs a row | ratio to the graph |")
    print("|---|---:|---:|---:|---:|")
    for name, values in seconds.items():
        middle, high = np.quantile(values, [0.5, 0.99])
        a_row = f"{middle * 1e6 / n_rows:.1f}"
        ratio = f"{middle / reference:.2f}"
        print(f"| {name} | {middle * factor:.1f} | {high * factor:.1f} | {a_row} | {ratio} |")
    print(flush=True)


def resident_mib() -> float:
    """Return the memory of this process, MiB; Linux only."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--features", nargs="+", type=int, default=[50, 433])
    parser.add_argument("--rounds", type=int, default=400, help="most trees of a threshold")
    parser.add_argument("--batch", type=int, default=10_000, help="rows of a batch")
    parser.add_argument(
        "--calls", type=int, default=100, help="calls with one row in a turn, of 10"
    )
    parser.add_argument("--batches", type=int, default=15, help="calls with a batch")
    parser.add_argument("--memory-batches", type=int, default=100)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    for width in options.features:
        grader = fit(width, options.rounds)
        X = simulate_essays(options.batch, len(SCALE), n_features=width, missing=0.02, seed=2).X
        with TemporaryDirectory() as workspace:
            found, graph = contenders(grader, options.threads, Path(workspace))
            trees = 0
            for node in tree_nodes(onnx.load_from_string(graph)):
                (numbers,) = (item.ints for item in node.attribute if item.name == "nodes_treeids")
                trees += numbers[-1] + 1
            print(
                f"## {width} features, {trees:,} trees, graph of {len(graph) / 2**20:.1f} "
                f"MiB, threads: {options.threads}\n"
            )
            check(found, X[:1000])
            calls = options.calls
            print_table(measure(found, X, n_rows=1, turns=10, calls=calls), 1)
            print_table(measure(found, X[:1], n_rows=1, turns=10, calls=calls), 1, "the same row")
            batch = X[: options.batch]
            print_table(
                measure(found, batch, n_rows=len(batch), turns=options.batches, calls=1), len(batch)
            )
            before = resident_mib()
            for _ in range(options.memory_batches):
                found[GRAPH](batch)
            after = resident_mib()
            print(
                f"memory over {options.memory_batches} batches of the graph: "
                f"{before:.0f} MiB before, {after:.0f} MiB after\n",
                flush=True,
            )


if __name__ == "__main__":
    main()
