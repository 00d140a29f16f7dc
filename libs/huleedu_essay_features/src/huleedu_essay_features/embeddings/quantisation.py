"""Weights as 8-bit integers."""

import numpy as np
from numpy.typing import NDArray


def quantise(matrix: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return a matrix as 8-bit integers and one scale per column.

    Args:
        matrix: ndarray of shape (n_inputs, n_outputs), float32.

    Returns:
        Integers -127…127 of the same shape, and the scales to multiply its columns by, float32 of
        shape (n_outputs,); 1 for a column of zeros, or of values so small (below 1e-35) that their
        scale would lose its digits.
    """
    largest = np.abs(matrix).max(axis=0)
    steps = largest / np.float32(127)
    scales = np.where(steps >= np.finfo(np.float32).tiny, steps, np.float32(1)).astype(np.float32)
    return np.rint(matrix / scales).astype(np.int8), scales
