"""Essays in files: formats, columns, and everything that can be wrong with them."""

import csv
import json
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from huleedu_ml_training.data.columns import parse_mapping
from huleedu_ml_training.data.errors import EmptyDatasetError
from huleedu_ml_training.data.file_errors import (
    DataFileNotFoundError,
    MalformedFileError,
    UnknownEncodingError,
    UnknownFileFormatError,
    WrongEncodingError,
)
from huleedu_ml_training.data.files import EssayFile, read_dataset, read_texts
from huleedu_ml_training.data.records import EssayRow
from huleedu_ml_training.data.row_errors import (
    InvalidMappingError,
    MissingColumnsError,
    RejectedRowsError,
)
from huleedu_ml_training.testing.essays import ELLIPSE_OVERALL, SWEDISH_8

HEADER = "id,text,grade\r\n"


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def rejections(path, scale=SWEDISH_8, **options):
    items = list(EssayFile(path, scale, **options))
    return [
        (item.row, item.column, item.reason) for item in items if not isinstance(item, EssayRow)
    ]


def rejected_jsonl(tmp_path, **fields):
    row = {"id": "1", "text": "one essay", "grade": "A", **fields}
    path = write(tmp_path / "essays.jsonl", json.dumps(row) + "\n")
    ((number, column, reason),) = rejections(path)
    assert 1 == number
    return column, reason


class TestCsv:
    def test_line_breaks_quotes_and_commas_inside_fields_are_kept(self, tmp_path):
        text = 'She said "yes",\r\nthen\nleft.\r'
        path = tmp_path / "essays.csv"
        with path.open("w", newline="") as stream:
            csv.writer(stream).writerows([["id", "text", "grade"], ["7", text, "D+"]])
        dataset = read_dataset(path, SWEDISH_8)
        assert ((text,), ("7",), [3]) == (dataset.texts, dataset.essay_ids, dataset.grades.tolist())

    def test_rows_are_numbered_as_a_spreadsheet_does(self, tmp_path):
        path = write(tmp_path / "e.csv", HEADER + '1,"two\nlines",A\r\n\r\n2,good,X\r\n3,,B\r\n')
        assert [
            (4, "grade", "is not a grade of the scale swedish_8"),
            (5, "text", "holds no word"),
        ] == rejections(path)

    def test_a_row_of_another_length_is_rejected(self, tmp_path):
        path = write(tmp_path / "e.csv", HEADER + "1,good,A\r\n2,a, b,A\r\n3,short\r\n")
        assert [
            (3, "", "has 4 fields where the header has 3"),
            (4, "", "has 2 fields where the header has 3"),
        ] == rejections(path)

    def test_byte_order_mark_is_skipped(self, tmp_path):
        path = write(tmp_path / "e.csv", HEADER + "1,good,A\r\n", encoding="utf-8-sig")
        assert ("1",) == read_dataset(path, SWEDISH_8).essay_ids

    def test_an_open_quote_is_an_error_not_a_long_essay(self, tmp_path):
        path = write(tmp_path / "e.csv", HEADER + '1,good,A\r\n2,"cut off in the mid')
        with pytest.raises(MalformedFileError, match=r"unexpected end of data \(line 3\)"):
            read_dataset(path, SWEDISH_8)

    def test_a_column_named_twice_is_an_error(self, tmp_path):
        path = write(tmp_path / "e.csv", "text,grade,text\r\na,A,b\r\n")
        with pytest.raises(MalformedFileError, match="'text' twice"):
            read_dataset(path, SWEDISH_8)

    def test_a_nameless_index_column_is_not_taken_for_anything(self, tmp_path):
        path = write(tmp_path / "e.csv", ",text,grade\r\n0,one essay,A\r\n")
        dataset = read_dataset(path, SWEDISH_8)
        assert ((None,), (None,)) == (dataset.created_at, dataset.prompts)

    def test_semicolons_are_named_in_the_remedy(self, tmp_path):
        path = write(tmp_path / "e.csv", "id;text;grade\r\n1;good;A\r\n")
        with pytest.raises(MissingColumnsError, match="by semicolons; save it with commas"):
            read_dataset(path, SWEDISH_8)


