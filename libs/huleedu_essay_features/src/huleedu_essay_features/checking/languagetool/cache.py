"""Answers that are kept on disk: one SQLite file, shared by threads and processes."""

import contextlib
import hashlib
import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from huleedu_essay_features.checking.languagetool.errors import AnswerCacheError

DEFAULT_CACHE_BYTES = 256 * 2**20

_APPLICATION_ID = 0x48454C54
"""Tells our files from other SQLite files, which are never touched."""

_FORMAT = 1
"""Raised when the tables change; a file of another format is emptied."""

_BUSY_S = 60.0
_TABLES = (
    "CREATE TABLE answers (key BLOB PRIMARY KEY, value TEXT NOT NULL, used INTEGER NOT NULL)",
    "CREATE INDEX answers_used ON answers (used)",
    # Kept by triggers: counting 100,000 answers at each new one would take longer than the server.
    "CREATE TABLE total (bytes INTEGER NOT NULL)",
    "INSERT INTO total VALUES (0)",
    """CREATE TRIGGER added AFTER INSERT ON answers BEGIN
        UPDATE total SET bytes = bytes + length(NEW.value); END""",
    """CREATE TRIGGER removed AFTER DELETE ON answers BEGIN
        UPDATE total SET bytes = bytes - length(OLD.value); END""",
)


_USE = "UPDATE answers SET used = (SELECT max(used) + 1 FROM answers) WHERE key = ?"
_REMOVE_OLDEST = "DELETE FROM answers WHERE key = (SELECT key FROM answers ORDER BY used LIMIT 1)"


def answer_key(*, text: str, language: str, options: Mapping[str, str], server: str) -> bytes:
    """Return the key of an answer: a digest of what it depends on, and of nothing else.

    Args:
        text: What was checked, exactly.
        language: LanguageTool's code.
        options: What else was asked of the server, and how it was set up.
        server: Its name, version and build.
    """
    meaning = {
        "text": hashlib.sha256(text.encode()).hexdigest(),
        "language": language,
        "options": dict(options),
        "server": server,
    }
    return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).digest()


class AnswerCache:
    """Key → text, the least recently used removed first. Safe between threads and processes.

    The file and what SQLite puts beside it can be read by their owner only: answers quote words of
    essays. A file that is damaged or not ours is an error, never deleted here.

    Args:
        path: Made with its directory where missing; on a local disk.
        max_bytes: Bound of all values together; the file is somewhat larger.

    Raises:
        AnswerCacheError: The file cannot be used.
    """

    def __init__(self, path: Path, *, max_bytes: int = DEFAULT_CACHE_BYTES) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        with self._failures():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # SQLite gives its journal the permissions of the file, so they are set before it opens.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            path.chmod(0o600)
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
            )
            try:
                self._set_up()
            except BaseException:
                self._connection.close()
                raise

    def _set_up(self) -> None:
        execute = self._connection.execute
        if not self._is_ours() and self._number("schema_version"):
            raise AnswerCacheError(path=self._path, reason="it is a database of something else")
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = NORMAL")
        with self._transaction():
            # Read again: another process may have been faster.
            if self._is_ours():
                if self._number("user_version") == _FORMAT:
                    return
                for table in ("answers", "total"):
                    execute(f"DROP TABLE IF EXISTS {table}")
            for statement in _TABLES:
                execute(statement)
            execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            execute(f"PRAGMA user_version = {_FORMAT}")

    def get(self, key: bytes) -> str | None:
        """Return the text of a key, or None, and count it as used.

        Raises:
            AnswerCacheError: The file cannot be used.
        """
        with self._failures():
            execute = self._connection.execute
            row = execute("SELECT value FROM answers WHERE key = ?", (key,)).fetchone()
            if row is None:
                return None
            execute(_USE, (key,))
            return str(row[0])

    def put(self, key: bytes, value: str) -> None:
        """Keep a text, in place of an earlier one; larger ones than the bound are not kept.

        Raises:
            AnswerCacheError: The file cannot be used.
        """
        execute = self._connection.execute
        with self._failures(), self._transaction():
            execute("DELETE FROM answers WHERE key = ?", (key,))
            if len(value) > self._max_bytes:
                return
            execute(
                "INSERT INTO answers VALUES"
                " (?, ?, (SELECT coalesce(max(used), 0) + 1 FROM answers))",
                (key, value),
            )
            while self._bytes() > self._max_bytes:
                execute(_REMOVE_OLDEST)

    def close(self) -> None:
        """Close the file; it can be called twice."""
        with self._lock:
            self._connection.close()

    def _bytes(self) -> int:
        return int(self._connection.execute("SELECT bytes FROM total").fetchone()[0])

    def _is_ours(self) -> bool:
        return self._number("application_id") == _APPLICATION_ID

    def _number(self, pragma: str) -> int:
        return int(self._connection.execute(f"PRAGMA {pragma}").fetchone()[0])

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    @contextlib.contextmanager
    def _failures(self) -> Iterator[None]:
        """Hold the lock, and name the file in whatever fails."""
        with self._lock:
            try:
                yield
            except (OSError, sqlite3.Error) as error:
                reason = error.strerror if isinstance(error, OSError) else str(error)
                raise AnswerCacheError(path=self._path, reason=reason or repr(error)) from error
