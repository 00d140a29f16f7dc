"""Dealing whole groups of essays out to parts so that every part gets its share of each grade."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def allocate(
    table: NDArray[np.int64],
    shares: NDArray[np.float64],
    order: Sequence[int] | NDArray[np.int64],
) -> NDArray[np.int64]:
    """Deal groups out one by one, each to the part that still needs its grades most.

    When as many groups are left as parts are empty, the empty parts get them: no part stays
    empty as long as there are as many groups as parts.

    Args:
        table: ndarray of shape (n_groups, n_grades); essays per group and grade.
        shares: ndarray of shape (n_parts, n_grades); the share of each grade's essays that each
            part should get. Columns sum to 1.
        order: The n_groups group numbers, in the order in which they are dealt out.

    Returns:
        ndarray of shape (n_groups,), int64; the part of each group.
    """
    totals = table.sum(axis=0)
    # A need is counted in shares of a grade's essays, so that one essay of a rare grade weighs
    # more than one of a common grade.
    weights = 1.0 / np.maximum(totals, 1)
    need = shares * totals
    size_need = need.sum(axis=1)
    empty = np.ones(len(shares), dtype=bool)
    parts = np.full(len(table), -1, dtype=np.int64)
    for dealt, group in enumerate(order):
        counts = table[group]
        score = need @ (counts * weights)
        if len(table) - dealt <= np.count_nonzero(empty):
            score = np.where(empty, score, -np.inf)
        # Equal needs in this grade: the part that lacks most essays altogether, then the first.
        best = np.flatnonzero(score >= score.max() - 1e-9)
        part = int(best[np.argmax(size_need[best])])
        parts[group] = part
        need[part] -= counts
        size_need[part] -= counts.sum()
        empty[part] = False
    return parts


def imbalance(
    table: NDArray[np.int64], shares: NDArray[np.float64], parts: NDArray[np.int64]
) -> float:
    """Return how far an allocation is from its shares; 0 is perfect.

    The root of the mean squared error of the parts' sizes plus that of their grade shares, both
    in shares of the essays concerned.

    Args:
        table: As in :func:`allocate`.
        shares: As in :func:`allocate`.
        parts: ndarray of shape (n_groups,); the part of each group.
    """
    got = np.zeros(shares.shape, dtype=np.float64)
    np.add.at(got, parts, table)
    totals = table.sum(axis=0)
    wanted = shares * totals
    size_error = (got.sum(axis=1) - wanted.sum(axis=1)) / max(int(totals.sum()), 1)
    grade_error = (got - wanted)[:, totals > 0] / totals[totals > 0]
    return float(np.sqrt(np.mean(size_error**2)) + np.sqrt(np.mean(grade_error**2)))


def shares_with_rare_grades(
    table: NDArray[np.int64], fractions: Sequence[float], priority: Sequence[int]
) -> NDArray[np.float64]:
    """Return the shares of :func:`allocate`, with grades too rare for every part set apart.

    A grade that is in fewer groups than there are parts is spread over the first parts of the
    priority: a single essay goes where it can be learnt from, a second where it is judged.

    Args:
        table: As in :func:`allocate`.
        fractions: The parts' shares of all essays; sum to 1.
        priority: All part numbers, the most deserving first.

    Returns:
        ndarray of shape (n_parts, n_grades), float64.
    """
    n_parts = len(fractions)
    shares = np.repeat(np.asarray(fractions, dtype=np.float64)[:, None], table.shape[1], axis=1)
    groups_with = np.count_nonzero(table, axis=0)
    for grade in np.flatnonzero((groups_with > 0) & (groups_with < n_parts)):
        shares[:, grade] = 0.0
        shares[list(priority[: groups_with[grade]]), grade] = 1.0 / groups_with[grade]
    return shares