class TestEncoding:
    TEXT = HEADER + "1,plain,A\r\n2,en höst i Malmö,B\r\n"

    def test_latin_1_is_refused_at_its_first_byte(self, tmp_path):
        path = write(tmp_path / "e.csv", self.TEXT, encoding="latin-1")
        with pytest.raises(WrongEncodingError) as caught:
            read_dataset(path, SWEDISH_8)
        error = caught.value
        offset = self.TEXT.index("ö")
        assert (offset, 3, 0xF6) == (error.offset, error.line, error.byte)
        assert "--encoding cp1252" in error.remedy
        assert "iconv -f cp1252 -t utf-8 e.csv" in error.remedy

    def test_the_option_reads_it(self, tmp_path):
        path = write(tmp_path / "e.csv", self.TEXT, encoding="latin-1")
        texts = read_dataset(path, SWEDISH_8, encoding="cp1252").texts
        assert ("plain", "en höst i Malmö") == texts

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
    def test_utf_16_is_recognised(self, tmp_path, encoding):
        path = write(tmp_path / "e.csv", self.TEXT, encoding=encoding)
        with pytest.raises(WrongEncodingError) as caught:
            read_dataset(path, SWEDISH_8)
        assert encoding == caught.value.guess
        assert 2 == len(read_dataset(path, SWEDISH_8, encoding=encoding))

    def test_utf_8_is_not_utf_16(self, tmp_path):
        path = write(tmp_path / "e.csv", self.TEXT)
        with pytest.raises(WrongEncodingError, match="not utf-16 text"):
            read_dataset(path, SWEDISH_8, encoding="utf-16")

    def test_a_character_cut_by_the_end_of_a_chunk_is_none_the_worse(self, tmp_path):
        text = "x" * ((1 << 20) - 1) + "ö"
        path = write(tmp_path / "e.jsonl", json.dumps({"text": text}, ensure_ascii=False) + "\n")
        assert text == read_texts(path)[0].text

    @pytest.mark.parametrize("at", [(1 << 20) - 1, 1 << 20, (1 << 20) + 1])
    def test_a_bad_byte_is_found_wherever_it_is(self, tmp_path, at):
        content = bytearray(b"x" * ((1 << 20) + 10))
        content[at - 1 : at + 1] = b"\xc3("
        path = tmp_path / "e.csv"
        path.write_bytes(content)
        with pytest.raises(WrongEncodingError) as caught:
            read_dataset(path, SWEDISH_8)
        assert (at - 1, 0xC3) == (caught.value.offset, caught.value.byte)

    @pytest.mark.parametrize("name", ["utf-9", "base64", "nul\0"])
    def test_an_unknown_encoding_is_a_usage_error(self, tmp_path, name):
        path = write(tmp_path / "e.csv", self.TEXT)
        with pytest.raises(UnknownEncodingError):
            read_dataset(path, SWEDISH_8, encoding=name)


