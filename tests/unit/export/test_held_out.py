"""Predictions of held-out essays in a bundle: what comes back, what is refused."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.export.bundle_errors import BundleError, InvalidBundleDocumentError
from huleedu_ml_training.export.held_out import HELD_OUT, HeldOutEssays
from huleedu_ml_training.testing.bundles import held_out_essays, small_bundle, small_files

SCALE = GradeScale.named("swedish_8")


def document(**changes):
    return {**held_out_essays(3).to_dict(), **changes}


def test_what_is_written_is_read():
    essays = held_out_essays(50, seed=7)
    bundle = small_bundle(files=small_files(held_out=essays))
    read = HeldOutEssays.from_dict(Bundle.parse(bundle.files).document(HELD_OUT), SCALE)
    assert (essays.texts, essays.prompts) == (read.texts, read.prompts)
    for before, after in (
        (essays.y, read.y),
        (essays.predictions.grades, read.predictions.grades),
        (essays.predictions.latent, read.predictions.latent),
        (essays.predictions.probabilities, read.predictions.probabilities),
    ):
        assert np.array_equal(before, after)
        assert before.dtype == after.dtype
    assert essays.to_bytes() == read.to_bytes()


def test_no_essays():
    assert 0 == len(HeldOutEssays.from_dict(held_out_essays(0).to_dict(), SCALE))


@pytest.mark.parametrize(
    "changes",
    [
        {"held_out_version": 2},
        {"held_out_version": None},
        {"scale": ["F", "E"]},
        {"text_identities": "abc"},
        {"text_identities": ["a", "b"]},
        {"text_identities": ["a", "b", 1]},
        {"prompts": ["a", "b", {}]},
        {"prompts": ["a"]},
        {"human": [0, 1, 8]},
        {"human": [0, 1, -1]},
        {"human": [0, 1, 1.5]},
        {"human": [0, 1, True]},
        {"human": [0, 1, "2"]},
        {"human": [[0], [1], [2]]},
        {"human": None},
        {"grades": [0, 1]},
        {"latent": [0.0, 1.0, 1e999]},
        {"latent": [0.0, 1.0, 10**400]},
        {"latent": [0.0, 1.0, None]},
        {"probabilities": [[1.0]] * 3},
        {"probabilities": [[1.0], [0.5, 0.5], [1.0]]},
        {"probabilities": [[1.0] + [0.0] * 7] * 2},
        {"probabilities": [[2.0, -1.0] + [0.0] * 6] * 3},
        {"probabilities": [[0.5] + [0.0] * 7] * 3},
        {"probabilities": [1.0] + [0.0] * 23},
        {"probabilities": [[[1.0]]] * 3},
    ],
)
def test_what_is_no_such_document_is_refused(changes):
    with pytest.raises(InvalidBundleDocumentError) as caught:
        HeldOutEssays.from_dict(document(**changes), SCALE)
    assert HELD_OUT in caught.value.what


@pytest.mark.parametrize("data", [b"", b"[]", b'{"a": NaN}', b"{", b"\xff"])
def test_a_bundle_with_what_is_no_document(data):
    with pytest.raises(BundleError):
        small_bundle(files={**small_files(), HELD_OUT: data})


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=12,
)


@given(st.sampled_from(sorted(held_out_essays(3).to_dict())), _ANY)
def test_whatever_stands_in_a_column(key, value):
    """It is read as what it says, or refused; nothing else happens."""
    changed = json.loads(json.dumps(document(**{key: value})))
    try:
        essays = HeldOutEssays.from_dict(changed, SCALE)
    except InvalidBundleDocumentError:
        return
    assert 3 == len(essays) == len(essays.y) == len(essays.predictions)
