"""Running an encoder's graph on a text, window by window."""

from collections.abc import Sequence

import numpy as np
import onnxruntime
from numpy.typing import NDArray


def open_session(graph: bytes, *, threads: int = 1) -> onnxruntime.InferenceSession:
    """Return a session whose results do not depend on how busy the machine is.

    Args:
        graph: A serialised ONNX model; the caller has made sure of its origin.
        threads: Threads of one call.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Where a CPU would let 16-bit sums of 8-bit products overflow, take exact kernels instead.
    options.add_session_config_entry("session.x64quantprecision", "1")
    # The graph is as fused as it should be.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def hidden_states(
    session: onnxruntime.InferenceSession, ids: NDArray[np.int64], outputs: Sequence[str]
) -> list[NDArray[np.float32]]:
    """Return hidden states of one window, per output an array of shape (n_tokens, d)."""
    return [states[0] for states in session.run(list(outputs), {"ids": ids[None]})]