class TestOtherFormats:
    def test_jsonl_takes_numbers_lists_and_objects(self, tmp_path):
        row = {
            "id": 17,
            "text": "one essay",
            "grade": 3.5,
            "created_at": "2025-03-01T10:00:00+02:00",
            "ratings": [3, None, "4.0", None],
            "metadata": {"year": 9, "gender": None, "group": "b"},
        }
        path = write(tmp_path / "e.jsonl", "\n" + json.dumps(row) + "\n")
        dataset = read_dataset(path, ELLIPSE_OVERALL)
        assert ("17",) == dataset.essay_ids
        assert [5] == dataset.grades.tolist()
        assert (datetime(2025, 3, 1, 8, tzinfo=UTC),) == dataset.created_at
        np.testing.assert_array_equal([[4, np.nan, 6]], dataset.ratings)
        assert {"year": ("9",), "group": ("b",)} == dict(dataset.metadata)

    def test_a_jsonl_line_that_is_no_object_is_rejected(self, tmp_path):
        good = '{"text": "good", "grade": "A"}'
        path = write(tmp_path / "e.jsonl", f'{good}\n{{"text": \n["list"]\n')
        (first, second) = rejections(path)
        assert (2, "") == first[:2]
        assert first[2].startswith("is not JSON: ")
        assert (3, "", "is not a JSON object") == second

    def test_parquet_keeps_types(self, tmp_path):
        table = pa.table(
            {
                "text": ["one essay", "two essays"],
                "grade": [3.0, float("nan")],
                "created_at": pa.array(
                    [datetime(2025, 1, 2, tzinfo=UTC), None], pa.timestamp("us", "UTC")
                ),
                "metadata": pa.array([[("a", "1")], None], pa.map_(pa.string(), pa.string())),
            }
        )
        parquet.write_table(table, tmp_path / "e.parquet")
        items = list(EssayFile(tmp_path / "e.parquet", ELLIPSE_OVERALL))
        assert "3.0" == items[0].essay.grade
        assert datetime(2025, 1, 2, tzinfo=UTC) == items[0].essay.created_at
        assert {"a": "1"} == items[0].essay.metadata
        assert (2, "grade", "is empty") == (items[1].row, items[1].column, items[1].reason)

    def test_truncated_parquet_is_an_error(self, tmp_path):
        path = tmp_path / "e.parquet"
        parquet.write_table(pa.table({"text": ["one"] * 1000, "grade": ["A"] * 1000}), path)
        path.write_bytes(path.read_bytes()[:-20])
        with pytest.raises(MalformedFileError, match=r"e\.parquet cannot be read as Parquet"):
            read_dataset(path, SWEDISH_8)

    def test_parquet_damaged_inside_is_an_error(self, tmp_path):
        path = tmp_path / "e.parquet"
        texts = [f"essay {i}" for i in range(2000)]
        parquet.write_table(pa.table({"text": texts, "grade": ["A"] * 2000}), path)
        content = bytearray(path.read_bytes())
        content[4:200] = bytes(196)
        path.write_bytes(content)
        with pytest.raises(MalformedFileError, match="after row 0"):
            read_dataset(path, SWEDISH_8)

    def test_a_csv_named_parquet_is_an_error(self, tmp_path):
        path = write(tmp_path / "e.parquet", HEADER + "1,good,A\r\n")
        with pytest.raises(MalformedFileError, match="cannot be read as Parquet"):
            read_dataset(path, SWEDISH_8)
        assert 1 == len(read_dataset(path, SWEDISH_8, file_format="csv"))


class TestFilesThatAreNone:
    def test_absent(self, tmp_path):
        with pytest.raises(DataFileNotFoundError, match="no file at"):
            read_dataset(tmp_path / "absent.csv", SWEDISH_8)

    def test_directory(self, tmp_path):
        with pytest.raises(MalformedFileError, match="it is a directory"):
            read_dataset(tmp_path, SWEDISH_8)

    @pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
    def test_empty(self, tmp_path, suffix):
        path = write(tmp_path / f"e.{suffix}", "")
        with pytest.raises(MalformedFileError, match="it is empty"):
            read_dataset(path, SWEDISH_8)

    def test_nothing_but_a_header(self, tmp_path):
        with pytest.raises(EmptyDatasetError, match="holds no graded essay"):
            read_dataset(write(tmp_path / "e.csv", HEADER), SWEDISH_8)

    def test_unknown_suffix(self, tmp_path):
        path = write(tmp_path / "e.xlsx", "x")
        with pytest.raises(UnknownFileFormatError, match="--format with one of csv, parquet"):
            read_dataset(path, SWEDISH_8)


