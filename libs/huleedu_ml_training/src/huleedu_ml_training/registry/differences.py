"""What distinguishes two versions, read from what was registered and from their bundles."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from huleedu_ml_training.config_loader import flatten
from huleedu_ml_training.export.bundle import CONFIG, FEATURE_SCHEMA, METRICS, Bundle
from huleedu_ml_training.export.bundle_errors import InvalidBundleDocumentError
from huleedu_ml_training.registry.plain_yaml import PlainLoader
from huleedu_ml_training.registry.records import ModelRecord
from huleedu_ml_training.registry.storable import json_ready

_SPLIT = "split.json"


@dataclass(frozen=True, slots=True)
class Pair:
    """Something that both versions may have.

    Attributes:
        name: What it is.
        first: Of the first version; None where it has none.
        second: Of the second version; None where it has none.
    """

    name: str
    first: Any
    second: Any

    @property
    def differs(self) -> bool:
        """Whether the versions have unlike ones."""
        return bool(self.first != self.second)


@dataclass(frozen=True, slots=True)
class FeatureDifferences:
    """What distinguishes the inputs of two graders.

    Attributes:
        only_first: Columns that only the first has, in its order.
        only_second: Columns that only the second has, in its order.
        redefined: Columns of both whose definition is another.
        reordered: Whether the columns of both stand in another order.
        backends: What computes them, e.g. a parser; those that differ.
    """

    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    redefined: tuple[str, ...]
    reordered: bool
    backends: tuple[Pair, ...]

    @property
    def differs(self) -> bool:
        """Whether anything does."""
        lists = (self.only_first, self.only_second, self.redefined, self.backends)
        return any(lists) or self.reordered


@dataclass(frozen=True, slots=True)
class VersionDifferences:
    """Two versions side by side.

    Attributes:
        first: The first version.
        second: The second version.
        identity: Bundle digest, scale, seed and the like, equal or not.
        data: Digest of the essays, and how they were divided, equal or not.
        config: Settings that differ, by dotted key.
        features: What distinguishes the inputs.
        metrics: Figures of the held-out test part as stored, with intervals, equal or not.
        files: Size and digest of the bundles' files, equal or not.
        libraries: Versions of the libraries that differ.
    """

    first: ModelRecord
    second: ModelRecord
    identity: tuple[Pair, ...]
    data: tuple[Pair, ...]
    config: tuple[Pair, ...]
    features: FeatureDifferences
    metrics: tuple[Pair, ...]
    files: tuple[Pair, ...]
    libraries: tuple[Pair, ...]


def compare_versions(
    first: ModelRecord, first_bundle: Bundle, second: ModelRecord, second_bundle: Bundle
) -> VersionDifferences:
    """Return what distinguishes two registered versions.

    Args:
        first: A version.
        first_bundle: Its bundle, verified.
        second: Another version, or the same.
        second_bundle: Its bundle, verified.

    Raises:
        InvalidBundleDocumentError: A document of a bundle cannot be read.
    """
    bundles = (first_bundle, second_bundle)
    configs = [_config(bundle) for bundle in bundles]
    return VersionDifferences(
        first,
        second,
        identity=tuple(_pairs(*(_identity(bundle) for bundle in bundles))),
        data=tuple(_pairs(*(_data(bundle, c) for bundle, c in zip(bundles, configs, strict=True)))),
        config=_differing(*configs),
        features=_features(*(bundle.document(FEATURE_SCHEMA) for bundle in bundles)),
        metrics=tuple(_pairs(*(_values(bundle) for bundle in bundles))),
        files=tuple(_pairs(*(_files(bundle) for bundle in bundles))),
        libraries=_differing(*(bundle.manifest.library_versions for bundle in bundles)),
    )


def _identity(bundle: Bundle) -> dict[str, Any]:
    manifest = bundle.manifest
    return {
        "digest": bundle.digest,
        "scale": f"{manifest.scale.name}: {' < '.join(manifest.scale.labels)}",
        "features": manifest.feature_count,
        "feature schema": manifest.feature_schema_digest,
        "seed": manifest.seed,
        "labels": ", ".join(manifest.labels),
        "bundle made": manifest.created_at.isoformat(timespec="seconds"),
        "bytes": sum(map(len, bundle.files.values())),
    }


def _data(bundle: Bundle, config: Mapping[str, Any]) -> dict[str, Any]:
    division = {key: value for key, value in config.items() if key.startswith("split.")}
    listed = bundle.manifest.files.get(_SPLIT)
    return {
        "essays": bundle.manifest.dataset_digest,
        **division,
        _SPLIT: None if listed is None else listed.sha256,
    }


def _config(bundle: Bundle) -> dict[str, Any]:
    try:
        tree = yaml.load(bundle.files[CONFIG], Loader=PlainLoader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problem = " ".join(str(error).split()) or "it is nested too deeply"
        raise InvalidBundleDocumentError(name=CONFIG, problem=problem) from None
    plain = json_ready(tree)
    return dict(flatten(plain)) if isinstance(plain, dict) else {}


def _values(bundle: Bundle) -> dict[str, Any]:
    values = bundle.document(METRICS).get("values")
    return values if isinstance(values, dict) else {}


def _files(bundle: Bundle) -> dict[str, Any]:
    return {
        name: {"size": entry.size, "sha256": entry.sha256}
        for name, entry in bundle.manifest.files.items()
    }


def _features(first: Mapping[str, Any], second: Mapping[str, Any]) -> FeatureDifferences:
    ours, theirs = _definitions(first), _definitions(second)
    shared = [name for name in ours if name in theirs]
    backends = [
        each if isinstance(each, dict) else {}
        for each in (first.get("backends"), second.get("backends"))
    ]
    return FeatureDifferences(
        only_first=tuple(name for name in ours if name not in theirs),
        only_second=tuple(name for name in theirs if name not in ours),
        redefined=tuple(name for name in shared if ours[name] != theirs[name]),
        reordered=shared != [name for name in theirs if name in ours],
        backends=_differing(*backends),
    )


def _definitions(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a schema by name; a bundle has names of all of them."""
    return {feature["name"]: feature for feature in schema["features"]}


def _pairs(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterable[Pair]:
    names = [*first, *(name for name in second if name not in first)]
    return (Pair(name, first.get(name), second.get(name)) for name in names)


def _differing(first: Mapping[str, Any], second: Mapping[str, Any]) -> tuple[Pair, ...]:
    return tuple(sorted((p for p in _pairs(first, second) if p.differs), key=lambda p: p.name))
