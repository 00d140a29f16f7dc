"""Cutting a call into requests that a server takes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from huleedu_essay_features.protocols import EssayInput
from huleedu_essay_features.service.errors import EssayTooLargeError
from huleedu_essay_features.service.limits import ServiceLimits
from huleedu_essay_features.service.wire import encode_essay, join_request


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive essays of a call.

    Attributes:
        start: Position of the first one in the call.
        size: Number of essays.
        body: Of the request.
    """

    start: int
    size: int
    body: bytes


def batches(
    essays: Sequence[EssayInput], digest: str, limits: ServiceLimits, *, most: int
) -> Iterator[Batch]:
    """Yield the requests of a call, in order; each is made when it is asked for.

    Args:
        essays: The call's essays.
        digest: The schema that the answers must have.
        limits: Of the server.
        most: Essays of a request, where the server takes more.

    Raises:
        EssayTooLargeError: The server takes no request with that essay.
    """
    most = min(most, limits.essays)
    frame = len(join_request([], digest))
    parts: list[bytes] = []
    size = frame
    for index, essay in enumerate(essays):
        part = encode_essay(essay)
        _check_size(index, essay, limits)
        if frame + len(part) > limits.body_bytes:
            raise EssayTooLargeError(index=index, size=len(part), limit=limits.body_bytes - frame)
        if parts and (len(parts) == most or size + 1 + len(part) > limits.body_bytes):
            yield Batch(index - len(parts), len(parts), join_request(parts, digest))
            parts, size = [], frame
        size += len(part) + (1 if parts else 0)
        parts.append(part)
    if parts:
        yield Batch(len(essays) - len(parts), len(parts), join_request(parts, digest))


def _check_size(index: int, essay: EssayInput, limits: ServiceLimits) -> None:
    for text in (essay.text, essay.prompt_text or ""):
        size = len(text.encode("utf-8", "surrogatepass"))
        if size > limits.text_bytes:
            raise EssayTooLargeError(index=index, size=size, limit=limits.text_bytes)
