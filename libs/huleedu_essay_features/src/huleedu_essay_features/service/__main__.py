"""``python -m huleedu_essay_features.service``."""

import logging
import os
import sys
import threading

from huleedu_essay_features.service.errors import MissingServiceExtraError

_PACKAGES = ("starlette", "uvicorn", "prometheus_client")
_LAST_CHANCE_S = 2.0


def main() -> int:
    """Run the server if its packages are there."""
    try:
        from huleedu_essay_features.service.command import main as serve  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        package = (missing.name or "").partition(".")[0]
        if package not in _PACKAGES:
            raise
        error = MissingServiceExtraError(extra="service", package=package)
        sys.stderr.write(f"error[{error.code}]: {error}\n")
        return 6
    from huleedu_essay_features.service.extractions import THREAD_NAME  # noqa: PLC0415

    status = serve()
    for thread in threading.enumerate():
        if thread.name.startswith(THREAD_NAME):
            thread.join(_LAST_CHANCE_S)
            if thread.is_alive():
                # No thread can be ended from outside, and the interpreter would wait for it.
                logging.getLogger(__name__).error("left an extraction that did not end")
                logging.shutdown()
                os._exit(status)
    return status


if __name__ == "__main__":
    sys.exit(main())
