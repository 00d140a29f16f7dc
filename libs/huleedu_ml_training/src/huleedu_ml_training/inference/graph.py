"""Running a grader's ONNX graph."""

import re
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.export.graph_rules import check_graph
from huleedu_ml_training.inference.errors import InvalidFeatureMatrixError, UnusableGraphError

_DOUBLE, _INTEGER = "tensor(double)", "tensor(int64)"
_OUTPUTS = {"latent": _DOUBLE, "probabilities": _DOUBLE, "grade": _INTEGER}
_BOUNDS = {"lowest": _INTEGER, "highest": _INTEGER}
_ROWS_A_RUN = 256
"""For each thread. The trees' nodes read all rows of a run one after the other; so many still fit
into a processor's cache, which takes a sixth less time with hundreds of features."""


class GraderGraph:
    """An onnxruntime session over ``grader.onnx``; safe for concurrent use.

    Args:
        graph: Bytes of the graph, digest already verified.
        scale: The grader's scale.
        n_features: Number of columns that it takes.
        threads: Threads of one call; services run calls side by side instead.

    Raises:
        ForbiddenGraphError: The graph contains what no grader's does.
        UnsupportedBundleVersionError: It is of another format version.
        UnusableGraphError: It cannot be run, or answers in another form.
    """

    def __init__(
        self, graph: bytes, *, scale: GradeScale, n_features: int, threads: int = 1
    ) -> None:
        self._scale = scale
        self._n_features = n_features
        check_graph(graph)
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # Its bookkeeping of memory takes longer than asking for the few small arrays of a run.
        options.enable_cpu_mem_arena = False
        options.enable_mem_reuse = False
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(
                graph, sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise UnusableGraphError(reason=_first_line(error)) from error
        outputs = {output.name: output.type for output in self._session.get_outputs()}
        wanted = _OUTPUTS | _BOUNDS if outputs.keys() >= _BOUNDS.keys() else _OUTPUTS
        if not outputs.items() >= wanted.items():
            raise UnusableGraphError(reason=f"its outputs are {outputs}")
        self._outputs = list(wanted)
        self._rows_a_run = _ROWS_A_RUN * threads
        self._try_out()

    def _try_out(self) -> None:
        """Grade two rows, so that a graph that fails is refused before it replaces another."""
        rows = np.zeros((2, self._n_features), dtype=np.float32)
        rows[1] = np.nan
        try:
            results = self._run(rows)
            GradePredictions(self._scale, *results)
        except Exception as error:
            raise UnusableGraphError(reason=_first_line(error)) from error
        grades = np.concatenate(results[2:])
        if grades.min() < 0 or grades.max() >= len(self._scale):
            raise UnusableGraphError(reason=f"it answers with grades {grades.tolist()[:6]}")

    def predict(self, X: NDArray[np.float32]) -> GradePredictions:
        """Grade feature vectors.

        Args:
            X: ndarray of shape (n_essays, n_features); NaN means undefined. Cast to float32.

        Raises:
            InvalidFeatureMatrixError: The shape is wrong or a value is infinite.
        """
        matrix = np.ascontiguousarray(X, dtype=np.float32)
        if matrix.ndim != 2 or matrix.shape[1] != self._n_features:
            reason = f"its shape is {matrix.shape}, expected (n_essays, {self._n_features})"
            raise InvalidFeatureMatrixError(reason=reason)
        infinite = np.isinf(matrix)
        if infinite.any():
            row, column = (int(index) for index in np.argwhere(infinite)[0])
            raise InvalidFeatureMatrixError(reason=f"row {row}, column {column} is infinite")
        if not len(matrix):
            none = np.empty(0, dtype=np.int64)
            bounds = [none for _ in self._outputs[len(_OUTPUTS) :]]
            shape = (0, len(self._scale))
            return GradePredictions(self._scale, np.empty(0), np.empty(shape), none, *bounds)
        return GradePredictions(self._scale, *self._run(matrix))

    def _run(self, matrix: NDArray[np.float32]) -> list[Any]:
        """Return the outputs, each with one row an essay."""
        if len(matrix) <= self._rows_a_run:
            results: list[Any] = self._session.run(self._outputs, {"features": matrix})
            return results
        parts = [
            self._session.run(self._outputs, {"features": matrix[start : start + self._rows_a_run]})
            for start in range(0, len(matrix), self._rows_a_run)
        ]
        return [np.concatenate(outputs) for outputs in zip(*parts, strict=True)]


def _first_line(error: Exception) -> str:
    return re.sub(r"^\[ONNXRuntimeError\]\s*:\s*", "", str(error).partition("\n")[0])
