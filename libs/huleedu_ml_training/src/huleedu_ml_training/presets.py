"""Named starting points for a configuration.

``light`` needs nothing beyond the installation: the engineered features and a small embedding.
``proficiency`` reads the essays with a middle layer of a base-size encoder instead, which grades
better and takes two to three times as long per essay; its weights are prepared once by
``features prepare-model``. ``docs/benchmarks.md`` says what each reaches.
"""

from enum import StrEnum

from huleedu_ml_training.config import FeatureSettings, Settings


class Preset(StrEnum):
    """Names of the presets."""

    LIGHT = "light"
    PROFICIENCY = "proficiency"


def preset_settings(preset: Preset) -> Settings:
    """Return the defaults with what a preset changes; nothing of this machine is read."""
    match preset:
        case Preset.LIGHT:
            features = FeatureSettings(embedder="minilm")
        case Preset.PROFICIENCY:
            features = FeatureSettings(embedder="proficiency")
    return Settings.model_construct(features=features)
