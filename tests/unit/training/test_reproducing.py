"""What can be trained again, and how the essays of today differ from those of a run."""

from dataclasses import replace
from uuid import UUID

import numpy as np
import pytest

from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.registry.runs.records import RunKind, RunState
from huleedu_ml_training.testing.bundles import small_bundle
from huleedu_ml_training.testing.fakes.feature_pipeline import CountingFeaturePipeline
from huleedu_ml_training.testing.run_sink_suite import ended_run
from huleedu_ml_training.testing.working_bundles import working_bundle
from huleedu_ml_training.training.reproducing import changed_essays, require_reproducible
from huleedu_ml_training.training.reproducing_errors import RunNotReproducibleError
from huleedu_ml_training.training.reproduction import compare_bundles

ESSAYS = EssayDataset.create(
    scale=GradeScale.named("swedish_8"),
    essay_ids=["a", "b", "c"],
    texts=["One.", "Two.", "Three."],
    grades=[1, 2, 3],
)
KNOWN = dict(zip(ESSAYS.essay_ids, ESSAYS.essay_digests(), strict=True))
SCHEMA = CountingFeaturePipeline().schema


def counts(dataset):
    found = changed_essays(KNOWN, dataset)
    return (found.missing, found.new, found.changed)


def test_essays_that_differ_are_counted():
    assert counts(ESSAYS) == (0, 0, 0)
    assert counts(ESSAYS.take(np.array([2, 0, 1]))) == (0, 0, 0)
    assert counts(ESSAYS.take(np.array([0]))) == (2, 0, 0)
    assert counts(replace(ESSAYS, essay_ids=("a", "b", "d"))) == (1, 1, 0)
    assert counts(replace(ESSAYS, texts=("One.", "Two!", "Three."))) == (0, 0, 1)
    assert counts(replace(ESSAYS, grades=np.array([1, 3, 4]))) == (0, 0, 2)
    assert counts(replace(ESSAYS, prompts=("p", None, None))) == (0, 0, 1)


def test_only_finished_first_trainings_can_be_reproduced():
    run = ended_run()
    require_reproducible(run)
    for changes, reason in (
        ({"kind": RunKind.TUNE}, "kind tune"),
        ({"state": RunState.FAILED}, "it is failed"),
        ({"state": RunState.RUNNING}, "it is running"),
        ({"reproduces": UUID(int=1)}, "registered nothing"),
    ):
        with pytest.raises(RunNotReproducibleError, match=reason) as caught:
            require_reproducible(replace(run, **changes))
        assert caught.value.exit_code == 4


def with_file(bundle, name, data):
    files = {**bundle.files, name: data}
    files.pop("manifest.json")
    manifest = bundle.manifest
    return type(bundle).create(
        files,
        model_name=manifest.model_name,
        version=manifest.version,
        scale=manifest.scale,
        feature_schema_digest=manifest.feature_schema_digest,
        feature_count=manifest.feature_count,
        dataset_digest=manifest.dataset_digest,
        created_at=manifest.created_at,
        library_versions={**manifest.library_versions, "numpy": "0.0.1"},
        seed=manifest.seed,
        parity=manifest.parity,
        labels=manifest.labels,
    )


def test_every_difference_is_seen():
    first = working_bundle(SCHEMA)
    X = np.random.default_rng(1).normal(size=(20, len(SCHEMA.names))).astype(np.float32)

    same = compare_bundles(first, working_bundle(SCHEMA), X)
    assert (same.identical, same.n_essays, same.other_files) == (True, 20, ())

    moved = compare_bundles(first, working_bundle(SCHEMA, offset=1.0), X)
    assert not moved.identical
    assert moved.other_probabilities > 0
    assert moved.largest_difference > 0
    assert "grader.onnx" in moved.other_files

    card = compare_bundles(first, with_file(first, "model_card.md", b"# other words\n"), X)
    assert card.identical
    assert "model_card.md" in {file.name for file in card.files if not file.identical}
    assert card.libraries["numpy"][1] == "0.0.1"

    figures = small_bundle(qwk_low=0.123).files["metrics.json"]
    judged = compare_bundles(first, with_file(first, "metrics.json", figures), X)
    assert not judged.identical
    assert judged.other_files == ("metrics.json",)
    assert "qwk" in judged.other_metrics
