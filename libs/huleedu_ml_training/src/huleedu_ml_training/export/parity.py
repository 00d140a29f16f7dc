"""Proof that a graph grades as the model that it was made from."""

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from huleedu_ml_training.export.adversarial import adversarial_rows, infinite_rows
from huleedu_ml_training.export.certificate import ParityCertificate
from huleedu_ml_training.export.errors import ParityError
from huleedu_ml_training.export.tree_routing import routing_gaps
from huleedu_ml_training.export.trees import split_points
from huleedu_ml_training.models.grader import Grader
from huleedu_ml_training.models.stacked_classifier import StackedClassifier

ADVERSARIAL_ROWS = 3000
INFINITE_ROWS = 300
LATENT_TOLERANCE = 1e-5
PROBABILITY_TOLERANCE = 1e-5


def certify_parity(
    grader: Grader, graph: bytes, X: NDArray[np.float32], *, seed: int
) -> ParityCertificate:
    """Run graph and model on the given and on adversarial rows and compare.

    Adversarial rows are made from the graph's own thresholds. Model and scorer refuse infinities
    before anything is graded; on rows with infinities the graph's trees are therefore compared
    with the boosting library's own prediction, which takes them as it takes any number.

    Args:
        grader: The model.
        graph: Its graph.
        X: Rows of real features, shape (n_essays, n_features), at least one.
        seed: Seed of the adversarial rows.

    Raises:
        ParityError: A row gets another grade, a difference is beyond the tolerance, or an infinite
            value takes another branch.
        UnsupportedExportError: Nothing says which boosters a tree node was written from.
    """
    given = np.ascontiguousarray(X, dtype=np.float32)
    rng = np.random.default_rng(np.random.SeedSequence([abs(seed), len(given)]))
    points = _input_points(split_points(graph), grader)
    made_up = adversarial_rows(given, points, n_rows=ADVERSARIAL_ROWS, rng=rng)
    rows = np.concatenate([given, made_up])
    expected = grader.predict(rows)
    latent, probabilities, grades, bounds = _run(graph, rows, with_bounds=grader.sets is not None)
    latent_gap = np.abs(latent - expected.latent) / np.maximum(1.0, np.abs(expected.latent))
    probability_gap = np.abs(probabilities - expected.probabilities).max(axis=1)
    flipped = grades != expected.grades
    for found_bound, bound in zip(bounds, (expected.lowest, expected.highest), strict=False):
        flipped |= found_bound != bound
    # NaN compares false with everything: what is not within the tolerance fails.
    failed = flipped | ~(
        (latent_gap <= LATENT_TOLERANCE) & (probability_gap <= PROBABILITY_TOLERANCE)
    )
    infinite = infinite_rows(given, n_rows=INFINITE_ROWS, rng=rng)
    routing = routing_gaps(grader.classifier, graph, infinite)
    strayed = ~(routing <= LATENT_TOLERANCE)
    certificate = ParityCertificate(
        rows=len(given),
        adversarial_rows=len(made_up),
        max_latent_difference=float(latent_gap.max()),
        max_probability_difference=float(probability_gap.max()),
        grade_flips=int(flipped.sum()),
        infinite_rows=len(infinite),
        infinite_flips=int(strayed.sum()),
        latent_tolerance=LATENT_TOLERANCE,
        probability_tolerance=PROBABILITY_TOLERANCE,
        seed=seed,
        runtime=f"onnxruntime {ort.__version__}",
        passed=not (failed.any() or strayed.any()),
    )
    if not certificate.passed:
        if not failed.any():
            row = int(np.argmax(strayed))
            example = f"row {row} with infinities: a sum of trees is {routing[row]:.3g} off"
            raise ParityError(certificate=certificate, example=example)
        row = int(np.argmax(flipped if flipped.any() else failed))
        place = f"row {row}" if row < len(given) else f"adversarial row {row - len(given)}"
        found, wanted = expected.scale.decode([int(grades[row]), int(expected.grades[row])])
        example = (
            f"{place}: graph {found} (latent score {latent[row]:.6g}), "
            f"model {wanted} ({expected.latent[row]:.6g})"
        )
        raise ParityError(certificate=certificate, example=example)
    return certificate


def _input_points(points: dict[int, list[float]], grader: Grader) -> dict[int, list[float]]:
    """Return thresholds by column of the input; those of a computed feature have none."""
    if not isinstance(grader.classifier, StackedClassifier):
        return points
    plain = grader.classifier.plain
    return {plain[column]: found for column, found in points.items() if column < len(plain)}


def _run(
    graph: bytes, rows: NDArray[np.float32], *, with_bounds: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], list[NDArray[np.int64]]]:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = ort.InferenceSession(graph, sess_options=options, providers=["CPUExecutionProvider"])
    names = ["latent", "probabilities", "grade", *(["lowest", "highest"] if with_bounds else [])]
    latent, probabilities, grades, *bounds = session.run(names, {"features": rows})
    return latent, probabilities, grades, bounds
