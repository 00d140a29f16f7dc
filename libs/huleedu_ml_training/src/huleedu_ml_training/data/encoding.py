"""Making sure that a file is text in the encoding it is read with, before any row is used."""

import codecs
from contextlib import suppress
from pathlib import Path

from huleedu_ml_training.data.file_errors import UnknownEncodingError, WrongEncodingError

_CHUNK_BYTES = 1 << 20


def checked_encoding(path: Path, encoding: str) -> str:
    """Return the codec to open a file with, once all its bytes are known to fit.

    A byte order mark of UTF-8 is accepted and skipped.

    Args:
        path: The file.
        encoding: Name of a text encoding that Python knows.

    Raises:
        UnknownEncodingError: There is no such encoding.
        WrongEncodingError: Some bytes do not fit; names the first and guesses the encoding.
        OSError: The file cannot be read.
    """
    codec = _text_codec(encoding)
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    offset, line, head = 0, 1, b""
    with path.open("rb") as stream:
        while True:
            chunk = stream.read(_CHUNK_BYTES)
            head = head or chunk[:4]
            held = len(decoder.getstate()[0])
            bad = _first_misfit(decoder, chunk, held)
            if bad is None and codec.name == "utf-8" and b"\0" in head:
                # Half of UTF-16's bytes are NUL in English: valid UTF-8, but never meant as such.
                bad = head.index(b"\0")
            if bad is not None:
                raise WrongEncodingError(
                    path=path,
                    encoding=encoding,
                    offset=offset + bad,
                    line=line + chunk[: max(bad, 0)].count(b"\n"),
                    byte=_byte_at(path, offset + bad),
                    guess=_guess(head),
                )
            if not chunk:
                return "utf-8-sig" if codec.name == "utf-8" else codec.name
            offset += len(chunk)
            line += chunk.count(b"\n")


def _text_codec(encoding: str) -> codecs.CodecInfo:
    try:
        codec = codecs.lookup(encoding)
        with suppress(UnicodeError):
            b"?".decode(encoding)  # refuses codecs that are none of text, such as base64
    except (LookupError, ValueError):
        raise UnknownEncodingError(encoding=encoding) from None
    return codec


def _first_misfit(decoder: codecs.IncrementalDecoder, chunk: bytes, held: int) -> int | None:
    """Return where in a chunk decoding fails; negative in bytes held back from the last chunk."""
    try:
        decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError as error:
        return error.start - held
    except UnicodeError:  # UTF-16 without a byte order mark
        return 0
    return None


def _byte_at(path: Path, offset: int) -> int:
    with path.open("rb") as stream:
        stream.seek(offset)
        return stream.read(1)[0]


def _guess(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in head:
        return "utf-16-be" if head.startswith(b"\0") else "utf-16-le"
    return "cp1252"
