"""Whole cross-validations on essays and runs in memory."""

import asyncio
import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from prometheus_client import CollectorRegistry

from huleedu_ml_training.data.splitter import create_splitter
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.features.service import FeatureService
from huleedu_ml_training.metrics.agreement import quadratic_weighted_kappa
from huleedu_ml_training.metrics.evaluation import evaluate_predictions
from huleedu_ml_training.models.catalogue import create_trainer
from huleedu_ml_training.observability.metrics import MLMetrics
from huleedu_ml_training.registry.filters import RunFilter
from huleedu_ml_training.registry.runs.records import RunKind, RunState
from huleedu_ml_training.reports.learning_chart import learning_chart
from huleedu_ml_training.testing.fakes.classifier import LinearTrainer
from huleedu_ml_training.testing.fakes.data_loader import InMemoryDataLoader
from huleedu_ml_training.testing.fakes.feature_pipeline import CountingFeaturePipeline
from huleedu_ml_training.testing.fakes.feature_store import InMemoryFeatureStore
from huleedu_ml_training.testing.fakes.run_store import InMemoryRunStore
from huleedu_ml_training.training.cross_validation import CrossValidator, validation_protocols
from huleedu_ml_training.training.errors import RunInterruptedError
from huleedu_ml_training.training.oof_file import write_predictions
from huleedu_ml_training.training.preparation import DataPreparation
from huleedu_ml_training.training.progress import LogProgress
from huleedu_ml_training.training.validation_errors import InvalidValidationError
from huleedu_ml_training.training.validation_request import ValidationRequest


class SlowTrainer(LinearTrainer):
    """Calls back when it has fitted so many models."""

    def __init__(self, after, call):
        super().__init__()
        self._left, self._call = after, call

    def fit(self, *arguments, **options):
        self._left -= 1
        if self._left == 0:
            self._call()
        return super().fit(*arguments, **options)


@pytest.fixture
def runs():
    return InMemoryRunStore()


@pytest.fixture
def make_validator(runs):
    def make(dataset, settings, trainer=None):
        metrics, progress = MLMetrics(CollectorRegistry()), LogProgress()
        features = FeatureService(CountingFeaturePipeline(), InMemoryFeatureStore())
        preparation = DataPreparation(
            InMemoryDataLoader(dataset),
            features,
            create_splitter(settings.split),
            progress,
            metrics,
        )
        protocols = validation_protocols(trainer or LinearTrainer(), (), create_splitter)
        return CrossValidator(
            settings, preparation, protocols, create_splitter, runs, progress, metrics
        )

    return make


async def test_figures_are_those_of_the_pooled_predictions(
    make_essays, make_settings, make_validator, runs
):
    dataset, settings = make_essays(), make_settings()

    result = await make_validator(dataset, settings).validate(ValidationRequest("x", folds=4))

    report, (held_out,) = result.report, result.passes
    assert RunKind.CV is result.run.kind
    assert RunState.COMPLETED is (await runs.get(result.run.id)).state
    assert not list(settings.runs_dir.rglob("checkpoints"))
    predictions = held_out.predictions(dataset.scale, "equating")
    expected = evaluate_predictions(
        predictions, dataset.grades, prompts=dataset.prompts, settings=settings.evaluation
    )
    for name, value in report.chosen.values.items():
        assert expected.values[name] == value
    assert expected == report.evaluation
    kappas = [fold.qwk for fold in report.folds]
    assert kappas == [
        quadratic_weighted_kappa(
            dataset.grades[held_out.fold == fold],
            predictions.grades[held_out.fold == fold],
            len(dataset.scale),
        )
        for fold in range(4)
    ]
    across = report.chosen.qwk_across_folds
    assert (np.mean(kappas), np.std(kappas, ddof=1)) == pytest.approx((across.mean, across.sd))
    assert sum(fold.n for fold in report.folds) == len(dataset)
    json.dumps(report.to_dict(), allow_nan=False)
    assert (await runs.get(result.run.id)).metrics["rule"] == "equating"


async def test_equal_inputs_give_equal_reports(make_essays, make_settings, make_validator):
    dataset, settings = make_essays(), make_settings()
    request = ValidationRequest("x", folds=3, repeats=2, curve=(50,), variance=(2, 2))
    reports = [(await make_validator(dataset, settings).validate(request)).report for _ in range(2)]
    assert reports[0] == reports[1]


async def test_repeats_are_other_splits_of_the_same_essays(
    make_essays, make_settings, make_validator
):
    dataset, settings = make_essays(), make_settings()
    validator = make_validator(dataset, settings)

    once = await validator.validate(ValidationRequest("x", folds=4))
    result = await validator.validate(ValidationRequest("x", folds=4, repeats=4))

    folds = [held_out.fold.tolist() for held_out in result.passes]
    assert folds[0] != folds[1]
    assert len(result.report.folds) == 16
    kappas = [
        quadratic_weighted_kappa(dataset.grades, each.grades["equating"], len(dataset.scale))
        for each in result.passes
    ]
    single, repeated = (each.report.chosen.values["qwk"] for each in (once, result))
    assert repeated.value == pytest.approx(np.mean(kappas))
    # Four passes over the same essays are not four times the essays.
    assert repeated.high - repeated.low > 0.7 * (single.high - single.low)


