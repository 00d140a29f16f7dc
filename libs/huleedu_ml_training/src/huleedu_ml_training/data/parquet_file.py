"""Rows of Parquet files; apart, because importing pyarrow takes a while."""

from collections.abc import Iterator
from pathlib import Path

from pyarrow import ArrowException
from pyarrow.parquet import ParquetFile as ArrowFile

from huleedu_ml_training.data.readers import Row, TableFile

_BATCH_ROWS = 500


class ParquetFile(TableFile):
    """Parquet; the first row is row 1."""

    file_format = "Parquet"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        try:
            with ArrowFile(path) as file:
                self.columns = tuple(file.schema_arrow.names)
        except (ArrowException, OSError) as error:
            raise self._malformed(_first_line(error)) from None

    def rows(self) -> Iterator[Row]:
        """Yield the rows."""
        number = 0
        try:
            with ArrowFile(self.path) as file:
                for batch in file.iter_batches(batch_size=_BATCH_ROWS):
                    for values in batch.to_pylist():
                        number += 1
                        yield Row(number, values)
        except (ArrowException, OSError) as error:
            raise self._malformed(f"{_first_line(error)} (after row {number:,})") from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
