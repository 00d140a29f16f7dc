"""The reference of all features, from the schema: ``python -m huleedu_essay_features.docs``."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from huleedu_essay_features.languages import LANGUAGE_NAMES, SUPPORTED_LANGUAGES
from huleedu_essay_features.pipeline import create_pipeline
from huleedu_essay_features.schema import FeatureDefinition, FeatureSchema

_HEAD = """\
# Features

Written by `python -m huleedu_essay_features.docs > docs/features.md`; do not edit by hand.

One row of the feature matrix is one essay; its columns are, in this order, the {engineered}
engineered features and the {embedded} components of the embedding below. Values are float32.
A value that is undefined is NaN, never 0; infinities do not occur. Rates are per 100 words unless
they say otherwise.

Every text is first brought to one form: Unicode NFC, one kind of line break, no zero-width
characters, control characters as spaces, no white space at the ends. A *word* is a maximal run of
letters or digits, with inner apostrophes and hyphens kept; *content words* are words that are
neither numbers nor on the language's list of function words.

What the values depend on besides these definitions (word lists, dictionaries, model weights, and
the version of each algorithm) stands in the schema's `backends` and, with the definitions, in its
digest: two matrices with equal digests mean the same. The parts are {backends}.
"""


def render(schema: FeatureSchema) -> str:
    """Return the reference as Markdown."""
    embedded = [feature for feature in schema.features if feature.group == "embedding"]
    engineered = [feature for feature in schema.features if feature.group != "embedding"]
    parts = [
        _HEAD.format(
            engineered=len(engineered),
            embedded=len(embedded),
            backends=", ".join(f"`{name}`" for name in sorted(schema.backends)),
        )
    ]
    for group, features in groupby(engineered, key=lambda feature: feature.group):
        parts.append(f"## {group}\n")
        parts.extend("\n".join(_entry(feature.name, feature)) for feature in features)
    if embedded:
        parts.append("## embedding\n")
        parts.append("\n".join(_embedding_entry(embedded, schema)))
    return "\n".join(parts)


def _entry(title: str, feature: FeatureDefinition) -> Iterator[str]:
    yield f"### {title}\n"
    yield f"{feature.definition}\n"
    yield f"- unit: {feature.unit}"
    yield f"- range: {feature.value_range}"
    yield f"- NaN: {_undefined(feature)}"
    yield f"- languages: {_languages(feature)}"
    if feature.source:
        yield f"- source: {feature.source}"
    yield ""


def _embedding_entry(columns: Sequence[FeatureDefinition], schema: FeatureSchema) -> Iterator[str]:
    first, last = columns[0], columns[-1]
    definition = "The components of the essay's writing vector."
    yield from _entry(f"{first.name} … {last.name}", replace(first, definition=definition))
    for name, value in sorted(schema.backends.items()):
        if name.startswith("embedding."):
            yield f"- {name.removeprefix('embedding.')}: {value}"
    yield ""


def _undefined(feature: FeatureDefinition) -> str:
    reasons = [feature.undefined_when] if feature.undefined_when else []
    excluded = [
        code for code in SUPPORTED_LANGUAGES if feature.languages and code not in feature.languages
    ]
    reasons += [f"the essay is in {LANGUAGE_NAMES[code]}" for code in excluded]
    return "; ".join(reasons) or "never"


def _languages(feature: FeatureDefinition) -> str:
    codes = feature.languages or SUPPORTED_LANGUAGES
    return ", ".join(LANGUAGE_NAMES[code] for code in codes)


def main() -> None:
    """Write the reference of the standard pipeline to stdout."""
    sys.stdout.write(render(create_pipeline().schema))


if __name__ == "__main__":
    main()
