"""Reading promotion policies: the built-in one, and those that people write."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from huleedu_ml_training.config import RegistrySettings
from huleedu_ml_training.registry.gating.policy import PromotionPolicy
from huleedu_ml_training.registry.gating.policy_errors import (
    AmbiguousThresholdError,
    InvalidPolicyError,
    PolicyNotFoundError,
)
from huleedu_ml_training.registry.plain_yaml import PlainLoader

_DEFAULT = "policies/default.yaml"
_LARGEST = 256 * 1024
_SHOWN = 60
_WORD, _MAPPING = "literal['held_out']", "FrozenEssays"
_BRANCHES = {_WORD, _MAPPING}
"""How pydantic names the two forms that comparison.essays can have."""


def default_policy_text() -> str:
    """Return the built-in policy as it is written, with its comments."""
    return files(__package__).joinpath(_DEFAULT).read_text(encoding="utf-8")


def default_policy(*, min_qwk_lower_bound: float | None = None) -> PromotionPolicy:
    """Return the built-in policy.

    Args:
        min_qwk_lower_bound: What the lower bound of the interval of QWK must reach in production;
            None for what the policy says.
    """
    policy = parse_policy(default_policy_text().encode(), Path(_DEFAULT))
    if min_qwk_lower_bound is None:
        return policy
    document = policy.model_dump(mode="json")
    document["production"]["metrics"]["qwk"]["at_least"] = float(min_qwk_lower_bound)
    return PromotionPolicy.model_validate(document)


def load_policy(path: Path) -> PromotionPolicy:
    """Return the policy of a file.

    Raises:
        PolicyNotFoundError: There is no such file.
        InvalidPolicyError: It cannot be read, or is no policy; names every problem.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except FileNotFoundError:
        raise PolicyNotFoundError(path=path) from None
    except OSError as error:
        problem = f"it cannot be read: {error.strerror or error}"
        raise InvalidPolicyError(path=path, problems=[problem]) from None
    return parse_policy(data, path)


def policy_in_force(settings: RegistrySettings) -> PromotionPolicy:
    """Return the policy that the settings mean: the one they name, or else the built-in one.

    Raises:
        AmbiguousThresholdError: They name a file, and state a bound of the built-in policy.
        PolicyNotFoundError: There is no such file.
        InvalidPolicyError: It is no policy.
    """
    if settings.policy is None:
        return default_policy(min_qwk_lower_bound=settings.min_qwk_lower_bound)
    if settings.min_qwk_lower_bound is not None:
        raise AmbiguousThresholdError
    return load_policy(settings.policy)


def parse_policy(data: bytes, path: Path) -> PromotionPolicy:
    """Return the policy that the bytes of a YAML file hold.

    Args:
        data: The file.
        path: Its name, for errors.

    Raises:
        InvalidPolicyError: It is no policy; names every problem.
    """
    if len(data) > _LARGEST:
        raise InvalidPolicyError(path=path, problems=[f"it is larger than {_LARGEST:,} bytes"])
    try:
        tree = yaml.load(data.decode("utf-8"), Loader=PlainLoader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problem = " ".join(str(error).split()) or "it is nested too deeply"
        raise InvalidPolicyError(path=path, problems=[f"it is not YAML: {problem}"]) from None
    if not isinstance(tree, dict):
        raise InvalidPolicyError(path=path, problems=["it holds no mapping of keys"])
    try:
        return PromotionPolicy.model_validate(tree)
    except ValidationError as error:
        told = [each for each in error.errors() if not _is_about_the_other_branch(each)]
        problems = [_describe(detail) for detail in told]
        raise InvalidPolicyError(path=path, problems=problems) from None


def _describe(detail: Mapping[str, Any]) -> str:
    key = ".".join(str(part) for part in detail["loc"] if part not in _BRANCHES)
    kind, message = detail["type"], str(detail["msg"]).removeprefix("Value error, ")
    if kind == "extra_forbidden":
        return f"unknown key {key}"
    if kind == "missing":
        return f"{key} is missing"
    if isinstance(detail["input"], dict | list):
        return f"{key}: {message}" if key else message
    shown = repr(detail["input"])
    value = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
    return f"{key} is {value}: {message}"


def _is_about_the_other_branch(detail: Mapping[str, Any]) -> bool:
    """Whether an error says that a mapping is no word, or a word no mapping."""
    other = _WORD if isinstance(detail["input"], dict) else _MAPPING
    return bool(detail["loc"]) and detail["loc"][-1] == other
