"""Residual files: what is in them, and what can be compared by them."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.data.file_errors import DataFileNotFoundError, FileAccessError
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.errors import ExitCode
from huleedu_ml_training.metrics.errors import (
    IncomparablePredictionsError,
    UnsupportedMetricsError,
)
from huleedu_ml_training.testing.simulated_grader import simulate_grading
from huleedu_ml_training.training.comparing import compare_scored_sets
from huleedu_ml_training.training.interruption import StopSignal
from huleedu_ml_training.training.residuals import read_residuals, write_residuals
from huleedu_ml_training.training.scored_set import ScoredSet, scored_set

N = 60
QUICK = EvaluationSettings(resamples=100)
ROUGH, FINE = (simulate_grading(N, seed=4, noise=noise) for noise in (0.9, 0.4))
DATASET = EssayDataset.create(
    scale=ROUGH.predictions.scale,
    essay_ids=[f"e{row:02d}" for row in range(N)],
    texts=[f"Essay number {row}." for row in range(N)],
    grades=ROUGH.y,
    prompts=ROUGH.prompts,
    created_at=[datetime(2025, 3, 1, tzinfo=UTC)] * N,
    metadata={"school": ("north",) * N},
)
NOTHING = np.zeros(N, dtype=np.bool_)


def a_set(grading=ROUGH, dataset=DATASET, name="rough") -> ScoredSet:
    return scored_set(name, "20250101_120000", dataset, grading.predictions, NOTHING)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "residuals.parquet"


def write(path, scored, dataset=DATASET):
    write_residuals(path, scored, dataset, review=NOTHING)


def test_each_essay_is_a_row_that_can_be_worked_on(path) -> None:
    sets = replace(ROUGH.predictions, lowest=ROUGH.predictions.grades, highest=np.full(N, 7))
    review = sets.expected_loss > 0.5
    scored = scored_set("rough", "1", DATASET, sets, ~review)
    write_residuals(path, scored, DATASET, review=review)
    table = pq.read_table(path)
    assert N == table.num_rows
    row = {name: table.column(name)[3].as_py() for name in table.column_names}
    labels, y, grade = DATASET.scale.labels, int(ROUGH.y[3]), int(sets.grades[3])
    assert {
        "essay_id": "e03",
        "prompt": ROUGH.prompts[3],
        "language": "en",
        "source": None,
        "created_at": datetime(2025, 3, 1, tzinfo=UTC),
        "words": 3,
        "human_grade": labels[y],
        "predicted_grade": labels[grade],
        "lowest": labels[grade],
        "highest": "A",
        "review": bool(review[3]),
        "seen_in_training": not review[3],
        "residual": grade - y,
        "expected_residual": sets.expected[3] - y,
        "probability.D+": sets.probabilities[3, 3],
        "metadata.school": "north",
    }.items() <= row.items()


@pytest.mark.parametrize("with_sets", [False, True])
def test_reading_back_gives_the_same_predictions(path, with_sets: bool) -> None:
    said = ROUGH.predictions
    if with_sets:
        said = replace(said, lowest=np.maximum(said.grades - 1, 0), highest=said.grades)
    written = scored_set("rough", "1", DATASET, said, np.arange(N) < 7)
    write(path, written)
    read = read_residuals(path)
    for name in ("model_name", "version", "metrics_version", "essay_ids", "texts", "prompts"):
        assert getattr(written, name) == getattr(read, name)
    assert DATASET.grades.tolist() == read.y.tolist()
    assert 7 == read.seen.sum()
    for name in ("latent", "probabilities", "grades", "lowest", "highest"):
        assert np.array_equal(getattr(said, name), getattr(read.predictions, name))


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path) -> None:
    with pytest.raises(FileAccessError):
        write(tmp_path / "absent" / "r.parquet", a_set())
    assert [] == list(tmp_path.iterdir())


def test_what_is_no_residual_file_is_refused(path, tmp_path) -> None:
    with pytest.raises(DataFileNotFoundError):
        read_residuals(path)
    path.write_bytes(b"PAR1 but not really")
    with pytest.raises(UnsupportedMetricsError, match="holds no residuals"):
        read_residuals(path)
    pq.write_table(pa.table({"essay_id": ["a"]}), path)
    with pytest.raises(UnsupportedMetricsError, match=r"residuals_version of .* is None, not 1"):
        read_residuals(path)
    write(path, a_set())
    table = pq.read_table(path)
    pq.write_table(table.drop_columns(["latent"]), path)
    with pytest.raises(UnsupportedMetricsError, match="KeyError"):
        read_residuals(path)


class TestComparing:
    def compare(self, *sets: ScoredSet):
        return compare_scored_sets(sets, QUICK, 0.02, StopSignal())

    def test_each_is_compared_with_the_first(self) -> None:
        rough = a_set()
        fine = replace(a_set(FINE, name="fine"), seen=np.arange(N) < 5)
        better, same = self.compare(rough, fine, rough)
        assert ("rough 20250101_120000", "fine 20250101_120000") == (better.a, better.b)
        assert better.report.metrics["qwk"].difference.value > 0
        assert ((0, 5), (0, 0)) == (better.seen, same.seen)
        assert 0.0 == same.report.metrics["qwk"].difference.value
        assert {each.essay_id for each in better.disagreements} <= set(DATASET.essay_ids)

    @pytest.mark.parametrize(
        ("change", "problem"),
        [
            ({"metrics_version": 99}, "version 99 of the metrics, this is version 1"),
            ({"essay_ids": ("x", *DATASET.essay_ids[1:])}, "1 essays were graded by rough"),
            ({"essay_ids": DATASET.essay_ids[::-1]}, "in another order"),
            ({"texts": ("t", *a_set().texts[1:])}, "1 essays have another text"),
            ({"y": np.where(np.arange(N) < 2, 7 - ROUGH.y, ROUGH.y)}, "another human grade"),
        ],
    )
    @pytest.mark.parametrize("first", [True, False])
    def test_what_is_not_about_the_same_is_refused(self, change, problem, first) -> None:
        other = replace(a_set(), **change)
        pair = (other, a_set()) if first else (a_set(), other)
        with pytest.raises(IncomparablePredictionsError, match=problem) as caught:
            self.compare(*pair)
        assert ExitCode.NOT_FOUND_OR_CONFLICT == caught.value.exit_code

    def test_other_scales_are_refused(self) -> None:
        other = simulate_grading(N, seed=4, scale="ellipse_overall")
        with pytest.raises(IncomparablePredictionsError, match=r"rough .* grades on F, E, D"):
            self.compare(a_set(), replace(a_set(), predictions=other.predictions))
