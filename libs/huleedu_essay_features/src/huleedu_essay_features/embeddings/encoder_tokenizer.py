"""The tokeniser of an encoder, and cutting texts into windows that it can read."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing

_OPEN_AND_CLOSE = {"bert": ("[CLS]", "[SEP]"), "mpnet": ("<s>", "</s>")}


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """A stretch of a text as an encoder reads it.

    Attributes:
        ids: ndarray of shape (n_tokens,), int64; with the tokens that open and close it.
        offsets: ndarray of shape (n_tokens, 2), int64; per token, the offsets of its first
            character that is no blank, and after its last; ``(0, 0)`` for those two.
    """

    ids: NDArray[np.int64]
    offsets: NDArray[np.int64]


class EncoderTokenizer:
    """Texts to windows of token ids. Safe for concurrent use.

    Args:
        document: A ``tokenizer.json``.

    Raises:
        ValueError: It cannot be read, or does not put one token before and one after a text.
    """

    def __init__(self, document: str) -> None:
        try:
            self._tokenizer = Tokenizer.from_str(document)
        except Exception as error:  # the package raises nothing narrower
            raise ValueError(str(error)) from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        # What a pupil writes is text, even where it reads "<mask>".
        self._tokenizer.encode_special_tokens = True
        frame = self._tokenizer.encode("").ids
        if len(frame) != 2:
            msg = f"it puts {len(frame)} special tokens around a text, not two"
            raise ValueError(msg)
        self._first, self._last = frame

    @property
    def largest_id(self) -> int:
        """The largest id that it gives."""
        return max(self._tokenizer.get_vocab(with_added_tokens=True).values())

    def windows(self, text: str, size: int) -> list[Window]:
        """Cut a text into windows of nearly equal length, none of them inside a word.

        Args:
            text: Any text.
            size: Greatest length of a window, its two special tokens included.

        Returns:
            Windows that together hold every token of the text once, in order; a word longer than
            a window is cut. None for a text without tokens.
        """
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        ids = np.asarray(encoding.ids, dtype=np.int64)
        # Some tokenisers count the blank before a word as the word's.
        offsets = [(_first_visible(text, start, end), end) for start, end in encoding.offsets]
        windows = []
        start = 0
        for end in _ends(encoding, size - 2):
            framed = np.concatenate([[self._first], ids[start:end], [self._last]])
            places = np.array([(0, 0), *offsets[start:end], (0, 0)], dtype=np.int64)
            windows.append(Window(framed, places))
            start = end
        return windows


def _first_visible(text: str, start: int, end: int) -> int:
    while start < end and text[start].isspace():
        start += 1
    return start


def _ends(encoding: Encoding, capacity: int) -> list[int]:
    """Return where each window ends."""
    words = encoding.word_ids
    n = len(words)
    ends = [0]
    while ends[-1] < n:
        start = ends[-1]
        left = n - start
        end = start + -(-left // -(-left // capacity))
        if end < n:
            cuts = range(end, start, -1)
            end = next((cut for cut in cuts if words[cut] != words[cut - 1]), end)
        ends.append(end)
    return ends[1:]


def canonical_tokenizer(content: bytes) -> str:
    """Return a ``tokenizer.json`` without what only concerns batches: truncation and padding.

    Raises:
        ValueError: It is not JSON in UTF-8.
    """
    document = json.loads(content)
    if isinstance(document, dict):
        for field in ("truncation", "padding"):
            document.pop(field, None)
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def tokenizer_of_vocabulary(
    vocabulary: str, family: str, settings: Mapping[str, object]
) -> str | None:
    """Return the ``tokenizer.json`` that a ``vocab.txt`` stands for.

    Args:
        vocabulary: The file: one word piece a line.
        family: The encoder's family.
        settings: Its ``tokenizer_config.json``; empty where there is none.

    Returns:
        None where the family's tokenisers are not made of a ``vocab.txt``, or the vocabulary
        lacks the tokens that open and close a text.
    """
    ids = {piece: index for index, piece in enumerate(vocabulary.splitlines())}
    frame = _OPEN_AND_CLOSE.get(family)
    if frame is None or not ids.keys() >= {*frame, "[UNK]"}:
        return None
    tokenizer = Tokenizer(WordPiece(ids, unk_token="[UNK]"))  # noqa: S106 - no password
    strip_accents = settings.get("strip_accents")
    tokenizer.normalizer = BertNormalizer(
        lowercase=bool(settings.get("do_lower_case", True)),
        handle_chinese_chars=bool(settings.get("tokenize_chinese_chars", True)),
        strip_accents=strip_accents if isinstance(strip_accents, bool) else None,
    )
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(
        single=f"{frame[0]} $A {frame[1]}", special_tokens=[(token, ids[token]) for token in frame]
    )
    return canonical_tokenizer(tokenizer.to_str().encode())


def text_digest(text: str) -> str:
    """Return the sha256 of a text in UTF-8, 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()
