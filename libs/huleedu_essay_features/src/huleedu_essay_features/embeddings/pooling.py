"""From the hidden states of a text's tokens to vectors of the text and of stretches of it.

A stretch's vector is the mean over its tokens, as the model saw them with the text around them
("late chunking", Günther et al. 2024): it costs no further pass, and a pronoun is near to what it
stands for. A model reads a long text in windows; sums run over all of them, so that every token
counts alike.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features.protocols import TextVectors
from huleedu_essay_features.segmentation import Span


@dataclass(frozen=True, slots=True, eq=False)
class WindowStates:
    """What a model says of the n tokens of one window.

    Attributes:
        offsets: ndarray of shape (n, 2), int64; per token, the offsets of its first character and
            after its last in the normalised text, ascending; two equal numbers, whatever they are,
            for tokens without characters, such as those that open and close a window.
        writing: ndarray of shape (n, dimensions), float32; the layer that writing vectors are of.
        topic: ndarray of shape (n, d), float32; the layer that topic and span vectors are of. It
            may be the same array.
    """

    offsets: NDArray[np.int64]
    writing: NDArray[np.float32]
    topic: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class PooledText:
    """The vectors of one text.

    Attributes:
        writing: ndarray of shape (dimensions,), float32: mean over all tokens.
        topic: ndarray of shape (d,), float32: mean over all tokens, made unit length.
        spans: ndarray of shape (n_spans, d), float32: means over the tokens that begin in a span,
            made unit length; NaN for spans in which none begins.
    """

    writing: NDArray[np.float32]
    topic: NDArray[np.float32]
    spans: NDArray[np.float32]


def pool_text(
    windows: Iterable[WindowStates], spans: Sequence[Span], *, dimensions: int, topic_size: int
) -> PooledText:
    """Return the vectors of one text; NaN where there is no token.

    Sums are float64. Windows are taken one at a time: a generator keeps memory flat.

    Args:
        windows: The text's windows, in any order; together they hold every token once.
        spans: Start and end of each stretch, ascending, without overlap.
        dimensions: Length of a writing vector.
        topic_size: Length of a topic vector.
    """
    bounds = np.array(spans, dtype=np.int64).reshape(-1, 2)
    writing = np.zeros(dimensions)
    topic = np.zeros(topic_size)
    sums = np.zeros((len(bounds), topic_size))
    n_tokens = 0
    for window in windows:
        n_tokens += len(window.offsets)
        states = window.topic.astype(np.float64)
        topic += states.sum(axis=0)
        writing += window.writing.astype(np.float64).sum(axis=0)
        _add_to_spans(sums, bounds, window.offsets, states)
    mean = writing / n_tokens if n_tokens else np.full(dimensions, np.nan)
    return PooledText(mean.astype(np.float32), _unit(topic[None])[0], _unit(sums))


def stack_texts(pooled: Sequence[PooledText], *, dimensions: int, topic_size: int) -> TextVectors:
    """Return the vectors of n texts, as an embedder gives them; n may be 0."""
    return TextVectors(
        writing=np.array([one.writing for one in pooled], np.float32).reshape(-1, dimensions),
        topic=np.array([one.topic for one in pooled], np.float32).reshape(-1, topic_size),
        spans=tuple(one.spans for one in pooled),
    )


def _add_to_spans(
    sums: NDArray[np.float64],
    bounds: NDArray[np.int64],
    offsets: NDArray[np.int64],
    states: NDArray[np.float64],
) -> None:
    """Add the states of a window's tokens to the spans in which they begin."""
    rows = np.flatnonzero(offsets[:, 0] < offsets[:, 1])
    firsts, ends = np.searchsorted(offsets[rows, 0], bounds.T)
    for span in np.flatnonzero(firsts < ends):
        sums[span] += states[rows[firsts[span] : ends[span]]].sum(axis=0)


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return rows of unit length; those that are all zero become NaN."""
    with np.errstate(invalid="ignore"):
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)
