"""The extraction process itself: ``python -m huleedu_essay_features.workers.child``."""

import contextlib
import importlib
import os
import signal
import sys
import traceback
from collections.abc import Mapping
from typing import IO, Any

from huleedu_essay_features.errors import EssayExtractionError, EssayFeaturesError
from huleedu_essay_features.protocols import FeaturePipelineProtocol
from huleedu_essay_features.workers import wire


def make_pipeline(factory: str, options: Mapping[str, Any]) -> FeaturePipelineProtocol:
    """Call the function that ``module:function`` names, with keyword arguments."""
    module, _, name = factory.partition(":")
    pipeline: FeaturePipelineProtocol = getattr(importlib.import_module(module), name)(**options)
    return pipeline


def serve(requests: IO[bytes], replies: IO[bytes]) -> None:
    """Answer requests until the other side closes the pipe."""
    _, content = wire.receive(requests)
    setup = wire.decode_json(content)
    try:
        pipeline = make_pipeline(setup["factory"], setup["options"])
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent has to know
        wire.send(replies, wire.Frame.FAILURE, _failure(error))
        return
    wire.send(replies, wire.Frame.READY, wire.encode_json(pipeline.schema.digest))
    while True:
        _, content = wire.receive(requests)
        try:
            vector = pipeline.extract([wire.decode_essay(content)])[0]
        except Exception as error:  # noqa: BLE001 - the parent names the essay
            wire.send(replies, wire.Frame.FAILURE, _failure(error))
        else:
            wire.send(replies, wire.Frame.VECTOR, wire.encode_vector(vector))


def _failure(error: Exception) -> bytes:
    if isinstance(error, EssayExtractionError):
        return wire.encode_json({"reason": error.reason})
    if isinstance(error, EssayFeaturesError):
        return wire.encode_json(
            {"code": error.code, "what": error.what, "why": error.why, "remedy": error.remedy}
        )
    traceback.print_exception(error)
    return wire.encode_json({"reason": f"{type(error).__name__}: {error}"})


def main() -> None:
    """Serve on the standard streams; whatever else prints goes to stderr."""
    # Ctrl-C is the parent's business: it closes the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with contextlib.suppress(wire.PeerGoneError):
        serve(requests, replies)


if __name__ == "__main__":
    main()
