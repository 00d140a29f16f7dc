"""Versions found by what is known of them, and tags of people."""

import pytest


@pytest.fixture(scope="module")
def tagged(inside, trained):
    """The trained version, tagged."""
    answer = inside.json("registry", "tag", trained["model_id"][:8], "--add", "thesis")
    assert answer["tags"] == ["thesis"]
    return trained


def test_versions_are_found_by_what_is_known_of_them(inside, tagged):
    qwk = tagged["evaluation"]["values"]["qwk"]

    def found(*options):
        models = inside.json("registry", "list", "--limit", "1000", *options)["models"]
        return {model["id"]: model["tags"] for model in models}

    fits = ("--where", f"qwk>={qwk['value'] - 1e-6:.9f}", "--where", f"qwk.low<{qwk['value']:.9f}")
    assert found(*fits, "--tag", "thesis", "--tag", "synthetic", "--stage", "dev") == {
        tagged["model_id"]: ["thesis"]
    }
    assert tagged["model_id"] not in found("--where", f"qwk>{qwk['value'] + 1e-6:.9f}")
    assert found("--since", "2200-01-01") == {}


def test_tags_are_shown(inside, tagged):
    answer = inside("registry", "list", "--tag", "thesis")
    assert tagged["model_id"][:8] in answer.out
    assert "thesis" in answer.out
