"""Which essays must stay together, whatever the split."""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.domain.dataset import EssayDataset


def connected_groups(*keys: Sequence[Hashable]) -> NDArray[np.int64]:
    """Group items that share a key, directly or through other items.

    Two essays on one prompt share a group; so do two copies of a text on two prompts, and with
    them all essays on both prompts.

    Args:
        keys: One or more sequences of n keys each; equal keys of one sequence tie items together.

    Returns:
        ndarray of shape (n_items,), int64; group numbers 0…G-1 in order of first appearance.
    """
    n = len(keys[0])
    parent = list(range(n))

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    for sequence in keys:
        first_with: dict[Hashable, int] = {}
        for item, key in enumerate(sequence):
            one, other = root(first_with.setdefault(key, item)), root(item)
            # The earlier item stays the root, so numbers follow the order of appearance.
            parent[max(one, other)] = min(one, other)
    numbers: dict[int, int] = {}
    groups = [numbers.setdefault(root(item), len(numbers)) for item in range(n)]
    return np.asarray(groups, dtype=np.int64)


def split_groups(dataset: EssayDataset, scheme: str) -> NDArray[np.int64]:
    """Return the groups that a splitting scheme keeps together, shape (n_essays,).

    The copies of a text, and under ``prompt_holdout`` all essays on a prompt.
    """
    if scheme == "prompt_holdout":
        return connected_groups(dataset.prompts, dataset.text_identities())
    return connected_groups(dataset.text_identities())


def grade_table(
    groups: NDArray[np.int64], grades: NDArray[np.int64], n_grades: int
) -> NDArray[np.int64]:
    """Return the essays of each group and grade.

    Args:
        groups: ndarray of shape (n_essays,); group numbers 0…G-1.
        grades: ndarray of shape (n_essays,); grade indices 0…K-1.
        n_grades: K.

    Returns:
        ndarray of shape (n_groups, n_grades), int64.
    """
    n_groups = int(groups.max()) + 1 if len(groups) else 0
    table = np.zeros((n_groups, n_grades), dtype=np.int64)
    np.add.at(table, (groups, grades), 1)
    return table
