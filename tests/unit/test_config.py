import pytest
import yaml

from huleedu_ml_training.cli.config import default_yaml
from huleedu_ml_training.config import Settings
from huleedu_ml_training.config_loader import (
    ConfigNotFoundError,
    InvalidConfigError,
    load_settings,
    mask_url,
    masked,
    portable,
)
from huleedu_ml_training.presets import Preset


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch, tmp_path):
    for name in ("HULEEDU_ML_DATABASE_URL", "HULEEDU_ML_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def write(tmp_path, text):
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_later_places_win_and_origins_are_known(tmp_path, monkeypatch):
    path = write(tmp_path, "training: {seed: 1, folds: 3, threads: 1}\nscale: [U, G]\n")
    monkeypatch.setenv("HULEEDU_ML_TRAINING__FOLDS", "4")
    monkeypatch.setenv("HULEEDU_ML_TRAINING__SEED", "2")

    loaded = load_settings(path, overrides=["training.seed=3"], options={"split.seed": None})

    training = loaded.settings.training
    assert (3, 4, 1) == (training.seed, training.folds, training.threads)
    assert loaded.settings.scale == ("U", "G")
    assert loaded.origins["training.seed"] == "flag"
    assert loaded.origins["training.folds"] == "HULEEDU_ML_TRAINING__FOLDS"
    assert loaded.origins["training.threads"] == str(path)
    assert loaded.origins["split.seed"] == "default"


def test_dotenv_is_read(tmp_path):
    (tmp_path / ".env").write_text("HULEEDU_ML_SPLIT__SEED=9\n")
    loaded = load_settings()
    assert (9, ".env") == (loaded.settings.split.seed, loaded.origins["split.seed"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("training: {sed: 1}", "training.sed.*did you mean training.seed"),
        ("training: {seed: many}", "training.seed.*integer"),
        ("- a\n- b", "no mapping"),
        ("a: [", "not YAML"),
        ("split: {validation_fraction: 0.45, test_fraction: 0.45}", "less than 20 %"),
    ],
)
def test_what_cannot_be_a_setting_is_named(tmp_path, text, expected):
    with pytest.raises(InvalidConfigError, match=expected):
        load_settings(write(tmp_path, text))


def test_all_problems_are_told_at_once(tmp_path):
    with pytest.raises(InvalidConfigError) as caught:
        load_settings(write(tmp_path, "training: {seed: x, folds: 1}\nnonsense: 3"))
    assert len(caught.value.problems) == 3


def test_a_mistyped_variable_is_not_ignored(monkeypatch):
    monkeypatch.setenv("HULEEDU_ML_DATABSE_URL", "postgresql://h/d")
    with pytest.raises(InvalidConfigError, match="did you mean HULEEDU_ML_DATABASE_URL"):
        load_settings()


def test_a_malformed_override_is_a_usage_error():
    with pytest.raises(InvalidConfigError, match="KEY=VALUE"):
        load_settings(overrides=["training.seed"])


def test_a_missing_file_says_how_to_make_one(tmp_path):
    with pytest.raises(ConfigNotFoundError, match="config init"):
        load_settings(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:secret@h:1/d", "postgresql://u:***@h:1/d"),
        ("postgresql://u@h/d", "postgresql://u@h/d"),
        ("postgresql://u:a@b@h/d?password=x", "postgresql://u:***@h/d"),
        ("secret", "***"),
    ],
)
def test_passwords_never_show(url, shown):
    assert shown == mask_url(url)


def test_masked_settings_hold_no_secret(monkeypatch):
    monkeypatch.setenv("HULEEDU_ML_DATABASE_URL", "postgresql://u:secret@h/d")
    settings = load_settings().settings
    assert "secret" not in str(masked(settings)) + repr(settings)


def test_the_written_defaults_are_the_defaults(tmp_path):
    path = write(tmp_path, default_yaml())
    assert Settings() == load_settings(path).settings


def test_portable_settings_can_be_loaded_elsewhere(tmp_path):
    settings = load_settings(overrides=["training.seed=5"]).settings
    path = write(tmp_path, yaml.safe_dump(portable(settings)))
    assert 5 == load_settings(path).settings.training.seed


def test_portable_settings_name_no_place_of_this_machine():
    places = ["features.store=parquet", "features.store_dir=/here", "features.models_dir=/here"]
    settings = load_settings(overrides=["training.seed=5", *places]).settings
    assert "/here" in str(settings)
    assert "/here" not in str(portable(settings))
    assert "parquet" not in str(portable(settings))


def test_a_preset_is_a_file_that_differs_in_its_own_settings_only(tmp_path):
    light, proficiency = (
        load_settings(write(tmp_path, default_yaml(preset))).settings for preset in Preset
    )
    assert ("minilm", "proficiency") == (light.features.embedder, proficiency.features.embedder)
    assert ((), ("ridge",)) == (light.model.companions, proficiency.model.companions)
    features = proficiency.features.model_copy(update={"embedder": "minilm"})
    model = proficiency.model.model_copy(update={"companions": ()})
    assert light == proficiency.model_copy(update={"features": features, "model": model})


def test_portable_settings_hold_no_address_and_no_key():
    places = [
        "features.service_url=http://there:1",
        "features.service_api_key=hush",
        "features.languagetool.url=http://there:2",
        "features.languagetool.cache_path=/here",
    ]
    settings = load_settings(overrides=places).settings
    tree = portable(settings)
    assert not [word for word in ("there", "hush", "****", "/here") if word in str(tree)]
    assert "en-US" == tree["features"]["languagetool"]["english"]
