"""Settings of an earlier run, on the machine of today."""

import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from huleedu_ml_training.config import Settings
from huleedu_ml_training.config_loader import masked, portable
from huleedu_ml_training.domain.dataset import ALL_ESSAYS, EssaySelection
from huleedu_ml_training.training.run_requests import selection_document, stored_selection
from huleedu_ml_training.training.stored_settings import OutdatedSettingsError, settings_of_run


def make(**values):
    url = SecretStr("postgresql://anna:secret@today/x")
    return Settings(home=Path("/today"), database_url=url, **values)


def test_the_machine_is_that_of_today_and_the_model_that_of_the_run(monkeypatch):
    then = Settings(
        home=Path("/then"),
        database_url=SecretStr("postgresql://b:other@then/y"),
        scale=("F", "E", "D"),
        model={"booster": {"max_rounds": 7}, "companions": ("ridge",)},
        training={"seed": 7},
        features={"workers": 9, "store": "parquet", "embedder": "none"},
    )
    today = make(training={"seed": 1}, features={"workers": 3, "embedder": "minilm"})
    stored = json.loads(json.dumps(masked(then)))
    monkeypatch.setenv("HULEEDU_ML_TRAINING__SEED", "99")

    settings = settings_of_run(stored, today)

    assert portable(settings) == portable(then)
    assert settings.home == Path("/today")
    assert settings.database_url == today.database_url
    assert (settings.features.workers, settings.features.store) == (3, "postgres")


def test_settings_younger_than_the_run_have_their_defaults(monkeypatch):
    stored = masked(make())
    del stored["tuning"]
    del stored["training"]["folds"]
    monkeypatch.setenv("HULEEDU_ML_TRAINING__FOLDS", "9")
    settings = settings_of_run(stored, make(training={"folds": 4}))
    assert settings.training.folds == Settings.model_fields["training"].default.folds


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [("sed", 1, "training.sed"), ("seed", "x", "training.seed")],
)
def test_settings_that_cannot_be_followed_are_named(key, value, expected):
    stored = masked(make())
    stored["training"][key] = value
    with pytest.raises(OutdatedSettingsError, match=expected):
        settings_of_run(stored, make())


def test_selections_are_kept():
    from datetime import UTC, datetime

    selection = EssaySelection(
        since=datetime(2025, 1, 1, tzinfo=UTC), prompts=("a", "b"), min_words=3, limit=7
    )
    document = json.loads(json.dumps(selection_document(selection)))
    assert stored_selection(document) == selection
    assert selection_document(ALL_ESSAYS) == {}
    assert stored_selection({}) == ALL_ESSAYS
    for wrong in ({"nonsense": 1}, {"since": "soon"}):
        with pytest.raises((TypeError, ValueError)):
            stored_selection(wrong)
