"""HTTP with a LanguageTool server that may be slow, busy or away."""

import random
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache

from huleedu_essay_features.checking.languagetool.breaker import CircuitBreaker
from huleedu_essay_features.checking.languagetool.errors import (
    HttpxNotInstalledError,
    LanguageServerAnswerError,
    LanguageServerRefusedError,
    LanguageServerUnavailableError,
)
from huleedu_essay_features.checking.languagetool.refusals import (
    Failure,
    TextTooLongError,
    one_line,
    seconds_to_wait,
)
from huleedu_essay_features.checking.languagetool.settings import (
    LanguageToolConnection,
    ServerAddress,
    not_an_address,
)

try:
    import httpx
except ImportError as error:
    raise HttpxNotInstalledError from error

_CLOSED = "the checker was closed"
_REFUSAL_BYTES = 64 * 1024
"""Of what a server says with an error, as much is read."""

_DOUBLINGS = 60
"""Of the wait between attempts; far beyond any bound, and still a number."""

_BUSY_SIGNS = ("limit of", "too many")
"""With status 403 LanguageTool says, in one of these words, that somebody asks too often; with 503,
that too many do.
"""


@cache
def _trusted_certificates() -> ssl.SSLContext:
    """Return what httpx trusts; reading it takes longer than a request."""
    return httpx.create_ssl_context()


