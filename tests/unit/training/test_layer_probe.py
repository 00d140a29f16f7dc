"""Judging the layers of an encoder, and recommending one."""

import json
import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from typer.testing import CliRunner

from huleedu_ml_training.cli.app import app
from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.data.errors import EssaysWithoutPromptError, TooFewEssaysError
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.metrics.agreement import quadratic_weighted_kappa
from huleedu_ml_training.reports.layer_chart import layer_chart
from huleedu_ml_training.testing.fakes.tiny_encoder import write_tiny_encoder
from huleedu_ml_training.training.layer_probe import probe_layers

EVALUATION = EvaluationSettings(resamples=200)
SCALE = GradeScale.named("swedish_8")
N, PROMPTS = 240, 12


@pytest.fixture(scope="module")
def dataset():
    rng = np.random.default_rng(3)
    grades = rng.integers(0, len(SCALE), N)
    return EssayDataset.create(
        scale=SCALE,
        essay_ids=[f"{i:03}" for i in range(N)],
        texts=[f"essay {i}" for i in range(N)],
        grades=grades,
        prompts=[f"prompt {i % PROMPTS}" for i in range(N)],
    )


def states_with(dataset, strengths, d=8, seed=5):
    """States in which each layer knows the grade as well as its strength says."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(len(dataset), len(strengths), d))
    noise[:, :, 0] += np.outer(dataset.grades - dataset.grades.mean(), strengths)
    return noise.astype(np.float32)


def probe(dataset, states, **options):
    return probe_layers(dataset, states, n_folds=4, seed=1, evaluation=EVALUATION, **options)


def test_the_layer_that_knows_most_is_recommended(dataset):
    found = probe(dataset, states_with(dataset, [0, 0.2, 1.0, 0.1]))
    layers = found.layers

    assert 2 == found.recommended
    assert (2,) == found.as_good
    assert (240, 12, 4) == (found.n_essays, found.n_prompts, found.n_folds)
    assert layers[2].pearson.value > 0.85
    assert all(layers[2].pearson.value > layers[other].pearson.value for other in (0, 1, 3))
    assert layers[1].behind.high < 0
    assert (0, 0) == (layers[2].behind.value, np.nan_to_num(layers[2].behind.low))
    assert all(
        value.low <= value.value <= value.high
        for layer in layers
        for value in (layer.pearson, layer.qwk_rounded, layer.qwk_equated)
    )


def test_the_embeddings_below_the_first_layer_are_never_recommended(dataset):
    found = probe(dataset, states_with(dataset, [2.0, 0.1, 0.4]))

    assert 2 == found.recommended
    assert 0 not in found.as_good
    assert found.layers[0].behind.value > 0


def test_layers_that_tie_are_named(dataset):
    states = states_with(dataset, [0, 1.0, 0.1])
    near = states[:, 1] + np.random.default_rng(8).normal(0, 0.01, states[:, 1].shape)
    found = probe(dataset, np.concatenate([states, near[:, None].astype(np.float32)], axis=1))

    assert (1, 3) == found.as_good
    assert found.recommended in {1, 3}


def test_noise_says_nothing_of_unseen_prompts(dataset):
    """A prompt's mark on the states, with all essays of a prompt graded alike, does not help."""
    prompt = np.arange(N) % PROMPTS
    rng = np.random.default_rng(2)
    grades = rng.integers(0, len(SCALE), PROMPTS)[prompt]
    marks = rng.normal(size=(PROMPTS, 2, 30))[prompt] + rng.normal(0, 0.1, (N, 2, 30))
    marked = EssayDataset.create(
        scale=SCALE,
        essay_ids=dataset.essay_ids,
        texts=dataset.texts,
        grades=grades,
        prompts=dataset.prompts,
    )

    assert probe(marked, marks.astype(np.float32)).layers[1].pearson.value < 0.4


def test_equating_gives_scores_the_spread_of_the_grades(dataset):
    """A weak layer's scores shrink to the middle; kappa gains by stretching them."""
    layer = probe(dataset, states_with(dataset, [0, 0.25])).layers[1]

    assert layer.qwk_equated.value > layer.qwk_rounded.value + 0.03


def test_copies_of_a_text_stay_on_one_side(dataset):
    """A text that is on two prompts ties those prompts together: too few groups are left."""
    copies = EssayDataset.create(
        scale=SCALE,
        essay_ids=dataset.essay_ids,
        texts=[f"essay {i - i % PROMPTS}" for i in range(N)],
        grades=dataset.grades,
        prompts=dataset.prompts,
    )
    with pytest.raises(TooFewEssaysError):
        probe(copies, states_with(copies, [0, 1]))


