"""Reading settings from all their places, and remembering where each value came from."""

import copy
import difflib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource

from huleedu_ml_training.config import ENV_PREFIX, Settings
from huleedu_ml_training.domain.errors import NotFoundError, UsageError

_RESERVED_VARIABLES = {"TEST_DATABASE_URL", "ELLIPSE_CSV"}
"""Variables of our prefix that only tests and benchmarks read."""


class ConfigNotFoundError(NotFoundError):
    """The file of settings is not there."""

    code = "config-not-found"

    def __init__(self, *, path: Path) -> None:
        super().__init__()
        self.path = path

    @property
    def what(self) -> str:
        """Name the file."""
        return f"no configuration file at {self.path}"

    @property
    def remedy(self) -> str:
        """Say how to make one."""
        return f"write one with: train-essay-grader config init {self.path}"


class InvalidConfigError(UsageError):
    """A setting has an unknown name or an impossible value.

    Attributes:
        problems: One sentence per problem, each naming the key and where it was set.
    """

    code = "invalid-config"

    def __init__(self, *, problems: Sequence[str]) -> None:
        super().__init__()
        self.problems = tuple(problems)

    @property
    def what(self) -> str:
        """List the problems."""
        if len(self.problems) == 1:
            return f"invalid configuration: {self.problems[0]}"
        return "invalid configuration:\n" + "\n".join(f"  - {line}" for line in self.problems)

    @property
    def remedy(self) -> str:
        """Say how to see what is allowed."""
        return "train-essay-grader config show lists every setting with its value and origin"


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings and their origins.

    Attributes:
        settings: The validated settings.
        origins: Dotted key → ``default``, the file's path, the variable's name, or ``flag``.
    """

    settings: Settings
    origins: Mapping[str, str]


def load_settings(
    config: Path | None = None,
    *,
    overrides: Sequence[str] = (),
    options: Mapping[str, Any] | None = None,
) -> LoadedSettings:
    """Merge defaults, YAML, environment and flags, later ones winning.

    Args:
        config: YAML file, or None.
        overrides: ``KEY=VALUE`` texts; values are read as YAML.
        options: Dotted key → value; None values are left out.

    Raises:
        ConfigNotFoundError: The file is not there.
        InvalidConfigError: A key is unknown or a value impossible; names every one of them.
    """
    origins: dict[str, str] = {}
    merged: dict[str, Any] = {}
    layers: list[tuple[Mapping[str, Any], str]] = []
    if config is not None:
        layers.append((_read_yaml(config), str(config)))
    layers.append((DotEnvSettingsSource(Settings)(), ".env"))
    layers.append((_read_environment(), "environment"))
    layers.append((_parse_overrides(overrides), "flag"))
    given = {key: value for key, value in (options or {}).items() if value is not None}
    layers.append((nest(given), "flag"))
    for layer, origin in layers:
        for key, value in flatten(layer):
            variable = f"{ENV_PREFIX}{key.upper().replace('.', '__')}"
            origins[key] = variable if origin == "environment" else origin
            _assign(merged, key, value)
    try:
        settings = Settings(**merged)
    except ValidationError as error:
        problems = [_describe(dict(detail), origins) for detail in error.errors()]
        raise InvalidConfigError(problems=problems) from None
    return LoadedSettings(settings, {key: origins.get(key, "default") for key in keys(Settings)})


def flatten(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield dotted key and value of every leaf; a list is a leaf."""
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Yield the dotted key of every setting, in order of definition."""
    for name, info in model.model_fields.items():
        key = f"{prefix}{info.alias or name}"
        annotation = info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from keys(annotation, f"{key}.")
        else:
            yield key


def masked(settings: Settings) -> dict[str, Any]:
    """Return all settings as a JSON-ready tree in which secrets are masked."""
    tree = settings.model_dump(mode="json", by_alias=True)
    if isinstance(settings.database_url, SecretStr):
        tree["database_url"] = mask_url(settings.database_url.get_secret_value())
    return tree


def portable(settings: Settings) -> dict[str, Any]:
    """Return the settings another machine could train with: nothing that belongs to this one."""
    return portable_tree(masked(settings))


def portable_tree(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return that part of a tree of settings that does not belong to a machine."""
    tree = {"features": {}, "registry": {}, **copy.deepcopy(dict(settings))}
    checker = tree["features"].setdefault("languagetool", {})
    for key in ("home", "database_url", "database", "observability", "tracking"):
        tree.pop(key, None)
    for key in ("store", "store_dir", "models_dir", "service_url", "service_api_key", "workers"):
        tree["features"].pop(key, None)
    for key in ("url", "cache_path", "concurrency", "timeout_s", "deadline_s"):
        checker.pop(key, None)
    tree["registry"].pop("artifacts", None)
    return tree


def mask_url(url: str) -> str:
    """Return a database URL in which password and query are hidden."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return "***"
    userinfo, at, host = rest.rpartition("@")
    host = host.partition("?")[0]
    user, colon, _ = userinfo.partition(":")
    return f"{scheme}://{user}{':***' if colon else ''}{at}{host}"


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigNotFoundError(path=path) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidConfigError(problems=[f"{path} cannot be read: {error}"]) from None
    try:
        tree = yaml.safe_load(text)
    except yaml.YAMLError as error:
        place = " ".join(str(error).split())
        raise InvalidConfigError(problems=[f"{path} is not YAML: {place}"]) from None
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise InvalidConfigError(problems=[f"{path} holds no mapping of settings"])
    return tree


def _read_environment() -> dict[str, Any]:
    known = {name.upper() for name in Settings.model_fields} | _RESERVED_VARIABLES
    for variable in sorted(os.environ):
        name = variable.removeprefix(ENV_PREFIX)
        if name != variable and name.split("__")[0].upper() not in known:
            near = difflib.get_close_matches(name.upper(), known, n=1)
            hint = f"; did you mean {ENV_PREFIX}{near[0]}?" if near else ""
            raise InvalidConfigError(
                problems=[f"environment variable {variable} names no setting{hint}"]
            )
    return dict(EnvSettingsSource(Settings)())


def _parse_overrides(overrides: Sequence[str]) -> dict[str, Any]:
    parsed: dict[str, Any] = {}
    for text in overrides:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise InvalidConfigError(problems=[f"--set {text!r} is not of the form KEY=VALUE"])
        try:
            parsed[key.strip()] = yaml.safe_load(value)
        except yaml.YAMLError:
            parsed[key.strip()] = value
    return nest(parsed)


def nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tree of dotted keys; undoes :func:`flatten`."""
    tree: dict[str, Any] = {}
    for key, value in flat.items():
        _assign(tree, key, value)
    return tree


def _assign(tree: dict[str, Any], key: str, value: Any) -> None:
    *parents, last = key.split(".")
    for parent in parents:
        below = tree.setdefault(parent, {})
        if not isinstance(below, dict):
            below = tree[parent] = {}
        tree = below
    tree[last] = value


def _describe(detail: dict[str, Any], origins: Mapping[str, str]) -> str:
    key = ".".join(str(part) for part in detail["loc"])
    place = origins.get(key)
    where = f" (set in {place})" if place else ""
    if detail["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, list(keys(Settings)), n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]}?" if near else ""
        return f"unknown setting {key!r}{where}{hint}"
    return f"{key or 'settings'}: {detail['msg']}{where}"