class TestRowsThatAreRejected:
    def test_nul_cannot_be_stored(self, tmp_path):
        column, reason = rejected_jsonl(tmp_path, text="one\0two")
        assert ("text", True) == (column, "NUL character at position 3" in reason)

    def test_half_a_surrogate_pair_cannot_be_stored(self, tmp_path):
        column, reason = rejected_jsonl(tmp_path, prompt="sea\ud83d")
        assert ("prompt", True) == (column, "half a character at position 3" in reason)

    @pytest.mark.parametrize(
        ("field", "value", "reason"),
        [
            ("text", " \n… ", "holds no word"),
            ("text", ["a"], "is no text but list"),
            ("id", "  ", "is empty"),
            ("grade", None, "is empty"),
            ("grade", "a", "is not a grade of the scale swedish_8"),
            ("created_at", "yesterday", "is not an ISO 8601 date or time"),
            ("created_at", "0001-01-01T00:00:00+05:00", "is not an ISO 8601 date or time"),
            ("language", "swedish", "is not a two-letter language code"),
            ("ratings", "A, B", "is not JSON"),
            ("ratings", {"A": 1}, "is not a list of grades"),
            ("ratings", ["A", "Z"], "is not a grade of the scale swedish_8"),
            ("metadata", ["a"], "is not an object of named values"),
            ("metadata", {"a": {"b": 1}}, "is no text but dict"),
        ],
    )
    def test_each_with_its_reason(self, tmp_path, field, value, reason):
        assert (field, reason) == rejected_jsonl(tmp_path, **{field: value})

    def test_long_values_are_shortened(self, tmp_path):
        path = write(tmp_path / "e.csv", HEADER + f"1,good,{'x' * 500}\r\n")
        (item,) = EssayFile(path, SWEDISH_8)
        assert 41 == len(item.value)
        assert str(item) == f"row 2, grade: {item.value} is not a grade of the scale swedish_8"

    def test_an_id_counts_once(self, tmp_path):
        path = write(tmp_path / "e.csv", HEADER + "1,one,A\r\n2,two,A\r\n1,three,A\r\n")
        assert [(4, "id", "is the id of row 2 too")] == rejections(path)

    def test_a_text_counts_once_where_there_are_no_ids(self, tmp_path):
        path = write(tmp_path / "e.csv", "text,grade\r\none essay,A\r\n one  essay,B\r\n")
        assert [(3, "text", "the same text is in row 2")] == rejections(path)

    def test_reading_a_whole_data_set_names_all_of_them(self, tmp_path):
        path = write(tmp_path / "e.csv", HEADER + "1,one,X\r\n2,two,A\r\n3,three,Y\r\n")
        with pytest.raises(RejectedRowsError) as caught:
            read_dataset(path, SWEDISH_8)
        assert [2, 4] == [row.row for row in caught.value.rejected]
        assert "2 of 3 rows of" in caught.value.what
        document = caught.value.to_dict()
        assert (3, "'X'") == (document["rows_read"], document["rejected"][0]["value"])


