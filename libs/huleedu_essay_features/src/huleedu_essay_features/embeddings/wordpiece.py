"""The tokeniser of uncased BERT models, and cutting token sequences into windows."""

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import resources

from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

CLS, SEP = 101, 102
"""Ids of the tokens that open and close a window."""

_UNKNOWN = "[UNK]"
_VOCABULARY = "resources/bert_uncased_vocab.txt"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"


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
        self._starts_word = [not piece.startswith("##") for piece in pieces]

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text's pieces."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def windows(self, ids: Sequence[int], size: int) -> list[list[int]]:
        """Cut a sequence into windows of nearly equal length, none of them inside a word.

        Args:
            ids: Ids of a text's pieces.
            size: Greatest length of a window, its two special tokens included.

        Returns:
            Windows with their special tokens; together they hold every id once, in order.
        """
        capacity = size - 2
        windows = []
        start = 0
        while start < len(ids):
            left = len(ids) - start
            end = start + _ceil(left, _ceil(left, capacity))
            if end < len(ids):
                end = self._word_boundary(ids, start, end)
            windows.append([CLS, *ids[start:end], SEP])
            start = end
        return windows

    def _word_boundary(self, ids: Sequence[int], start: int, wanted: int) -> int:
        ends = range(wanted, start, -1)
        return next((end for end in ends if self._starts_word[ids[end]]), wanted)


def _ceil(number: int, divisor: int) -> int:
    return -(-number // divisor)


@cache
def wordpiece_tokenizer() -> WordPieceTokenizer:
    """Return the tokeniser, loaded once in a process."""
    return WordPieceTokenizer()