async def test_a_learning_curve_rises_where_there_is_more_to_learn(
    make_essays, make_settings, make_validator
):
    dataset = make_essays(400, n_features=25, n_prompts=50)
    settings = make_settings()
    request = ValidationRequest("x", folds=3, curve=(30, 80))

    report = (await make_validator(dataset, settings).validate(request)).report

    sizes = [point.n_essays for point in report.curve]
    assert sizes == pytest.approx([30, 80, 400 * 2 / 3], abs=2)
    rps = [point.figures.values["rps"].value for point in report.curve]
    assert rps == sorted(rps, reverse=True)
    assert report.curve[-1].figures == report.chosen
    svg = learning_chart(
        [(p.n_essays, p.figures.values["qwk"], p.figures.values["rps"]) for p in report.curve]
    )
    assert svg.startswith("<svg")
    assert f"{rps[0]:.3f}" in svg


async def test_a_curve_beyond_the_essays_is_refused_before_any_fit(
    make_essays, make_settings, make_validator, runs
):
    validator = make_validator(make_essays(), make_settings())
    with pytest.raises(InvalidValidationError, match="100 essays to learn from"):
        await validator.validate(ValidationRequest("x", folds=3, curve=(50, 100)))
    assert [] == await runs.list_runs()


async def test_variance_knows_that_a_linear_model_has_no_seed(
    make_essays, make_settings, make_validator
):
    dataset, settings = make_essays(), make_settings()
    request = ValidationRequest("x", folds=3, variance=(2, 3))

    report = (await make_validator(dataset, settings).validate(request)).report

    assert ["qwk", "rps"] == [figures.metric for figures in report.variance]
    for figures in report.variance:
        seed, split, rest, essays = figures.components
        assert (seed.sd, rest.sd) == pytest.approx((0, 0), abs=1e-12)
        assert 0 < split.sd < essays.sd
        assert essays.low < essays.sd < essays.high
    # Half of a 95 % interval is about two standard deviations.
    qwk = report.chosen.values["qwk"]
    assert report.variance[0].components[3].sd == pytest.approx(
        (qwk.high - qwk.low) / 3.92, rel=0.4
    )


async def test_seeds_make_a_difference_to_boosters(make_essays, make_settings, make_validator):
    dataset, settings = make_essays(120), make_settings(rounds=10)
    trainer = create_trainer(settings.model, threads=1)
    request = ValidationRequest("x", folds=2, protocol="legacy", variance=(3, 2))

    report = (await make_validator(dataset, settings, trainer).validate(request)).report

    seed, _, rest, _ = report.variance[0].components
    assert max(seed.sd, rest.sd) > 0
    assert len(report.caveats) == 2


async def test_cancelling_keeps_finished_folds_and_the_next_call_goes_on(
    make_essays, make_settings, make_validator, runs
):
    dataset, settings = make_essays(), make_settings()
    request = ValidationRequest("x", folds=4)
    loop, started = asyncio.get_running_loop(), asyncio.Event()
    trainer = SlowTrainer(7, lambda: loop.call_soon_threadsafe(started.set))
    task = asyncio.create_task(make_validator(dataset, settings, trainer).validate(request))
    await started.wait()
    task.cancel()
    with pytest.raises(RunInterruptedError) as caught:
        await task
    assert caught.value.exit_code == 130
    run_id = caught.value.run_id
    assert RunState.INTERRUPTED is (await runs.get(run_id)).state
    kept = sorted(path.name for path in settings.runs_dir.rglob("scored-*"))
    assert kept[:2] == ["scored-0", "scored-1"]

    gone_on = await make_validator(dataset, settings).validate(request)

    anew = await make_validator(dataset, settings).validate(request)
    assert (gone_on.run.id, gone_on.resumed) == (run_id, True)
    assert (anew.run.id != run_id, anew.resumed) == (True, False)
    assert anew.report == gone_on.report


async def test_other_questions_are_other_runs(make_essays, make_settings, make_validator, runs):
    dataset, settings = make_essays(), make_settings()
    for request in (
        ValidationRequest("x", folds=3),
        ValidationRequest("x", folds=4),
        ValidationRequest("x", folds=3, protocol="legacy"),
    ):
        await make_validator(dataset, settings).validate(request)
    digests = [run.inputs_digest for run in await runs.list_runs(RunFilter(kind=RunKind.CV))]
    assert len(set(digests)) == 3


async def test_predictions_can_be_judged_again_from_their_file(
    make_essays, make_settings, make_validator, tmp_path
):
    dataset, settings = make_essays(), make_settings()
    result = await make_validator(dataset, settings).validate(
        ValidationRequest("x", folds=3, repeats=2)
    )
    path = tmp_path / "oof.parquet"

    write_predictions(path, result)

    table = pq.read_table(path)
    assert len(table) == 2 * len(dataset)
    first = table.slice(0, len(dataset))
    scale = dataset.scale
    probabilities = np.column_stack(
        [first.column(f"probability.{label}").to_numpy() for label in scale.labels]
    )
    again = evaluate_predictions(
        GradePredictions(
            scale,
            first.column("latent").to_numpy(),
            probabilities,
            scale.encode(first.column("grade.equating").to_pylist()),
        ),
        scale.encode(first.column("human_grade").to_pylist()),
        prompts=first.column("prompt").to_pylist(),
        settings=settings.evaluation,
    )
    assert again == result.report.evaluation
    about = json.loads(table.schema.metadata[b"huleedu_ml_training"])
    assert (about["protocol"], about["run_id"]) == ("honest", str(result.run.id))
