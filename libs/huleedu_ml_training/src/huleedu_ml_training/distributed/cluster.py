"""Ray, as a guest or as a host of our own."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from huleedu_ml_training.distributed.errors import RayNotInstalledError, RayUnavailableError

_OBJECT_STORE_BYTES = 128 * 1024**2
"""Much more than shards' numbers and results need; Ray's own default is a third of the memory."""

_CONNECT_TIMEOUT_S = 10.0
_USAGE_STATS = "RAY_USAGE_STATS_ENABLED"
_TOUCHED_BY_RAY = (_USAGE_STATS, "PYTHONBREAKPOINT")


@contextmanager
def ray_session(address: str | None, workers: int) -> Iterator[bool]:
    """Give a connection to Ray: the one that there is, or a new one, which ends with the context.

    Gives whether the connection is ours. Nobody is told of the use. Logging stays as it is, and
    so, in the end, does the environment.

    Args:
        address: Of a cluster to join, as ``ray.init`` takes it; None starts Ray on this machine.
        workers: CPUs that Ray may use where it is started here.

    Raises:
        RayNotInstalledError: The package is missing.
        RayUnavailableError: Ray cannot be started, or there is no cluster at the address.
    """
    try:
        import ray  # noqa: PLC0415 - an extra of the package
    except ImportError:
        raise RayNotInstalledError from None
    if ray.is_initialized():
        yield False
        return
    before = {name: os.environ.get(name) for name in _TOUCHED_BY_RAY}
    os.environ[_USAGE_STATS] = "0"
    quiet: dict[str, Any] = {"configure_logging": False, "log_to_driver": False}
    own = {
        "num_cpus": workers,
        "object_store_memory": _OBJECT_STORE_BYTES,
        "include_dashboard": False,
    }
    try:
        try:
            _require_listener(address)
            ray.init(address or "local", **quiet, **({} if address else own))
        except Exception as error:
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            raise RayUnavailableError(address=address, reason=reason) from error
        yield True
    finally:
        ray.shutdown()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _require_listener(address: str | None) -> None:
    """Connect once: where nobody listens, Ray itself would try for minutes.

    Raises:
        OSError: Nobody listens.
    """
    host, _, port = (address or "").removeprefix("ray://").rpartition(":")
    if port.isdigit():
        socket.create_connection((host, int(port)), _CONNECT_TIMEOUT_S).close()
