"""Rows of CSV and JSONL files, as the files hold them."""

import csv
import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TextIO

from huleedu_ml_training.data.file_errors import (
    DataFileNotFoundError,
    FileAccessError,
    MalformedFileError,
)
from huleedu_ml_training.data.records import RejectedRow


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        number: As a reader of the file counts; a CSV file's header is row 1.
        values: Column → value; absent columns are left out.
    """

    number: int
    values: Mapping[str, Any]


class TableFile(ABC):
    """A file of rows with named columns; can be read any number of times.

    Attributes:
        path: The file.
        columns: Names of its columns.
    """

    file_format: ClassVar[str]

    def __init__(self, path: Path) -> None:
        self.path = path
        self.columns: tuple[str, ...] = ()

    @abstractmethod
    def rows(self) -> Iterator[Row | RejectedRow]:
        """Yield the rows in order, those that are malformed by themselves as rejected.

        Raises:
            MalformedFileError: The file is broken from some point on.
            FileAccessError: The file cannot be read.
        """

    def _malformed(self, reason: str) -> MalformedFileError:
        return MalformedFileError(path=self.path, file_format=self.file_format, reason=reason)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what the operating system says while a file is read into our errors.

    Raises:
        DataFileNotFoundError: There is no such file.
        FileAccessError: It cannot be read.
    """
    try:
        yield
    except FileNotFoundError:
        raise DataFileNotFoundError(path=path) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileAccessError(path=path, action="read", reason=reason) from None


class CsvFile(TableFile):
    """RFC 4180: commas, double quotes, line breaks inside quoted fields, a header row."""

    file_format = "CSV"

    def __init__(self, path: Path, encoding: str) -> None:
        super().__init__(path)
        self._encoding = encoding
        with self._open() as stream:
            header = next(self._records(stream), [])
        repeated = [repr(name) for name, n in Counter(header).items() if n > 1]
        if repeated:
            raise self._malformed(f"its header names {', '.join(repeated)} twice")
        self.columns = tuple(header)

    def rows(self) -> Iterator[Row | RejectedRow]:
        """Yield the rows; one with too few or too many fields is rejected."""
        with reading(self.path), self._open() as stream:
            records = self._records(stream)
            next(records, None)
            for number, fields in enumerate(records, start=2):
                if len(fields) == len(self.columns):
                    yield Row(number, dict(zip(self.columns, fields, strict=True)))
                elif fields:
                    reason = f"has {len(fields)} fields where the header has {len(self.columns)}"
                    yield RejectedRow(number, "", "", reason)

    def _open(self) -> TextIO:
        return self.path.open(encoding=self._encoding, newline="")

    def _records(self, stream: TextIO) -> Iterator[Sequence[str]]:
        records = csv.reader(stream, strict=True)
        try:
            yield from records
        except csv.Error as error:
            raise self._malformed(f"{error} (line {records.line_num:,})") from None


class JsonlFile(TableFile):
    """A JSON object a line; blank lines are skipped."""

    file_format = "JSONL"

    def __init__(self, path: Path, encoding: str) -> None:
        super().__init__(path)
        self._encoding = encoding
        names: dict[str, None] = {}
        for row in self.rows():
            if isinstance(row, Row):
                names.update(dict.fromkeys(row.values))
        self.columns = tuple(names)

    def rows(self) -> Iterator[Row | RejectedRow]:
        """Yield the rows; a line that is no JSON object is rejected."""
        with reading(self.path), self.path.open(encoding=self._encoding, newline="\n") as stream:
            for number, line in enumerate(stream, start=1):
                if not line.strip():
                    continue
                try:
                    values = json.loads(line)
                except ValueError as error:
                    yield RejectedRow(number, "", "", f"is not JSON: {error}")
                    continue
                if isinstance(values, dict):
                    yield Row(number, values)
                else:
                    yield RejectedRow(number, "", "", "is not a JSON object")
