"""Two versions on a file of essays that a policy has fixed."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest

from huleedu_ml_training.config import FeatureSettings
from huleedu_ml_training.data.file_errors import DataFileNotFoundError
from huleedu_ml_training.data.writers import write_dataset
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.errors import ExitCode
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.registry.candidates import candidate_from_bundle
from huleedu_ml_training.registry.gating.policy_file import parse_policy
from huleedu_ml_training.registry.gating.policy_gate import PolicyGate
from huleedu_ml_training.registry.gating.policy_rules import FrozenEssays
from huleedu_ml_training.registry.records import ModelCandidate, ModelRecord, Stage
from huleedu_ml_training.testing.fakes.feature_pipeline import CountingFeaturePipeline
from huleedu_ml_training.testing.working_bundles import working_bundle
from huleedu_ml_training.training.frozen_essays import FrozenEssaysChangedError, FrozenEssayScorer
from huleedu_ml_training.training.progress import LogProgress

PIPELINE = "huleedu_ml_training.testing.fakes.feature_pipeline:CountingFeaturePipeline"
N = 80
WORDS = np.random.default_rng(1).integers(4, 36, size=N)
ESSAYS = EssayDataset.create(
    scale=GradeScale.named("swedish_8"),
    essay_ids=[f"e{row:02d}" for row in range(N)],
    texts=[f"Essay {row} " + "has words. " * int(WORDS[row] // 2) for row in range(N)],
    grades=np.clip((WORDS - 4) // 4, 0, 7),
    prompts=[f"Prompt {row % 6}" for row in range(N)],
)


@pytest.fixture
def frozen(tmp_path) -> FrozenEssays:
    path = tmp_path / "frozen.csv"
    write_dataset(ESSAYS, path)
    return FrozenEssays(path=path.name, sha256=hashlib.sha256(path.read_bytes()).hexdigest())


@pytest.fixture
def scorer(tmp_path) -> FrozenEssayScorer:
    features = FeatureSettings(pipeline=PIPELINE, workers=1)
    return FrozenEssayScorer(features, tmp_path, LogProgress())


def bundle(*, offset: float = 0.0, learnt: range = range(0), day: int = 1) -> Bundle:
    identities = ESSAYS.text_identities()
    schema = CountingFeaturePipeline().schema
    made = working_bundle(schema, version=f"202501{day:02d}_120000", offset=offset)
    split = {"parts": {"train": {"text_identities": [identities[row] for row in learnt]}}}
    files = {**made.files, "split.json": json.dumps(split).encode()}
    del files["manifest.json"]
    manifest = made.manifest
    return Bundle.create(
        files,
        model_name=manifest.model_name,
        version=manifest.version,
        scale=manifest.scale,
        feature_schema_digest=manifest.feature_schema_digest,
        feature_count=manifest.feature_count,
        dataset_digest=manifest.dataset_digest,
        created_at=manifest.created_at,
        library_versions={},
        seed=0,
        parity={"passed": True},
    )


async def test_essays_that_a_grader_learnt_from_do_not_count(scorer, frozen):
    scored = await scorer.score(bundle(learnt=range(10, 30)), frozen)
    identities = ESSAYS.text_identities()
    assert N - 20 == len(scored)
    assert set(identities[:10] + identities[30:]) == set(scored.texts)
    graded = dict(zip(identities, ESSAYS.grades, strict=True))
    assert [graded[text] for text in scored.texts] == list(scored.y)
    assert np.mean(np.abs(scored.predictions.grades - scored.y)) < 2


async def test_another_file_than_the_policy_means(scorer, frozen, tmp_path):
    path = tmp_path / frozen.path
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(FrozenEssaysChangedError) as caught:
        await scorer.score(bundle(), frozen)
    assert frozen.sha256 in caught.value.why
    assert ExitCode.INVALID_DATA is caught.value.exit_code
    path.unlink()
    with pytest.raises(DataFileNotFoundError):
        await scorer.score(bundle(), frozen)


async def test_the_gate_compares_on_the_file(scorer, frozen):
    """Whatever the bundles say of their own held-out essays."""
    comparison = (
        f"{{metrics: {{qwk: {{margin: 0.1}}}}, essays: {{path: {frozen.path}, "
        f"sha256: '{frozen.sha256}'}}, min_essays: 40}}"
    )
    text = (
        "policy_format: 1\nname: mine\npolicy_version: 1\n"
        f"production: {{synthetic_data: always, comparison: {comparison}}}\n"
    )
    policy = parse_policy(text.encode(), Path("policy.yaml"))
    gate = PolicyGate(policy, scorer)
    bundles = [bundle(learnt=range(20)), bundle(offset=4.0, learnt=range(10, 30), day=2)]
    fair, lenient = (_record(each, number) for number, each in enumerate(bundles, 1))

    async def read(model: ModelRecord) -> Bundle:
        return bundles[model.id.int - 1]

    outcomes = {}
    for candidate, incumbent in ((fair, lenient), (lenient, fair)):
        evidence = await gate.gather(candidate, Stage.PRODUCTION, incumbent, read)
        report = gate.evaluate(candidate, Stage.PRODUCTION, incumbent, evidence)
        outcomes[candidate.version] = report
    assert (True, False) == (outcomes[fair.version].passed, outcomes[lenient.version].passed)
    for report in outcomes.values():
        assert (N - 30, frozen.sha256) == (report.comparison["n"], report.comparison["essays"])


def _record(made: Bundle, number: int) -> ModelRecord:
    candidate = candidate_from_bundle(made, model_path=f"models/model_{number}")
    fields = {name: getattr(candidate, name) for name in ModelCandidate.__slots__}
    created_at = datetime(2025, 1, 1, tzinfo=UTC)
    return ModelRecord(**fields, id=UUID(int=number), created_at=created_at, stage=Stage.STAGING)
