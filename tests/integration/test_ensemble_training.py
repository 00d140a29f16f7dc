"""An ensemble goes the whole way: trained, exported, stored, scored and explained."""

import json

import numpy as np
import onnxruntime as ort
import pytest
from dishka import Provider, Scope, provide

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
from huleedu_ml_training.export.bundle_directory import read_bundle_directory
from huleedu_ml_training.inference import EssayScorer
from huleedu_ml_training.inference.explanation import GraderExplainer
from huleedu_ml_training.registry.records import Stage
from huleedu_ml_training.registry.runs.records import RunState
from huleedu_ml_training.testing.fakes.data_loader import InMemoryDataLoader
from huleedu_ml_training.training.protocols import TrainerProtocol, TrainingRequest

MODEL = ModelSettings(
    seeds=2,
    companions=("ridge",),
    kind="joint_threshold",
    booster=BoosterSettings(max_rounds=20),
)


class HostProvider(Provider):
    """Essays of the host's own."""

    scope = Scope.APP

    @provide
    def provide_loader(self) -> DataLoaderProtocol:
        return InMemoryDataLoader(generate_demo_corpus(220))


async def train(settings):
    container = create_container(settings, HostProvider())
    try:
        async with container() as request:
            trainer = await request.get(TrainerProtocol)
            return await trainer.train(TrainingRequest(experiment_name="mixed", actor="host"))
    finally:
        await container.close()


@pytest.fixture
def quick(settings):
    return settings.model_copy(
        update={
            "features": FeatureSettings(embedder="none", parser="none", checker="none", workers=1),
            "training": TrainingSettings(folds=2, threads=1),
            "model": MODEL,
            "evaluation": EvaluationSettings(resamples=100),
        }
    )


async def test_an_ensemble_is_a_grader_like_any_other(quick):
    result = await train(quick)
    assert (RunState.COMPLETED, Stage.DEV) == (result.run.state, result.model.stage)
    path = quick.home / result.model.model_path
    names = {file.name for file in path.iterdir()}
    assert {f"booster_m{number}.json" for number in range(3)} < names
    assert {"booster_m0_latent.txt", "booster_m1_latent.txt"} < names
    parity = json.loads((path / "manifest.json").read_text())["parity"]
    assert (True, 0) == (parity["passed"], parity["grade_flips"])
    assert "ensemble of 2 × joint_threshold on lightgbm" in (path / "model_card.md").read_text()
    assert result.evaluation.values["qwk"].value > 0.3

    texts = ["I like my school.", generate_demo_corpus(3).texts[2]]
    with EssayScorer.load(path) as scorer:
        scores = scorer.score_texts(texts)
        X = np.zeros((len(texts), len(scorer.schema)), dtype=np.float32)
    assert scores[0].latent < scores[1].latent
    explainer = GraderExplainer(read_bundle_directory(path))
    session = ort.InferenceSession(path / "grader.onnx", providers=["CPUExecutionProvider"])
    (latent,) = session.run(["latent"], {"features": X})
    explained = explainer.explain(X)
    assert pytest.approx(latent, abs=1e-9) == [each.latent for each in explained]
