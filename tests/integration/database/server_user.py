"""A command that uses the embedded server, as a process of its own; run by the tests.

It joins, prints the URL, and then answers each line of SQL on stdin with a line of JSON on stdout.
When stdin ends it leaves.
"""

import asyncio
import json
import signal
import sys
from pathlib import Path

import asyncpg

from huleedu_ml_training.database.embedded import EmbeddedServer


async def _use(directory: Path) -> None:
    async with EmbeddedServer(directory) as url:
        connection = await asyncpg.connect(url)
        _answer(url)
        while line := await asyncio.to_thread(sys.stdin.readline):
            _answer(await connection.fetchval(line))
        await connection.close()


def _answer(value: object) -> None:
    sys.stdout.write(json.dumps(value, default=str) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    # A child of a job in the background would ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        asyncio.run(_use(Path(sys.argv[1])))
    except KeyboardInterrupt:
        sys.exit(130)
