"""What is written can be read again, and what is there stays until the new file is whole."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huleedu_ml_training.data import writers
from huleedu_ml_training.data.file_errors import (
    FileAccessError,
    OutputFileExistsError,
    UnknownFileFormatError,
)
from huleedu_ml_training.data.files import read_dataset
from huleedu_ml_training.data.writers import write_dataset
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.text_identity import count_words
from huleedu_ml_training.testing.essays import SWEDISH_8, varied_essays

FORMATS = ("csv", "jsonl", "parquet")

storable = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
essay_texts = storable.filter(count_words)
names = storable.map(str.strip).filter(bool)
rating = st.one_of(st.none(), st.integers(0, 7))
times = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 - the zone is given below
    timezones=st.just(UTC),
)


@st.composite
def datasets(draw):
    ids = sorted(draw(st.lists(names, min_size=1, max_size=5, unique=True)))
    n = len(ids)

    def column(values):
        return draw(st.lists(values, min_size=n, max_size=n))

    ratings = np.array(column(st.tuples(rating, rating)), dtype=np.float64)
    n_raters = int(max((~np.isnan(row)).nonzero()[0].max(initial=-1) for row in ratings)) + 1
    marks = tuple(column(st.one_of(st.none(), storable.filter(bool))))
    return EssayDataset.create(
        scale=SWEDISH_8,
        essay_ids=ids,
        texts=column(essay_texts),
        grades=column(st.integers(0, 7)),
        prompts=column(st.one_of(st.none(), names)),
        prompt_texts=column(st.one_of(st.none(), storable.filter(bool))),
        languages=column(st.sampled_from(["en", "sv"])),
        created_at=column(st.one_of(st.none(), times)),
        ratings=ratings[:, :n_raters],
        sources=column(st.one_of(st.none(), names)),
        metadata={"mark": marks} if any(marks) else {},
    )


@pytest.mark.parametrize("file_format", FORMATS)
@settings(max_examples=60, deadline=None)
@given(dataset=datasets())
def test_what_is_written_is_read_again(file_format, dataset, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / f"round-trip.{file_format}"
    write_dataset(dataset, path, force=True)
    read = read_dataset(path, dataset.scale)
    assert dataset.digest == read.digest
    assert dataset.essay_ids == read.essay_ids
    assert dataset.texts == read.texts
    assert dataset.sources == read.sources
    assert dict(dataset.metadata) == dict(read.metadata)
    np.testing.assert_array_equal(dataset.ratings, read.ratings)


@pytest.mark.parametrize("file_format", FORMATS)
def test_equal_essays_give_equal_bytes(file_format, tmp_path):
    for name in ("one", "two"):
        write_dataset(varied_essays(), tmp_path / name, file_format=file_format)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_file_is_replaced_only_on_demand(tmp_path):
    path = tmp_path / "essays.csv"
    path.write_text("mine")
    with pytest.raises(OutputFileExistsError, match="--force"):
        write_dataset(varied_essays(), path)
    assert "mine" == path.read_text()
    write_dataset(varied_essays(), path, force=True)
    assert 8 == len(read_dataset(path, SWEDISH_8))


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_writing_that_fails_leaves_what_was_there(file_format, tmp_path):
    path = tmp_path / "essays"
    path.write_text("mine")
    broken = replace(varied_essays(), texts=("fine", "half \ud83d of a pair", *"abcdef"))
    with pytest.raises(UnicodeEncodeError):
        write_dataset(broken, path, file_format=file_format, force=True)
    assert ["essays"] == [each.name for each in tmp_path.iterdir()]
    assert "mine" == path.read_text()


def test_a_directory_that_is_not_there_is_an_error_with_a_remedy(tmp_path):
    with pytest.raises(FileAccessError, match="cannot be written: No such file or directory"):
        write_dataset(varied_essays(), tmp_path / "absent" / "essays.csv")


@pytest.mark.parametrize("name", ["essays.xlsx", "essays"])
def test_the_format_must_be_known(name, tmp_path):
    with pytest.raises(UnknownFileFormatError, match="csv, parquet, jsonl"):
        write_dataset(varied_essays(), tmp_path / name)


def test_the_corpus_format_is_not_written(tmp_path):
    with pytest.raises(UnknownFileFormatError):
        writers.require_writable(tmp_path / "essays.csv", "ellipse", force=False)
