"""``registry diff``: two versions side by side."""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from huleedu_ml_training.cli.options import ConfigOption, JsonOption, SetOption, VerboseOption
from huleedu_ml_training.cli.output import Output
from huleedu_ml_training.cli.registry_transfer import ReferenceArgument
from huleedu_ml_training.cli.runtime import CommandContext, run_command

if TYPE_CHECKING:
    from huleedu_ml_training.registry.differences import Pair, VersionDifferences

_DIGEST = re.compile(r"[0-9a-f]{64}")
_SHORT_DIGEST = 12


def diff(
    first: ReferenceArgument,
    second: ReferenceArgument,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Show what distinguishes two versions: settings, data, features, figures, files, libraries."""

    async def action(context: CommandContext) -> None:
        from huleedu_ml_training.registry.differences import compare_versions
        from huleedu_ml_training.registry.protocols import ArtifactStoreProtocol
        from huleedu_ml_training.registry.references import ModelResolver
        from huleedu_ml_training.registry.verification import read_registered_bundle

        resolver = await context.get(ModelResolver)
        store = await context.get(ArtifactStoreProtocol)
        models = [await resolver.record(reference) for reference in (first, second)]
        bundles = [await read_registered_bundle(store, model) for model in models]
        found = compare_versions(models[0], bundles[0], models[1], bundles[1])
        _show(context.output, found)
        context.output.document("registry.diff", _document(found))

    run_command(action, config=config, overrides=overrides, as_json=as_json, verbose=verbose)


def _show(output: Output, found: "VersionDifferences") -> None:
    from huleedu_ml_training.cli.registry_views import interval

    heads = [f"{m.version} ({str(m.id)[:8]})" for m in (found.first, found.second)]
    if heads[0] == heads[1]:
        heads = [f"{head}, {ordinal}" for head, ordinal in zip(heads, "AB", strict=True)]

    def table(
        title: str, pairs: Sequence["Pair"], show: Callable[["Pair", Any], object] = _shown
    ) -> None:
        rows = [
            (p.name, show(p, p.first), show(p, p.second), "≠" if p.differs else "=") for p in pairs
        ]
        if rows:
            output.table(title, ("what", *heads, ""), rows)
        else:
            output.line(f"{title}: no difference")

    def figure(pair: "Pair", value: Any) -> object:
        return interval({"values": {pair.name: value}}, pair.name)

    table("Versions", found.identity)
    table("Data", found.data)
    table("Settings that differ", found.config)
    table("Features that differ", _feature_rows(found))
    table("Figures on the held-out test part", found.metrics, figure)
    table("Files", found.files)
    table("Libraries that differ", found.libraries)


def _feature_rows(found: "VersionDifferences") -> list["Pair"]:
    from huleedu_ml_training.registry.differences import Pair

    features = found.features
    rows = [Pair(name, "present", None) for name in features.only_first]
    rows += [Pair(name, None, "present") for name in features.only_second]
    rows += [Pair(name, "defined so", "defined otherwise") for name in features.redefined]
    if features.reordered:
        rows.append(Pair("order", "this", "another"))
    return [*rows, *features.backends]


def _shown(_: "Pair", value: Any) -> object:
    """Return a cell: of a file its size and digest, of a digest the beginning."""
    if isinstance(value, dict) and value.keys() == {"size", "sha256"}:
        return f"{value['size']:,} bytes, {value['sha256'][:_SHORT_DIGEST]}"
    if isinstance(value, str) and _DIGEST.fullmatch(value):
        return value[:_SHORT_DIGEST]
    return value


def _document(found: "VersionDifferences") -> dict[str, Any]:
    from huleedu_ml_training.cli.registry_views import model_document

    features = found.features
    return {
        "first": model_document(found.first),
        "second": model_document(found.second),
        "identity": [_pair(each) for each in found.identity],
        "data": [_pair(each) for each in found.data],
        "config": [_pair(each) for each in found.config],
        "features": {
            **asdict(features),
            "backends": [_pair(each) for each in features.backends],
            "differs": features.differs,
        },
        "metrics": [_pair(each) for each in found.metrics],
        "files": [_pair(each) for each in found.files],
        "libraries": [_pair(each) for each in found.libraries],
    }


def _pair(pair: "Pair") -> dict[str, Any]:
    return {**asdict(pair), "differs": pair.differs}