class TestMapping:
    def test_columns_are_found_by_their_exact_names_only(self, tmp_path):
        path = write(tmp_path / "e.csv", "Text,GRADE,Id\r\ngood,A,1\r\n")
        with pytest.raises(MissingColumnsError) as caught:
            read_dataset(path, SWEDISH_8)
        assert {"text": "text", "grade": "grade"} == caught.value.missing
        assert ("Text", "GRADE", "Id") == caught.value.columns
        assert "--map text=COLUMN" in caught.value.remedy

    def test_fields_are_where_the_mapping_says(self, tmp_path):
        path = write(
            tmp_path / "e.csv",
            "nr,Essay,Teacher 1,Teacher 2,School,grade\r\n1,good,A,,North,B\r\n",
        )
        mapping = parse_mapping(
            [
                "id=nr",
                "text=Essay",
                "rating=Teacher 1",
                "rating=Teacher 2",
                "metadata.school=School",
            ]
        )
        (item,) = EssayFile(path, SWEDISH_8, mapping=mapping)
        essay = item.essay
        assert ("1", "good", "B") == (essay.essay_id, essay.text, essay.grade)
        assert (("A",), {"school": "North"}) == (essay.ratings, essay.metadata)

    def test_numbered_raters_are_found_in_their_order(self, tmp_path):
        header = "text,grade,rater_10,rater_2,rater_1,rater_id\r\n"
        path = write(tmp_path / "e.csv", header + "good,B,F,A,,Mr X\r\n")
        dataset = read_dataset(path, SWEDISH_8)
        np.testing.assert_array_equal([[np.nan, 7, 0]], dataset.ratings)
        mapping = parse_mapping(["rating=rater_2"])
        (item,) = EssayFile(path, SWEDISH_8, mapping=mapping)
        assert ("A",) == item.essay.ratings

    def test_a_list_of_ratings_leaves_numbered_columns_alone(self, tmp_path):
        header = "text,grade,ratings,rater_1\r\n"
        path = write(tmp_path / "e.csv", header + 'good,B,"[""A""]",Mrs Y\r\n')
        np.testing.assert_array_equal([[7]], read_dataset(path, SWEDISH_8).ratings)

    def test_a_mapped_column_must_be_there(self, tmp_path):
        path = write(tmp_path / "e.csv", HEADER + "1,good,A\r\n")
        mapping = parse_mapping(["prompt=Topic", "metadata.x=Y"])
        with pytest.raises(MissingColumnsError) as caught:
            read_dataset(path, SWEDISH_8, mapping=mapping)
        assert {"prompt": "Topic", "metadata.x": "Y"} == caught.value.missing

    def test_unused_columns_are_known(self, tmp_path):
        path = write(tmp_path / "e.csv", "id,text,grade,seat\r\n1,good,A,7\r\n")
        assert ("seat",) == EssayFile(path, SWEDISH_8).unused_columns

    @pytest.mark.parametrize(
        ("argument", "reason"),
        [
            ("text", "is not of the form FIELD=COLUMN"),
            ("text=", "is not of the form FIELD=COLUMN"),
            ("Text=Essay", "there is no field 'Text'"),
            ("metadata.=x", "there is no field 'metadata.'"),
        ],
    )
    def test_an_argument_must_name_a_field_and_a_column(self, argument, reason):
        with pytest.raises(InvalidMappingError) as caught:
            parse_mapping([argument])
        assert reason == caught.value.reason

    def test_a_field_is_mapped_once(self):
        with pytest.raises(InvalidMappingError, match="text is mapped twice"):
            parse_mapping(["text=A", "text=B"])

    def test_ids_made_of_texts_do_not_change(self, tmp_path):
        path = write(tmp_path / "e.csv", "text,grade\r\none essay,A\r\n")
        assert ("35209be6-3b95-5fe0-93e8-7ec0ee00bbc1",) == read_dataset(path, SWEDISH_8).essay_ids


class TestTexts:
    def test_ungraded_essays_are_read_in_their_order(self, tmp_path):
        path = write(tmp_path / "e.csv", "text,language,prompt_text\r\nb,SV,Write.\r\na,,\r\n")
        (first, second) = read_texts(path)
        assert ("row 2", "b", "Write.", "sv") == (
            first.id,
            first.text,
            first.prompt_text,
            first.language,
        )
        assert ("row 3", None, None) == (second.id, second.prompt_text, second.language)

    def test_rows_without_a_text_are_an_error(self, tmp_path):
        path = write(tmp_path / "e.csv", "id,text\r\n1,good\r\n2,\r\n")
        with pytest.raises(RejectedRowsError, match="row 3, text: holds no word"):
            read_texts(path)
