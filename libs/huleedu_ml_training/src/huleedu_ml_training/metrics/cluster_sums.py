"""Sums over essays per cluster, which make a resample a row of weights times a matrix."""

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.metrics.uncertainty import Clusters


def sum_by_cluster(terms: NDArray[np.float64], clusters: Clusters) -> NDArray[np.float64]:
    """Sum the rows of the essays of each cluster.

    Args:
        terms: What is summed, shape (n_essays, n_terms).
        clusters: Which essays are drawn together.

    Returns:
        ndarray of shape (n_clusters, n_terms), float64.
    """
    if clusters.by == "essay":
        return terms.astype(np.float64)
    order = np.argsort(clusters.of_essay, kind="stable")
    starts = np.flatnonzero(np.diff(clusters.of_essay[order], prepend=-1))
    summed: NDArray[np.float64] = np.add.reduceat(terms[order].astype(np.float64), starts, axis=0)
    return summed
