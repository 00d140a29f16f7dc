"""The tokeniser of uncased BERT models, and cutting token sequences into windows."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

CLS, SEP = 101, 102
"""Ids of the tokens that open and close a window."""

_UNKNOWN = "[UNK]"
_VOCABULARY = "resources/bert_uncased_vocab.txt"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """The pieces of a text, or of a window of it.

    Attributes:
        ids: ndarray of shape (n,), int64.
        offsets: ndarray of shape (n, 2), int64: per piece, the offsets of its first character and
            after its last in the text that was given; ``(0, 0)`` for the special tokens.
    """

    ids: NDArray[np.int64]
    offsets: NDArray[np.int64]


class WordPieceTokenizer:
    """Texts to WordPiece ids, without special tokens. Safe for concurrent use."""

    def __init__(self) -> None:
        content = resources.files("huleedu_essay_features").joinpath(_VOCABULARY).read_bytes()
        if hashlib.sha256(content).hexdigest() != VOCABULARY_SHA256:
            msg = f"{_VOCABULARY} is not the vocabulary that was packed"
            raise RuntimeError(msg)
        pieces = content.decode().splitlines()
        vocabulary = {piece: index for index, piece in enumerate(pieces)}
        self._tokenizer = Tokenizer(WordPiece(vocabulary, unk_token=_UNKNOWN))
        self._tokenizer.normalizer = BertNormalizer(lowercase=True)
        self._tokenizer.pre_tokenizer = BertPreTokenizer()
        self._starts_word = np.array([not piece.startswith("##") for piece in pieces])

    def encode(self, text: str) -> Pieces:
        """Return a text's pieces, without special tokens."""
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        return Pieces(
            ids=np.array(encoding.ids, dtype=np.int64),
            offsets=np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2),
        )

    def windows(self, pieces: Pieces, size: int) -> Iterator[Pieces]:
        """Cut a text's pieces into windows of nearly equal length, none of them inside a word.

        Args:
            pieces: A text's pieces, without special tokens.
            size: Greatest length of a window, its two special tokens included.

        Yields:
            Windows with their special tokens; together they hold every piece once, in order.
        """
        capacity = size - 2
        total = len(pieces.ids)
        start = 0
        while start < total:
            left = total - start
            end = start + _ceil(left, _ceil(left, capacity))
            if end < total:
                end = self._word_boundary(pieces.ids, start, end)
            yield Pieces(
                ids=np.concatenate([[CLS], pieces.ids[start:end], [SEP]]),
                offsets=np.pad(pieces.offsets[start:end], ((1, 1), (0, 0))),
            )
            start = end

    def _word_boundary(self, ids: NDArray[np.int64], start: int, wanted: int) -> int:
        ends = range(wanted, start, -1)
        return next((end for end in ends if self._starts_word[ids[end]]), wanted)


def _ceil(number: int, divisor: int) -> int:
    return -(-number // divisor)


@cache
def wordpiece_tokenizer() -> WordPieceTokenizer:
    """Return the tokeniser, loaded once in a process."""
    return WordPieceTokenizer()
