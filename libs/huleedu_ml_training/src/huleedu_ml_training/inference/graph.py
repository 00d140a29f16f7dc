"""Running a grader's ONNX graph."""

import re
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.inference.errors import InvalidFeatureMatrixError, UnusableGraphError

_OUTPUTS = ("latent", "probabilities", "grade")
_BOUNDS = ("lowest", "highest")


class GraderGraph:
    """An onnxruntime session over ``grader.onnx``; safe for concurrent use.

    Args:
        graph: Bytes of the graph, digest already verified.
        scale: The grader's scale.
        n_features: Number of columns that it takes.
        threads: Threads of one call; services run calls side by side instead.
    """

    def __init__(
        self, graph: bytes, *, scale: GradeScale, n_features: int, threads: int = 1
    ) -> None:
        self._scale = scale
        self._n_features = n_features
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(
                graph, sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise UnusableGraphError(reason=_first_line(error)) from error
        outputs = {output.name for output in self._session.get_outputs()}
        if not outputs.issuperset(_OUTPUTS):
            raise UnusableGraphError(reason=f"its outputs are {sorted(outputs)}")
        self._bounds = _BOUNDS if outputs.issuperset(_BOUNDS) else ()

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
            bounds = [none for _ in self._bounds]
            shape = (0, len(self._scale))
            return GradePredictions(self._scale, np.empty(0), np.empty(shape), none, *bounds)
        results: list[Any] = self._session.run([*_OUTPUTS, *self._bounds], {"features": matrix})
        latent, probabilities, *indices = results
        return GradePredictions(
            self._scale,
            np.asarray(latent, dtype=np.float64).reshape(-1),
            np.asarray(probabilities, dtype=np.float64),
            *(np.asarray(index, dtype=np.int64).reshape(-1) for index in indices),
        )


def _first_line(error: Exception) -> str:
    return re.sub(r"^\[ONNXRuntimeError\]\s*:\s*", "", str(error).partition("\n")[0])
