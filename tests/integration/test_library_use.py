"""The library as a host uses it: assembled by the container, with a part of the host's own."""

from dishka import Provider, Scope, provide
from prometheus_client import CollectorRegistry

from huleedu_ml_training.config import (
    BoosterSettings,
    EvaluationSettings,
    FeatureSettings,
    ModelSettings,
    TrainingSettings,
)
from huleedu_ml_training.container import create_container
from huleedu_ml_training.data.demo_corpus import generate_demo_corpus
from huleedu_ml_training.data.protocols import DataLoaderProtocol
from huleedu_ml_training.inference import EssayScorer
from huleedu_ml_training.registry.records import Stage
from huleedu_ml_training.registry.runs.records import RunState
from huleedu_ml_training.testing.fakes.data_loader import InMemoryDataLoader
from huleedu_ml_training.training.protocols import TrainerProtocol, TrainingRequest

REGISTRY = CollectorRegistry()


class HostProvider(Provider):
    """Essays and a metrics registry of the host's own."""

    scope = Scope.APP

    @provide
    def provide_loader(self) -> DataLoaderProtocol:
        return InMemoryDataLoader(generate_demo_corpus(220))

    @provide
    def provide_metrics_registry(self) -> CollectorRegistry:
        return REGISTRY


async def test_a_host_trains_with_its_own_loader_and_metrics(settings):
    quick = settings.model_copy(
        update={
            "features": FeatureSettings(embedder="none", parser="none", checker="none", workers=1),
            "training": TrainingSettings(folds=2, threads=1),
            "model": ModelSettings(booster=BoosterSettings(max_rounds=20)),
            "evaluation": EvaluationSettings(resamples=100),
        }
    )
    container = create_container(quick, HostProvider())
    try:
        async with container() as request:
            trainer = await request.get(TrainerProtocol)
            result = await trainer.train(TrainingRequest(experiment_name="nightly", actor="host"))
    finally:
        await container.close()

    assert (RunState.COMPLETED, Stage.DEV) == (result.run.state, result.model.stage)
    assert 220 == result.data.n_essays
    labels = {"kind": "train", "state": "completed"}
    assert 1 == REGISTRY.get_sample_value("huleedu_ml_training_runs_total", labels)
    with EssayScorer.load(quick.home / result.model.model_path) as scorer:
        assert scorer.score_texts(["I like my school."])[0].grade in scorer.scale.labels
