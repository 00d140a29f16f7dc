"""The parent's handle on one extraction process."""

import contextlib
import os
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Mapping
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features.errors import EssayExtractionError
from huleedu_essay_features.protocols import EssayInput
from huleedu_essay_features.workers import wire
from huleedu_essay_features.workers.errors import (
    ReportedError,
    WorkerCrashedError,
    WorkerMismatchError,
    WorkerStartError,
)

_END_TIMEOUT_S = 5.0
_OUTPUT_TAIL = 4000


class WorkerProcess:
    """One child process, used by one thread at a time.

    Args:
        factory: ``module:function`` that makes the pipeline.
        options: Its keyword arguments, JSON values.
        digest: The schema digest that the pipeline must have.

    Raises:
        WorkerCrashedError: It ended before it was ready.
        WorkerMismatchError: It computes other features.
        WorkerStartError: It cannot make its pipeline.
        ReportedError: A part of the pipeline is missing there.
    """

    def __init__(self, *, factory: str, options: Mapping[str, Any], digest: str) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop()
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        environment.setdefault("OMP_NUM_THREADS", "1")
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "huleedu_essay_features.workers.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment,
            # Ctrl-C in the terminal goes to the parent alone, which ends its workers.
            start_new_session=True,
        )
        self._end = weakref.finalize(self, _end, self._process, self._errors)
        try:
            self._set_up({"factory": factory, "options": dict(options)}, digest)
        except BaseException:
            self.stop()
            raise

    def _set_up(self, setup: Mapping[str, Any], digest: str) -> None:
        frame, content = self._ask(wire.Frame.SETUP, wire.encode_json(setup), index=None)
        if frame is wire.Frame.FAILURE:
            failure = wire.decode_json(content)
            raise ReportedError(**failure) if "code" in failure else WorkerStartError(**failure)
        got = wire.decode_json(content)
        if got != digest:
            raise WorkerMismatchError(expected=digest, got=got)

    def extract(self, index: int, essay: EssayInput) -> NDArray[np.float32]:
        """Return an essay's vector, shape (n_features,).

        Raises:
            EssayExtractionError: A feature could not be computed.
            ReportedError: A part of the pipeline is missing there.
            WorkerCrashedError: The process ended.
        """
        frame, content = self._ask(wire.Frame.ESSAY, wire.encode_essay(essay), index=index)
        if frame is wire.Frame.FAILURE:
            failure = wire.decode_json(content)
            if "code" in failure:
                raise ReportedError(**failure)
            raise EssayExtractionError(index=index, reason=failure["reason"])
        return wire.decode_vector(content)

    @property
    def is_alive(self) -> bool:
        """Whether nothing has ended the process yet."""
        return self._end.alive and self._process.poll() is None

    def stop(self) -> None:
        """End the process at once; safe to call from any thread, and twice."""
        self._end()

    def close(self) -> None:
        """Let the idle process end by itself, then make sure that it did."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_TIMEOUT_S)
        self._end()

    def _ask(
        self, frame: wire.Frame, content: bytes, *, index: int | None
    ) -> tuple[wire.Frame, bytes]:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            msg = "the worker has no pipes"
            raise RuntimeError(msg)
        try:
            wire.send(stdin, frame, content)
            return wire.receive(stdout)
        except wire.PeerGoneError:
            raise self._crashed(index) from None

    def _crashed(self, index: int | None) -> WorkerCrashedError:
        status: int | None = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = self._process.wait(_END_TIMEOUT_S)
        output = ""
        with contextlib.suppress(OSError, ValueError):  # closed by stop() in another thread
            self._errors.seek(0)
            output = self._errors.read()[-_OUTPUT_TAIL:].decode("utf-8", "replace")
        return WorkerCrashedError(index=index, exit_status=status, output=output)


def _end(process: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, errors):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