class LanguageToolClient:
    """Sends requests, repeats those that failed, and holds back. Safe for concurrent use.

    Args:
        address: Where the server is.
        connection: Limits and waits.
        clock: Seconds that never run backwards.
        sleep: Waits for some seconds; None for a wait that :meth:`close` ends.
        jitter: Gives numbers from 0 to 1.

    Raises:
        InvalidLanguageToolSettingError: The address has impossible characters.
    """

    def __init__(
        self,
        address: ServerAddress,
        connection: LanguageToolConnection,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._address = address
        self._connection = connection
        self._clock = clock
        self._closed = threading.Event()
        self._sleep = self._closed.wait if sleep is None else sleep
        self._jitter = jitter
        self._slots = threading.BoundedSemaphore(connection.concurrency)
        self._breaker = CircuitBreaker(
            failures=connection.breaker_failures, open_s=connection.breaker_open_s, clock=clock
        )
        self._last_failure = ""
        try:
            _ = httpx.URL(address.url).host  # only decoded when asked for
        except (httpx.InvalidURL, UnicodeError):
            raise not_an_address(address.shown) from None
        self._http = httpx.Client(
            auth=address.credentials,
            verify=_trusted_certificates(),
            # Decompressed answers could be of any size.
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            # The places bound the connections: waiting for one is no failure of the server.
            limits=httpx.Limits(max_keepalive_connections=connection.concurrency),
        )

    def deadline(self) -> float:
        """Return the time, by the client's clock, until which a check that begins now may take.

        Raises:
            LanguageServerUnavailableError: The client was closed.
        """
        if self._closed.is_set():
            raise self._unavailable(0, _CLOSED)
        return self._clock() + self._connection.deadline_s

    def ask(self, path: str, form: Mapping[str, str] | None, *, deadline: float) -> bytes:
        """Return the body of an answer.

        Args:
            path: For example ``/v2/check``.
            form: Fields to post; None to get.
            deadline: When to give up, as from :meth:`deadline`.

        Raises:
            LanguageServerUnavailableError: No attempt succeeded, or none was made.
            LanguageServerRefusedError: The server refused, and would again.
            LanguageServerAnswerError: The answer is too large.
            TextTooLongError: The server takes shorter texts only.
        """
        attempts = 0
        while True:
            with self._slot(attempts, deadline):
                outcome = self._attempt(path, form, attempts, deadline)
            if isinstance(outcome, bytes):
                return outcome
            attempts += 1
            self._wait(outcome, attempts, deadline)

    def close(self) -> None:
        """Close the connections and end all waits; requests under way fail."""
        self._closed.set()
        self._http.close()

    @contextmanager
    def _slot(self, attempts: int, deadline: float) -> Iterator[None]:
        """Hold one of the places for requests under way."""
        if not self._slots.acquire(timeout=max(0.0, deadline - self._clock())):
            raise self._unavailable(attempts, "all connections were busy until the deadline")
        try:
            yield
        finally:
            self._slots.release()

    def _attempt(
        self, path: str, form: Mapping[str, str] | None, attempts: int, deadline: float
    ) -> bytes | Failure:
        if self._closed.is_set():
            raise self._unavailable(attempts, _CLOSED)
        permit = self._breaker.acquire()
        if permit is None:
            wait = self._breaker.wait_s
            reason = (
                f"left alone for {wait:.0f} s more, since it kept failing: {self._last_failure}"
            )
            raise self._unavailable(attempts, reason)
        try:
            outcome = self._send(path, form, deadline)
        except (LanguageServerRefusedError, LanguageServerAnswerError, TextTooLongError):
            self._breaker.settle(permit, succeeded=True)  # it is there, and answers
            raise
        except BaseException:
            self._breaker.give_back(permit)
            raise
        is_down = isinstance(outcome, Failure) and outcome.is_down
        self._breaker.settle(permit, succeeded=not is_down)
        if isinstance(outcome, Failure):
            self._last_failure = outcome.reason
        return outcome

    def _send(self, path: str, form: Mapping[str, str] | None, deadline: float) -> bytes | Failure:
        limits = self._connection
        left = max(0.001, deadline - self._clock())
        timeout = httpx.Timeout(
            min(limits.timeout_s, left), connect=min(limits.connect_timeout_s, left)
        )
        method, url = "GET" if form is None else "POST", f"{self._address.url}{path}"
        try:
            with self._http.stream(method, url, data=form, timeout=timeout) as response:
                if response.status_code == httpx.codes.OK:
                    return self._read(response, deadline)
                return self._not_ok(response)
        except httpx.TimeoutException as error:
            return Failure(f"it was silent for too long ({type(error).__name__})")
        except httpx.TransportError as error:
            return Failure(one_line(str(error)) or type(error).__name__)
        except httpx.DecodingError as error:
            raise self._bad_answer(one_line(str(error))) from error
        except RuntimeError:
            if self._closed.is_set():  # while the request was being prepared
                return Failure(_CLOSED)
            raise

    def _read(self, response: httpx.Response, deadline: float) -> bytes | Failure:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > self._connection.max_answer_bytes:
                raise self._bad_answer(f"it is over {self._connection.max_answer_bytes} bytes")
            if self._clock() > deadline:
                return Failure("its answer was not complete at the deadline")
        return bytes(body)

    @staticmethod
    def _read_start(response: httpx.Response) -> str:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > _REFUSAL_BYTES:
                break
        return one_line(body.decode("utf-8", "replace"))

    def _not_ok(self, response: httpx.Response) -> Failure:
        """Tell what may be repeated from what would be refused again."""
        status, said = response.status_code, self._read_start(response)
        if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            raise TextTooLongError(said)
        is_busy = status == httpx.codes.TOO_MANY_REQUESTS or (
            status in {httpx.codes.FORBIDDEN, httpx.codes.SERVICE_UNAVAILABLE}
            and any(sign in said.lower() for sign in _BUSY_SIGNS)
        )
        if is_busy or status >= httpx.codes.INTERNAL_SERVER_ERROR:
            reason = f"status {status}: {said}" if said else f"status {status}"
            return Failure(
                reason,
                seconds_to_wait(response.headers.get("Retry-After", "")),
                is_down=not is_busy,
            )
        raise LanguageServerRefusedError(url=self._address.shown, status=status, reason=said)

    def _wait(self, failure: Failure, attempts: int, deadline: float) -> None:
        """Wait before the next attempt, if there is to be one."""
        limits = self._connection
        if attempts >= limits.attempts:
            raise self._unavailable(attempts, failure.reason)
        longest = min(limits.max_backoff_s, limits.backoff_s * 2.0 ** min(attempts - 1, _DOUBLINGS))
        wait = longest * self._jitter()
        if failure.retry_after_s is not None:
            if failure.retry_after_s > limits.max_retry_after_s:
                asked = f"it asks to come back in {failure.retry_after_s:.0f} s"
                raise self._unavailable(attempts, f"{failure.reason}; {asked}")
            wait += failure.retry_after_s
        if self._clock() + wait >= deadline:
            raise self._unavailable(attempts, f"{failure.reason}; there is no time to try again")
        self._sleep(wait)

    def _unavailable(self, attempts: int, reason: str) -> LanguageServerUnavailableError:
        return LanguageServerUnavailableError(
            url=self._address.shown, attempts=attempts, reason=reason
        )

    def _bad_answer(self, reason: str) -> LanguageServerAnswerError:
        return LanguageServerAnswerError(url=self._address.shown, reason=reason)
