"""A real S3 server for tests, as strict as the real ones where bundles depend on it."""

import base64
import hashlib
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from uuid import uuid4

from huleedu_ml_training.config import ArtifactSettings

_App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_MOTO_BEGAN = b"2010-11-10T20:48:33.000Z"


@dataclass
class S3Server:
    """Moto's server, one request at a time.

    Real stores decide a condition and write in one step, compare checksums, and know when an
    upload in parts was begun; moto does neither, so this adds it.

    Attributes:
        url: Of the server.
        uploads_begun_at: What listings say of every unfinished upload; None for now.
        requests: Method and path with query of all requests so far.
        interfere: Called with method and path before each request; raises :class:`Refusal` where
            it shall not be carried out.
        lose_answer: Whether the answer to a request, already carried out, gets lost.
    """

    url: str
    uploads_begun_at: datetime | None = None
    requests: list[tuple[str, str]] = field(default_factory=list)
    interfere: Callable[[str, str], object] = lambda _method, _path: None
    lose_answer: Callable[[str, str], bool] = lambda _method, _path: False

    def reset(self) -> None:
        """Answer as one should again, and forget the requests; buckets stay."""
        fresh = S3Server(self.url)
        self.uploads_begun_at, self.requests = None, fresh.requests
        self.interfere, self.lose_answer = fresh.interfere, fresh.lose_answer

    def settings(self, *, bucket: str | None = None, **changes: Any) -> ArtifactSettings:
        """Return settings of a prefix in a bucket; a bucket of a name of its own is made."""
        name = bucket or self.make_bucket()
        given = {"url": f"s3://{name}/some/where", "endpoint_url": self.url, "attempts": 2}
        return ArtifactSettings(**{**given, "timeout_s": 10.0, **changes})

    def make_bucket(self) -> str:
        """Make a bucket and return its name."""
        name = f"bucket-{uuid4().hex}"
        self.client().create_bucket(Bucket=name)
        return name

    def client(self) -> Any:
        """Return a client with rights to everything."""
        from botocore.session import get_session  # noqa: PLC0415 - of an extra

        return get_session().create_client(
            "s3",
            region_name="us-east-1",
            endpoint_url=self.url,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - of a server in this process
        )


class Refusal(Exception):  # noqa: N818 - an answer, not an error of ours
    """An answer to give instead of carrying a request out."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


@contextmanager
def running_s3_server() -> Iterator[S3Server]:
    """Give a server on a free port of this machine, empty, in a thread of this process."""
    from moto.moto_server.werkzeug_app import (  # noqa: PLC0415 - of the tests only
        DomainDispatcherApplication,
        create_backend_app,
    )
    from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: PLC0415

    class Quiet(WSGIRequestHandler):
        """Keeps connections, and prints nothing."""

        protocol_version = "HTTP/1.1"

        def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
            del type, message, args

    strict = _StrictServer(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, strict, threaded=True, request_handler=Quiet)
    strict.face = S3Server(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, name="s3-server", daemon=True)
    thread.start()
    try:
        yield strict.face
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _StrictServer:
    def __init__(self, app: _App) -> None:
        self._app = app
        self._lock = threading.Lock()
        self.face = S3Server("")

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        path = f"{environ['PATH_INFO']}?{environ.get('QUERY_STRING', '')}".removesuffix("?")
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        self.face.requests.append((method, path))
        try:
            self.face.interfere(method, path)
            _compare_checksum(environ, body)
        except Refusal as refusal:
            text = f"<Error><Code>{refusal.code}</Code><Message>no</Message></Error>".encode()
            start_response(
                f"{refusal.status} Refused",
                [("Content-Type", "application/xml"), ("Content-Length", str(len(text)))],
            )
            return [] if method == "HEAD" else [text]
        answer: list[Any] = []

        def keep(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
            answer[:] = [status, headers]

        with self._lock:
            chunks = b"".join(self._app(environ, keep))
        if self.face.lose_answer(method, path):
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            msg = "the answer is lost"
            raise ConnectionAbortedError(msg)
        began = (self.face.uploads_begun_at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        chunks = chunks.replace(_MOTO_BEGAN, began.encode())
        start_response(*answer)
        return [chunks]


def _compare_checksum(environ: dict[str, Any], body: bytes) -> None:
    claimed = environ.get("HTTP_X_AMZ_CHECKSUM_SHA256")
    if claimed is not None and environ["REQUEST_METHOD"] == "PUT":
        actual = base64.b64encode(hashlib.sha256(body).digest()).decode()
        if claimed != actual:
            raise Refusal(400, "BadDigest")
