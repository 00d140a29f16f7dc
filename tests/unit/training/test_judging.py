"""Judging models that are files, on essays that are files or in a database."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from huleedu_ml_training.config import EvaluationSettings, FeatureSettings, Settings
from huleedu_ml_training.data.writers import write_dataset
from huleedu_ml_training.domain.dataset import EssayDataset, EssaySelection
from huleedu_ml_training.domain.errors import ExitCode
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.inference.scorer import EssayScorer
from huleedu_ml_training.metrics.evaluation import evaluate_predictions
from huleedu_ml_training.observability.metrics import MLMetrics
from huleedu_ml_training.registry.references import ModelResolver
from huleedu_ml_training.testing.fakes.artifact_store import InMemoryArtifactStore
from huleedu_ml_training.testing.fakes.data_loader import InMemoryDataLoader
from huleedu_ml_training.testing.fakes.feature_pipeline import CountingFeaturePipeline
from huleedu_ml_training.testing.working_bundles import working_bundle
from huleedu_ml_training.training.interruption import StopSignal, WorkStoppedError
from huleedu_ml_training.training.judging import ModelJudge
from huleedu_ml_training.training.judging_errors import (
    FlagsRaisedError,
    InvalidComparisonError,
    NoCommonTestEssaysError,
    ScaleMismatchError,
)
from huleedu_ml_training.training.judging_requests import (
    ComparisonRequest,
    EvaluationRequest,
    JudgedEssays,
    SplitPart,
)
from huleedu_ml_training.training.perturbing import perturb
from huleedu_ml_training.training.progress import LogProgress
from huleedu_ml_training.training.recording import EvaluationRecorder

N = 60
QUICK = EvaluationSettings(resamples=100)
PIPELINE = "huleedu_ml_training.testing.fakes.feature_pipeline:CountingFeaturePipeline"
SCALE = GradeScale.named("swedish_8")
WORDS = np.random.default_rng(1).integers(4, 36, size=N)
DATASET = EssayDataset.create(
    scale=SCALE,
    essay_ids=[f"e{row:02d}" for row in range(N)],
    texts=[f"Essay {row} " + "has words. " * int(WORDS[row] // 2) for row in range(N)],
    grades=np.clip((WORDS - 4) // 4, 0, 7),
    prompts=[f"Prompt {row % 3}" for row in range(N)],
    created_at=[datetime(2025, 1 + row % 2, 1, tzinfo=UTC) for row in range(N)],
    sources=["a" if row % 4 else "b" for row in range(N)],
)
PARTS = {"train": range(30), "validation": range(30, 40), "test": range(40, N)}


def with_split(bundle, parts=PARTS):
    identities = DATASET.text_identities()
    document = {
        name: {
            "essay_ids": [DATASET.essay_ids[row] for row in rows],
            "text_identities": [identities[row] for row in rows],
        }
        for name, rows in parts.items()
    }
    files = {**bundle.files, "split.json": json.dumps({"parts": document}).encode()}
    files.pop("manifest.json")
    return bundle.create(
        files,
        model_name="essay-scorer",
        version=bundle.manifest.version,
        scale=bundle.manifest.scale,
        feature_schema_digest=bundle.manifest.feature_schema_digest,
        feature_count=bundle.manifest.feature_count,
        dataset_digest="d" * 64,
        created_at=datetime(2025, 1, 1, tzinfo=UTC),
        library_versions={},
        seed=0,
        parity={"passed": True},
    )


@pytest.fixture
def model(tmp_path) -> Callable[..., str]:
    def write(*, offset: float = 0.0, parts=PARTS, version: str = "20250101_120000") -> str:
        schema = CountingFeaturePipeline().schema
        bundle = with_split(working_bundle(schema, version=version, offset=offset), parts)
        place = tmp_path / f"model_{version}"
        place.mkdir()
        for name, data in bundle.files.items():
            (place / name).write_bytes(data)
        return str(place)

    return write


@pytest.fixture
def judge_of(tmp_path) -> Callable[[EssayDataset], ModelJudge]:
    def make(dataset: EssayDataset) -> ModelJudge:
        settings = Settings(
            home=tmp_path,
            evaluation=QUICK,
            features=FeatureSettings(pipeline=PIPELINE, workers=1),
        )

        async def registry():
            raise AssertionError

        async def loader():
            return InMemoryDataLoader(dataset, batch_size=7)

        async def runs():
            raise AssertionError

        resolver = ModelResolver(settings, registry, InMemoryArtifactStore())
        recorder = EvaluationRecorder(settings, runs, MLMetrics(CollectorRegistry()))
        return ModelJudge(settings, resolver, loader, LogProgress(), recorder)

    return make


@pytest.fixture
def judge(judge_of) -> ModelJudge:
    return judge_of(DATASET)


async def test_the_held_out_essays_of_the_database_are_judged(judge, model) -> None:
    judgement = await judge.evaluate(EvaluationRequest(model()))
    assert DATASET.essay_ids[40:] == judgement.dataset.essay_ids
    assert 0 == judgement.scored.seen.sum()
    assert "essay-scorer 20250101_120000" == judgement.scored.title
    alone = evaluate_predictions(
        judgement.scored.predictions,
        judgement.dataset.grades,
        prompts=judgement.dataset.prompts,
        settings=QUICK,
    )
    assert alone == judgement.report.evaluation
    assert judgement.report.perturbations is None


@pytest.mark.parametrize(
    ("essays", "rows"),
    [
        (JudgedEssays(part=SplitPart.ALL), range(N)),
        (JudgedEssays(part=SplitPart.TRAIN), range(30)),
        (JudgedEssays(part=SplitPart.VALIDATION), range(30, 40)),
        (
            JudgedEssays(selection=EssaySelection(prompts=("Prompt 1",)), part=SplitPart.ALL),
            range(1, N, 3),
        ),
        (
            JudgedEssays(selection=EssaySelection(since=datetime(2025, 2, 1, tzinfo=UTC))),
            range(41, N, 2),
        ),
    ],
)
async def test_any_part_and_selection_can_be_judged(judge, model, essays, rows) -> None:
    judgement = await judge.evaluate(EvaluationRequest(model(), essays))
    assert tuple(DATASET.essay_ids[row] for row in rows) == judgement.dataset.essay_ids
    assert sum(row < 40 for row in rows) == judgement.scored.seen.sum()


@pytest.mark.parametrize(
    ("part", "selection", "rows"),
    [
        (None, EssaySelection(), range(N)),
        (SplitPart.TEST, EssaySelection(), range(40, N)),
        (None, EssaySelection(sources=("b",)), range(0, N, 4)),
    ],
)
async def test_a_file_is_judged_whole_unless_a_part_is_asked_for(
    judge, model, tmp_path, part, selection, rows
) -> None:
    # Other ids than those of the split: the texts tell.
    file = tmp_path / "essays.parquet"
    renamed = replace(DATASET, essay_ids=tuple(f"x{row:02d}" for row in range(N)))
    write_dataset(renamed, file)
    essays = JudgedEssays(file, selection, part)
    judgement = await judge.evaluate(EvaluationRequest(model(), essays))
    assert tuple(f"x{row:02d}" for row in rows) == judgement.dataset.essay_ids
    assert sum(row < 40 for row in rows) == judgement.scored.seen.sum()


async def test_too_few_essays_are_no_basis(judge, model, tmp_path) -> None:
    few = EssaySelection(prompts=("Prompt 1",), sources=("b",))
    with pytest.raises(NoCommonTestEssaysError, match="only 2 held-out essays") as caught:
        await judge.evaluate(EvaluationRequest(model(), JudgedEssays(selection=few)))
    assert "20 are in the test part of the model, 2 of them" in str(caught.value)
    file = tmp_path / "essays.parquet"
    write_dataset(DATASET, file)
    nothing = JudgedEssays(file, EssaySelection(prompts=("none",)))
    with pytest.raises(NoCommonTestEssaysError, match=r"none of the 60 in .*essays.parquet"):
        await judge.evaluate(EvaluationRequest(model(version="20250101_120001"), nothing))


async def test_models_are_compared_on_what_all_held_out(judge, model) -> None:
    a = model()
    other_parts = {"train": range(20), "validation": range(20, 30), "test": range(30, 55)}
    b = model(offset=2.0, version="20250101_130000", parts=other_parts)
    against_b, against_a = await judge.compare(ComparisonRequest((a, b, a)))
    assert 15 == against_b.report.n
    assert against_b.report.metrics["bias"].difference.value > 0.5
    assert against_b.disagreements[0].levels > 0
    assert () == against_a.disagreements
    assert (0, 0) == against_b.seen
    c = model(version="20250101_140000", parts={"test": range(5)})
    with pytest.raises(NoCommonTestEssaysError, match="0 are in the test part of both models"):
        await judge.compare(ComparisonRequest((a, c)))


@pytest.mark.parametrize(
    ("models", "essays", "problem"),
    [
        (("a",), JudgedEssays(), "one model alone"),
        (("a.parquet", "models/b"), JudgedEssays(), "mixed"),
        (("a.parquet", "b.parquet"), JudgedEssays(part=SplitPart.TEST), "their own essays"),
    ],
)
async def test_impossible_comparisons_are_refused(judge, models, essays, problem) -> None:
    with pytest.raises(InvalidComparisonError, match=problem) as caught:
        await judge.compare(ComparisonRequest(models, essays))
    assert ExitCode.USAGE == caught.value.exit_code


async def test_essays_of_another_scale_are_refused(judge_of, model) -> None:
    judge = judge_of(replace(DATASET, scale=GradeScale.named("ellipse_overall")))
    with pytest.raises(ScaleMismatchError):
        await judge.evaluate(EvaluationRequest(model()))


class TestPerturbing:
    @pytest.fixture
    def scorer(self) -> EssayScorer:
        pipeline = CountingFeaturePipeline()
        return EssayScorer(working_bundle(pipeline.schema), pipeline)

    def test_a_grader_that_counts_words_is_found_out(self, scorer) -> None:
        table = perturb(scorer, DATASET, 12, QUICK, LogProgress(), StopSignal())
        rows = {row.name: row for row in table.rows}
        assert (12, N) == (table.n, table.population)
        # Twice the words are twice the first feature, on which this grader relies.
        assert rows["doubled"].values["score_change"].value > 1
        assert rows["doubled"].values["moved_down"].value == 0
        for name in ("shuffled", "spelling_corrupted", "lower_case"):
            assert rows[name].values["moved"].value == 0
        assert 12 == rows["lower_case"].changed
        assert 0 == rows["spelling_corrected"].changed

    def test_equal_seeds_give_equal_tables(self, scorer) -> None:
        once, twice = (
            perturb(scorer, DATASET, 5, QUICK, LogProgress(), StopSignal()) for _ in range(2)
        )
        assert once == twice
        other = QUICK.model_copy(update={"seed": 7})
        assert once != perturb(scorer, DATASET, 5, other, LogProgress(), StopSignal())

    def test_no_more_essays_are_drawn_than_there_are(self, scorer) -> None:
        few = DATASET.take(np.arange(3))
        assert 3 == perturb(scorer, few, 100, QUICK, LogProgress(), StopSignal()).n

    def test_it_stops_when_it_is_told_to(self, scorer) -> None:
        stop = StopSignal()
        stop.set()
        with pytest.raises(WorkStoppedError):
            perturb(scorer, DATASET, 3, QUICK, LogProgress(), stop)


async def test_perturbations_are_part_of_a_judgement_that_asks_for_them(judge, model) -> None:
    judgement = await judge.evaluate(EvaluationRequest(model(), perturbed_essays=4))
    assert judgement.report.perturbations is not None
    assert (4, 20) == (judgement.report.perturbations.n, judgement.report.perturbations.population)


def test_raised_flags_are_counted_and_the_first_are_named() -> None:
    flags = [f"flag {number}" for number in range(5)]
    error = FlagsRaisedError(flags=flags)
    assert ExitCode.REFUSED == error.exit_code
    assert "5 flags raised: flag 0; flag 1; flag 2 and 2 more" == error.what
    assert "1 flag raised: flag 0" == FlagsRaisedError(flags=flags[:1]).what
