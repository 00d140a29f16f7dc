"""Cut-points on the expected grade that reproduce the teachers' distribution of grades.

Equipercentile equating (Kolen & Brennan 2014, *Test Equating, Scaling, and Linking*, chapter 2):
the share of essays below a cut-point equals the share of essays that teachers graded below it.
Expected grades shrink towards the middle of the scale; equating undoes that, at some cost in mean
absolute error.
"""

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.models.cutpoints import edged_positions

FloatArray = NDArray[np.float64]


def fit_equating_cutpoints(expected: FloatArray, y: NDArray[np.int64], n_grades: int) -> FloatArray:
    """Return the cut-points that give each grade to as many essays as the teachers did.

    A cut-point lies halfway between two neighbouring expected grades. Essays of equal expected
    grade stay together, so that the shares are only met as nearly as ties allow. Cut-points beside
    a grade that no teacher gave coincide.

    Args:
        expected: Out-of-fold expected grades, shape (n_essays,) in 0…K-1.
        y: Grade indices, shape (n_essays,).
        n_grades: K.

    Returns:
        ndarray of shape (K-1,), not descending.
    """
    below = np.cumsum(np.bincount(y, minlength=n_grades))[:-1]
    edged = edged_positions(np.sort(expected), n_grades)
    cutpoints: FloatArray = (edged[below] + edged[below + 1]) / 2
    return cutpoints
