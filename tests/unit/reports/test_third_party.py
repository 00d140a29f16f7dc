"""What other people made is named with the licence that the decisions state."""

import re
from pathlib import Path

import pytest

from huleedu_essay_features.pipeline import create_pipeline
from huleedu_ml_training.reports.third_party import third_party_models

DECISIONS = Path(__file__).parents[3] / "docs" / "decisions"
DIGEST = "0123456789abcdef" * 4


def test_the_standard_pipeline_names_its_models_and_lists() -> None:
    models = {model.use: model for model in third_party_models(create_pipeline().schema.backends)}
    assert {
        "embedding",
        "English syntax",
        "English grammar",
        "English spelling",
        "Swedish spelling",
        "frequency of words",
        "base forms of words",
        "language of a text",
    } == set(models)
    assert all(model.licence for model in models.values())
    assert "harper-py 0.2.0" == models["English grammar"].identity


@pytest.mark.parametrize(
    ("key", "row"),
    [
        ("parser.en", "English syntax"),
        ("parser.sv", "Swedish syntax"),
        ("spelling.sv", "Swedish spelling"),
        ("language_detection", "language of a text"),
    ],
)
def test_licences_are_those_of_the_decision(key: str, row: str) -> None:
    page = (DECISIONS / "0007-third-party-models.md").read_text(encoding="utf-8")
    (stated,) = re.findall(rf"(?m)^\| {row} \| [^|]+ \| ([^|,]+)", page)
    (model,) = third_party_models({key: DIGEST})
    assert stated.strip().removesuffix(", as data") == model.licence


def test_digests_are_cut_and_versions_are_not() -> None:
    backends = {"parser.en": DIGEST, "wordfreq": "3.1.1", "embedding.model": "all-MiniLM-L6-v2"}
    shown = {model.use: model.identity for model in third_party_models(backends)}
    assert "sha256 0123456789ab…" == shown["English syntax"]
    assert "3.1.1" == shown["frequency of words"]


def test_an_encoder_of_ones_own_has_no_known_licence() -> None:
    (model,) = third_party_models({"embedding.model": "our-swedish-encoder"})
    assert model.licence is None


def test_a_grammar_server_takes_the_place_of_harper() -> None:
    (model,) = third_party_models({"checker": "languagetool 6.4", "checker.en": "languagetool"})
    assert "LanguageTool" == model.name


def test_features_of_the_host_rest_on_nothing_of_ours() -> None:
    assert () == third_party_models({"pipeline": "host"})
