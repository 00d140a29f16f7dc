"""The settings of an earlier run, on the machine of today."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from huleedu_ml_training.config import Settings
from huleedu_ml_training.config_loader import flatten, nest, portable


class OutdatedSettingsError(ValueError):
    """Settings of a run that this version of the library cannot follow; says which."""


def settings_of_run(config: Mapping[str, Any], current: Settings) -> Settings:
    """Return the settings under which a run gives again what it gave.

    What belongs to a machine (places, the database, how wide work is spread) is taken from the
    settings of today, everything else from the run. Settings that are younger than the run have
    their defaults, whatever the environment says.

    Args:
        config: What the run keeps of its settings.
        current: The settings of today.

    Raises:
        OutdatedSettingsError: The run has settings that do not exist any more, or that are not
            allowed any more.
    """
    known = dict(flatten(current.model_dump(by_alias=True)))
    given = dict(flatten(config))
    gone = sorted(given.keys() - known.keys())
    if gone:
        raise OutdatedSettingsError(f"settings that do not exist any more: {', '.join(gone)}")
    defaults = dict(flatten(_defaults()))
    of_the_run = {key for key, _ in flatten(portable(current))}
    tree = {
        key: given.get(key, defaults[key]) if key in of_the_run else value
        for key, value in known.items()
    }
    try:
        return Settings(**nest(tree))
    except ValidationError as error:
        problems = [".".join(map(str, detail["loc"])) for detail in error.errors()]
        raise OutdatedSettingsError(
            f"settings that are not allowed any more: {', '.join(problems)}"
        ) from None


def _defaults() -> dict[str, Any]:
    tree = {}
    for name, info in Settings.model_fields.items():
        value = info.get_default(call_default_factory=True)
        is_section = isinstance(value, BaseModel)
        tree[name] = value.model_dump(by_alias=True) if is_section else value
    return tree
