"""The command that runs the server: ``python -m huleedu_essay_features.service``."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import Protocol

from huleedu_essay_features import EssayInput
from huleedu_essay_features.adapters.factory import load_pipeline
from huleedu_essay_features.errors import EssayFeaturesError
from huleedu_essay_features.pipeline import CHECKERS, EMBEDDERS, PARSERS, create_pipeline
from huleedu_essay_features.protocols import FeaturePipelineProtocol
from huleedu_essay_features.service.app import create_app
from huleedu_essay_features.service.health import PROBE_ESSAY
from huleedu_essay_features.service.limits import ServiceLimits
from huleedu_essay_features.service.server import bind, run
from huleedu_essay_features.service.wire import is_api_key

API_KEY_VARIABLE = "HULEEDU_ESSAY_FEATURES_API_KEY"

_PROBES = {
    "en": PROBE_ESSAY,
    "sv": EssayInput("Hunden skäller. Ingen sover.", "Skriv om djur.", "sv"),
}
_INFRASTRUCTURE, _INTERRUPTED = 6, 130


class _TerminatedError(BaseException):
    """SIGTERM, as Ctrl-C is KeyboardInterrupt."""


class _ClosablePipeline(FeaturePipelineProtocol, Protocol):
    def close(self) -> None: ...


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM.

    Args:
        arguments: Of the command line; None for those of this process.

    Returns:
        Exit status: 0 after SIGTERM, 130 after Ctrl-C, 6 where something is missing.
    """
    options = _options(arguments)
    logging.basicConfig(
        level=options.log_level,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    # Of uvicorn's own messages, only those that ask for attention.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    signal.signal(signal.SIGTERM, _leave)
    try:
        _serve(options)
    except EssayFeaturesError as error:
        sys.stderr.write(f"error[{error.code}]: {error}\n")
        return _INFRASTRUCTURE
    except KeyboardInterrupt:
        return _INTERRUPTED
    except _TerminatedError:
        return 0
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argument_parser()
    options = parser.parse_args(arguments)
    options.api_key = options.api_key or os.environ.get(API_KEY_VARIABLE) or None
    if options.api_key is not None and not is_api_key(options.api_key):
        parser.error("the API key has characters other than printable ASCII")
    if (options.checker == "languagetool") != (options.languagetool_url is not None):
        parser.error("--checker languagetool and --languagetool-url go together")
    return options


def _serve(options: argparse.Namespace) -> None:
    limits = ServiceLimits(
        essays=options.max_essays,
        body_bytes=options.max_body_bytes,
        text_bytes=options.max_text_bytes,
        concurrent=options.concurrent,
        waiting=options.waiting,
    )
    # Bound first: a port that is taken shall not take the time to load models to be told of.
    with (
        bind(options.host, options.port) as socket,
        closing(_open_pipeline(options)) as pipeline,
    ):
        languages = options.probe_language or (["en", "sv"] if options.pipeline is None else ["en"])
        probe = [_PROBES[language] for language in languages]
        # What is loaded when it is first needed is loaded now, and what is missing told now.
        pipeline.extract(probe)
        app = create_app(
            pipeline,
            limits,
            api_key=options.api_key,
            probe_essays=probe,
        )
        run(app, socket, shutdown_timeout_s=options.shutdown_timeout)


def _open_pipeline(options: argparse.Namespace) -> _ClosablePipeline:
    if options.pipeline is not None:
        return load_pipeline(options.pipeline, options.workers)
    languagetool = None if options.languagetool_url is None else {"url": options.languagetool_url}
    return create_pipeline(
        options.embedder,
        options.workers,
        parser=options.parser,
        checker=options.checker,
        lix=options.lix,
        languagetool=languagetool,
        models_dir=options.models_dir,
    )


def argument_parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m huleedu_essay_features.service",
        description="Serve the feature pipeline over HTTP.",
        epilog=f"The API key, if there shall be one, is read from {API_KEY_VARIABLE} or a file.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    defaults = ServiceLimits()
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on")
    add("--port", type=int, default=8080, help="port to listen on; 0 for any that is free")
    add("--embedder", choices=EMBEDDERS, default="minilm", help="embedding")
    add("--parser", choices=PARSERS, default="spacy", help="sentence structure")
    add("--checker", choices=CHECKERS, default="local", help="grammar checker")
    add("--languagetool-url", metavar="URL", help="server of --checker languagetool")
    add("--lix", action="store_true", help="add the Swedish readability index LIX")
    add("--models-dir", metavar="DIRECTORY", help="where prepared encoders are")
    add("--pipeline", metavar="MODULE:FUNCTION", help="serve this pipeline, not the standard one")
    add("--probe-language", choices=tuple(_PROBES), action="append",
        help="language of which the pipeline has to extract a text to be healthy; may be given "
        "twice. Without it: both for the standard pipeline, else en")  # fmt: skip
    add("--workers", type=_positive, default=1, help="processes that extract")
    add("--concurrent", type=_positive, default=defaults.concurrent,
        help="requests that are worked on at the same time")  # fmt: skip
    add("--waiting", type=_positive, default=defaults.waiting, help="requests that may wait")
    add("--max-essays", type=_positive, default=defaults.essays, help="essays of a request")
    add("--max-body-bytes", type=_positive, default=defaults.body_bytes, help="of a request")
    add("--max-text-bytes", type=_positive, default=defaults.text_bytes, help="of one text")
    add("--shutdown-timeout", type=_positive, default=30, metavar="SECONDS",
        help="how long requests may take to end after SIGTERM")  # fmt: skip
    add(
        "--api-key-file",
        dest="api_key",
        metavar="FILE",
        type=_file_content,
        help="file that holds the API key",
    )
    add("--log-level", choices=("DEBUG", "INFO", "WARNING", "ERROR"), default="INFO",
        help="what is logged")  # fmt: skip
    return parser


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        msg = f"{value} is less than 1"
        raise argparse.ArgumentTypeError(msg)
    return value


def _file_content(path: str) -> str:
    try:
        content = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if not content:
        msg = f"{path} is empty"
        raise argparse.ArgumentTypeError(msg)
    return content


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise _TerminatedError