def test_essays_need_prompts(dataset):
    bare = EssayDataset.create(
        scale=SCALE, essay_ids=dataset.essay_ids, texts=dataset.texts, grades=dataset.grades
    )
    with pytest.raises(EssaysWithoutPromptError):
        probe(bare, states_with(bare, [0, 1]))


def test_equal_arguments_give_equal_results(dataset):
    states = states_with(dataset, [0, 0.5, 0.6])

    assert json.dumps(probe(dataset, states).to_dict()) == json.dumps(
        probe(dataset, states).to_dict()
    )


def test_a_perfect_layer_has_a_kappa_of_one(dataset):
    states = np.repeat(dataset.grades[:, None, None], 2, axis=1).astype(np.float32)
    found = probe(dataset, states)

    assert quadratic_weighted_kappa(dataset.grades, dataset.grades, len(SCALE)) == 1
    assert found.layers[1].qwk_rounded.value > 0.98
    assert found.layers[1].qwk_equated.value == pytest.approx(1, abs=1e-9)


def test_chart_is_an_svg_document_that_names_the_layer(dataset):
    found = probe(dataset, states_with(dataset, [0, 0.2, 1.0]))
    root = ET.fromstring(str(layer_chart(found)))

    assert "{http://www.w3.org/2000/svg}svg" == root.tag
    assert root.get("aria-label").startswith("Layer 2 is recommended.")


@pytest.fixture(scope="module")
def essays(tmp_path_factory):
    """Graded essays whose worse ones have more of some words."""
    rng = np.random.default_rng(4)
    lines = ["id,text,grade,prompt"]
    for number in range(90):
        grade = int(rng.integers(0, 8))
        words = rng.choice(["dog", "happy"], size=40, p=[grade / 8, 1 - grade / 8])
        lines.append(f"{number},{' '.join(words)} {number}.,{SCALE.labels[grade]},p{number % 9}")
    path = tmp_path_factory.mktemp("essays") / "essays.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return write_tiny_encoder(tmp_path_factory.mktemp("encoder") / "tiny")


def run(*arguments):
    return CliRunner().invoke(app, [str(each) for each in ("features", *arguments)])


def test_command_probes_a_file_with_a_local_encoder(essays, encoder, tmp_path):
    plot = tmp_path / "layers.svg"
    arguments = ("probe-layers", "--encoder", encoder, "--file", essays, "--plot", plot)
    found = run(*arguments, "--set", "evaluation.resamples=200", "--json")

    assert 0 == found.exit_code, found.output
    document = json.loads(found.stdout)
    assert "features.probe-layers" == document["kind"]
    assert [0, 1, 2, 3] == [layer["layer"] for layer in document["layers"]]
    assert document["layers"][document["recommended"]]["pearson"]["value"] > 0.8
    ET.parse(plot)
    again = run(*arguments)
    assert 4 == again.exit_code
    assert "output-file-exists" in again.output


def test_command_prints_a_table_and_the_next_command(essays, encoder):
    found = run(
        "probe-layers", "--encoder", encoder, "--file", essays, "--set", "evaluation.resamples=200"
    )

    assert 0 == found.exit_code, found.output
    (layer,) = re.findall(r"recommended: layer (\d)", found.stdout)
    assert f"prepare-model --encoder {encoder} --layer {layer}" in found.stdout


def test_command_prepares_a_model(encoder, tmp_path):
    arguments = ("prepare-model", "--encoder", encoder, "--layer", "2", "--out", tmp_path, "--json")
    first, again = (json.loads(run(*arguments).stdout) for _ in range(2))

    assert first["lowest_cosine"] > 0.995
    assert (False, True) == (first["already_prepared"], again["already_prepared"])
    assert [] == first["model"]["languages"]
    assert first["path"] == again["path"]


@pytest.mark.parametrize("command", ["prepare-model", "probe-layers"])
def test_an_encoder_that_is_nowhere_is_an_error(command, essays, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    options = ("--file", essays) if command == "probe-layers" else ("--out", tmp_path)
    found = run(command, "--encoder", "no/such-encoder", *options)

    assert 6 == found.exit_code
    assert "error[feature-extraction]" in found.output
    assert "'no/such-encoder'" in found.output
