"""Into how many parts essays are divided."""

from collections.abc import Iterator

ESSAYS_PER_SHARD = 2000
"""Unless told otherwise: a minute or two of work for one process, which a dead worker loses."""


def shard_size(n_essays: int, n_shards: int | None) -> int:
    """Return the number of essays of every shard but the last.

    Args:
        n_essays: At least 1.
        n_shards: The number of shards, or None for shards of a sensible size; there are never
            more shards than essays.
    """
    n_shards = n_shards or -(-n_essays // ESSAYS_PER_SHARD)
    return -(-n_essays // n_shards)


def even_parts(n_essays: int, n_shards: int | None) -> Iterator[tuple[int, int]]:
    """Yield start and end of each shard's rows."""
    size = shard_size(n_essays, n_shards)
    for start in range(0, n_essays, size):
        yield start, min(start + size, n_essays)
