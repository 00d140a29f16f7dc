"""Asking for a reason at a terminal."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

from huleedu_ml_training.cli.output import Output
from huleedu_ml_training.registry.promotion_errors import MissingReasonError

_T = TypeVar("_T")


async def with_reason(
    output: Output, reason: str | None, act: Callable[[str | None], Awaitable[_T]]
) -> tuple[_T, str | None]:
    """Do something, and ask the user for a reason where it turns out that one is needed.

    Args:
        output: Where to ask; on stderr, so that stdout holds data alone.
        reason: What ``--reason`` gave.
        act: Does it for a reason; changes nothing where it raises MissingReasonError.

    Returns:
        What ``act`` returned, and the reason for which it did it.

    Raises:
        MissingReasonError: Nobody is there to be asked, or the answer is blank.
        HuleEduMLError: What ``act`` raises.
    """
    try:
        return await act(reason), reason
    except MissingReasonError as error:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise
        output.note(f"{error.what}: {error.why}")
        output.messages.print("reason: ", end="")
        answer = (await _line()).strip()
        if not answer:
            raise
    return await act(answer), answer


async def _line() -> str:
    """Return a line that the user types; unlike ``input``, it can be cancelled by Ctrl-C."""
    loop = asyncio.get_running_loop()
    typed: asyncio.Future[str] = loop.create_future()

    def read() -> None:
        if not typed.done():
            typed.set_result(sys.stdin.readline())

    descriptor = sys.stdin.fileno()
    loop.add_reader(descriptor, read)
    try:
        return await typed
    finally:
        loop.remove_reader(descriptor)
