"""Essays in files: CSV, JSONL, Parquet, and the ELLIPSE corpus as it is published."""

from collections.abc import Iterator
from pathlib import Path

from huleedu_ml_training.data.columns import ELLIPSE, ColumnMapping, resolve_mapping
from huleedu_ml_training.data.encoding import checked_encoding
from huleedu_ml_training.data.errors import EmptyDatasetError
from huleedu_ml_training.data.file_errors import MalformedFileError
from huleedu_ml_training.data.formats import FileFormat, format_of
from huleedu_ml_training.data.parquet_file import ParquetFile
from huleedu_ml_training.data.readers import CsvFile, JsonlFile, TableFile, reading
from huleedu_ml_training.data.records import (
    EssayRecord,
    EssayRow,
    EssayText,
    RejectedRow,
    dataset_of,
)
from huleedu_ml_training.data.row_errors import RejectedRowsError
from huleedu_ml_training.data.row_parser import DEFAULT_LANGUAGE, RowParser, parse_text
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.grades import GradeScale

_AS_NAMED = ColumnMapping()


class EssayFile:
    """The graded essays of a file.

    Iterating reads the file from its start and yields, row by row, an essay or the reason why
    the row is none. An id, or a text where there are no ids, counts once: later rows that bear
    it are rejected.

    Args:
        path: The file.
        scale: The scale of its grades.
        file_format: Its format; None to tell it from the suffix, and the columns of the ELLIPSE
            corpus from their names.
        mapping: Columns that do not bear a known name.
        encoding: Encoding of CSV and JSONL files.
        source: Name of the corpus, for rows that name none.
        language: ISO 639-1 code, for rows that name none.

    Attributes:
        path: The file.
        scale: The scale of its grades.
        mapping: Which of its columns hold what.
        unused_columns: Columns that hold nothing that is read.

    Raises:
        DataFileNotFoundError: There is no such file.
        FileAccessError: It cannot be read.
        UnknownFileFormatError: The suffix says nothing.
        MalformedFileError: It is empty, a directory, or not of its format.
        WrongEncodingError: It is text in another encoding.
        UnknownEncodingError: There is no such encoding.
        MissingColumnsError: A column that is needed is not there.
    """

    def __init__(
        self,
        path: Path,
        scale: GradeScale,
        *,
        file_format: FileFormat | None = None,
        mapping: ColumnMapping = _AS_NAMED,
        encoding: str = "utf-8",
        source: str | None = None,
        language: str = DEFAULT_LANGUAGE,
    ) -> None:
        self._table = _open_table(path, file_format, encoding)
        columns = self._table.columns
        is_ellipse = file_format == "ellipse" or (
            file_format is None and set(columns) >= ELLIPSE.columns
        )
        self.path = path
        self.scale = scale
        self.mapping = resolve_mapping(path, columns, mapping, ELLIPSE if is_ellipse else None)
        used = self.mapping.columns
        self.unused_columns = tuple(name for name in columns if name not in used)
        self._parser = RowParser(
            self.mapping,
            scale,
            source=source or ("ellipse" if is_ellipse else None),
            language=language,
        )

    def __iter__(self) -> Iterator[EssayRow | RejectedRow]:
        first_row: dict[str, int] = {}
        for row in self._table.rows():
            item = row if isinstance(row, RejectedRow) else self._parser.parse(row)
            if isinstance(item, EssayRow):
                first = first_row.setdefault(item.essay.essay_id, item.row)
                if first != item.row:
                    item = self._repeated(item, first)
            yield item

    def _repeated(self, item: EssayRow, first: int) -> RejectedRow:
        if "id" in self.mapping.fields:
            column, value = self.mapping.fields["id"], repr(item.essay.essay_id)
            return RejectedRow(item.row, column, value, f"is the id of row {first} too")
        return RejectedRow(
            item.row, self.mapping.fields["text"], "", f"the same text is in row {first}"
        )


def read_dataset(
    path: Path,
    scale: GradeScale,
    *,
    mapping: ColumnMapping = _AS_NAMED,
    file_format: FileFormat | None = None,
    encoding: str = "utf-8",
) -> EssayDataset:
    """Return all essays of a file, in order of id.

    Args:
        path: The file.
        scale: The scale of its grades.
        mapping: Columns that do not bear a known name.
        file_format: Its format; None as for :class:`EssayFile`.
        encoding: Encoding of CSV and JSONL files.

    Raises:
        RejectedRowsError: A row cannot be used; names all such rows.
        EmptyDatasetError: There is no row.
        HuleEduMLError: As for :class:`EssayFile`.
    """
    file = EssayFile(path, scale, file_format=file_format, mapping=mapping, encoding=encoding)
    essays: list[EssayRecord] = []
    rejected: list[RejectedRow] = []
    for item in file:
        if isinstance(item, RejectedRow):
            rejected.append(item)
        else:
            essays.append(item.essay)
    _require_all(path, len(essays), rejected)
    if not essays:
        raise EmptyDatasetError(source=str(path), scale=scale)
    essays.sort(key=lambda essay: essay.essay_id)
    return dataset_of(essays, scale, source=str(path))


def read_texts(
    path: Path,
    *,
    mapping: ColumnMapping = _AS_NAMED,
    file_format: FileFormat | None = None,
    encoding: str = "utf-8",
) -> list[EssayText]:
    """Return the essays of a file in its order, graded or not.

    Args:
        path: The file.
        mapping: Columns that do not bear a known name.
        file_format: Its format; None to tell it from the suffix.
        encoding: Encoding of CSV and JSONL files.

    Raises:
        RejectedRowsError: A row cannot be used; names all such rows.
        HuleEduMLError: As for :class:`EssayFile`.
    """
    table = _open_table(path, file_format, encoding)
    preset = ELLIPSE if file_format == "ellipse" else None
    where = resolve_mapping(path, table.columns, mapping, preset, required=("text",))
    essays: list[EssayText] = []
    rejected: list[RejectedRow] = []
    for row in table.rows():
        item = row if isinstance(row, RejectedRow) else parse_text(where, row)
        if isinstance(item, RejectedRow):
            rejected.append(item)
        else:
            essays.append(item)
    _require_all(path, len(essays), rejected)
    return essays


def _require_all(path: Path, n_kept: int, rejected: list[RejectedRow]) -> None:
    if rejected:
        n_read = n_kept + len(rejected)
        raise RejectedRowsError(path=path, n_read=n_read, rejected=rejected, strict=False)


def _open_table(path: Path, file_format: FileFormat | None, encoding: str) -> TableFile:
    with reading(path):
        size = path.stat().st_size
        if path.is_dir():
            raise MalformedFileError(path=path, file_format="a file", reason="it is a directory")
        chosen = format_of(path, file_format)
        if size == 0:
            raise MalformedFileError(path=path, file_format=chosen, reason="it is empty")
        if chosen == "parquet":
            return ParquetFile(path)
        codec = checked_encoding(path, encoding)
        return JsonlFile(path, codec) if chosen == "jsonl" else CsvFile(path, codec)
