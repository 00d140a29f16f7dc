"""Documents of a bundle that are JSON, have the right digest, and say nonsense."""

import json

import pytest

from huleedu_ml_training.domain.errors import InvalidDataError
from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.export.bundle_errors import InvalidBundleDocumentError
from huleedu_ml_training.inference import EssayScorer
from huleedu_ml_training.models.review import ReviewRule
from huleedu_ml_training.testing.fakes.feature_pipeline import CountingFeaturePipeline
from huleedu_ml_training.testing.working_bundles import working_bundle

PIPELINE = CountingFeaturePipeline()
SOUND = working_bundle(PIPELINE.schema)
DOCUMENTS = {
    "feature_schema.json": json.loads(SOUND.files["feature_schema.json"]),
    "review.json": ReviewRule(max_grades=2).parameters(),
}
MISSING = object()
NONSENSE = {
    "missing": MISSING,
    "null": None,
    "truth": True,
    "negative": -1,
    "great": 1e308,
    "blank": "",
    "long": "x" * 300,
    "list": [],
    "lists": [[]],
    "object": {},
    "objects": {"a": {}},
    "half a pair": "\ud800",
    "control": "\x1b[2J\0",
}


def places(document, way=()):
    """Every place in a document, of lists the first only."""
    if way:
        yield way
    inside = document.items() if isinstance(document, dict) else enumerate(document[:1])
    for key, value in inside:
        if isinstance(value, dict | list):
            yield from places(value, (*way, key))
        else:
            yield (*way, key)


def altered(document, way, value):
    copy = json.loads(json.dumps(document))
    parent = copy
    for key in way[:-1]:
        parent = parent[key]
    if value is MISSING:
        del parent[way[-1]]
    else:
        parent[way[-1]] = value
    return json.dumps(copy).encode()


def bundle_with(name, data):
    manifest = SOUND.manifest
    files = {each: content for each, content in SOUND.files.items() if each != "manifest.json"}
    facts = {each: getattr(manifest, each) for each in manifest.__slots__ if each != "files"}
    return Bundle.create(files | {name: data}, **facts)


@pytest.mark.parametrize("nonsense", NONSENSE)
@pytest.mark.parametrize("way", list(places(DOCUMENTS["feature_schema.json"])), ids=str)
def test_a_feature_schema_is_the_one_of_the_manifest_or_refused(way, nonsense):
    """Some of the nonsense says what holds anyway where nothing is said."""
    data = altered(DOCUMENTS["feature_schema.json"], way, NONSENSE[nonsense])
    try:
        found = EssayScorer(bundle_with("feature_schema.json", data), PIPELINE).schema
    except InvalidDataError as error:
        found, shown = None, str(error).replace("\n", " ")
        if not shown.isprintable():
            raise
    assert found is None or found.digest == PIPELINE.schema.digest


def test_another_feature_schema_than_the_manifest_names():
    document = DOCUMENTS["feature_schema.json"]
    data = altered(document, ("features", 0, "definition"), "Something else.")
    with pytest.raises(InvalidBundleDocumentError, match="the manifest says another"):
        EssayScorer(bundle_with("feature_schema.json", data), PIPELINE)


@pytest.mark.parametrize("nonsense", ["missing", "truth", "blank", "long", "list", "object"])
@pytest.mark.parametrize("way", list(places(DOCUMENTS["review.json"])), ids=str)
def test_a_rule_of_review_without_bounds(way, nonsense):
    data = altered(DOCUMENTS["review.json"], way, NONSENSE[nonsense])
    with pytest.raises(InvalidDataError):
        EssayScorer(bundle_with("review.json", data), PIPELINE)
