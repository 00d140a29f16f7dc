"""Named starting points for a configuration.

``light`` needs nothing beyond the installation: the engineered features, a small embedding, and
one model. ``proficiency`` reads the essays with a middle layer of a base-size encoder instead and
puts a linear model beside the boosters, which grades better and takes two to three times as long
per essay; its weights are prepared once by ``features prepare-model``. ``docs/benchmarks.md`` says
what each reaches.
"""

from enum import StrEnum

from huleedu_ml_training.config import FeatureSettings, ModelSettings, Settings


class Preset(StrEnum):
    """Names of the presets."""

    LIGHT = "light"
    PROFICIENCY = "proficiency"


def preset_settings(preset: Preset) -> Settings:
    """Return the defaults with what a preset changes; nothing of this machine is read."""
    match preset:
        case Preset.LIGHT:
            return Settings.model_construct()
        case Preset.PROFICIENCY:
            return Settings.model_construct(
                features=FeatureSettings(embedder="proficiency"),
                model=ModelSettings(companions=("ridge",)),
            )
