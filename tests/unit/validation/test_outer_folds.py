"""Outer folds: who is held out together, and what a smaller part holds."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huleedu_ml_training.config import SplitSettings
from huleedu_ml_training.data.errors import TooFewEssaysError
from huleedu_ml_training.data.grouping import connected_groups
from huleedu_ml_training.data.splitter import create_splitter
from huleedu_ml_training.testing.essays import dated_essays
from huleedu_ml_training.training.outer_folds import (
    fewest_to_learn_from,
    notes_on_folds,
    outer_folds,
    require_inner_folds,
    smaller,
)


def essays(n, n_prompts, copies, seed):
    """Essays of which some have the text of another one, on whatever prompt."""
    rng = np.random.default_rng(seed)
    dataset = dated_essays(rng.integers(0, 4, n).tolist(), n_prompts=n_prompts)
    texts = list(dataset.texts)
    for row in rng.integers(0, n, copies):
        texts[row] = texts[int(rng.integers(0, n))]
    return replace(dataset, texts=tuple(texts))


def folds_of(dataset, scheme, n_folds, seed=42):
    division = SplitSettings(scheme=scheme, seed=seed)
    return outer_folds(dataset, create_splitter(division), division, n_folds)


@settings(max_examples=25, deadline=None)
@given(
    scheme=st.sampled_from(["stratified", "prompt_holdout", "temporal"]),
    copies=st.integers(0, 8),
    seed=st.integers(0, 1000),
)
def test_copies_and_held_out_prompts_are_on_one_side(scheme, copies, seed):
    dataset = essays(120, 60, copies, seed)
    identities = np.asarray(dataset.text_identities())
    keys = [identities]
    if scheme == "prompt_holdout":
        keys.append(connected_groups(dataset.prompts, dataset.text_identities()))
    folds = folds_of(dataset, scheme, 3, seed)
    reduced = [smaller(dataset, fold, i, 30, seed) for i, fold in enumerate(folds)]

    tested = np.concatenate([fold.test for fold in folds])
    assert len(set(tested.tolist())) == len(tested)
    for fold in [*folds, *reduced]:
        parts = (fold.train, fold.validation, fold.test)
        for key in keys:
            sides = [set(key[part].tolist()) for part in parts]
            assert sides[0].isdisjoint(sides[1] | sides[2])
            assert sides[1].isdisjoint(sides[2])


@pytest.mark.parametrize("scheme", ["stratified", "prompt_holdout"])
def test_every_essay_is_tested_once(scheme):
    dataset = essays(120, 60, 5, 0)
    tested = np.concatenate([fold.test for fold in folds_of(dataset, scheme, 4)])
    assert list(range(120)) == sorted(tested.tolist())


def test_by_time_nothing_is_learnt_from_the_future():
    dataset = essays(120, 6, 0, 0)
    times = np.asarray([time.timestamp() for time in dataset.created_at])

    folds = folds_of(dataset, "temporal", 4)

    assert len(folds) == 4
    for fold in folds:
        assert times[fold.train].max() < times[fold.validation].min()
        assert times[fold.validation].max() < times[fold.test].min()
    assert [24, 48, 72, 96] == [len(fold.development) for fold in folds]
    assert "24 essays of the first stretch of time are learnt from only" in " ".join(
        notes_on_folds(dataset, folds)
    )


def test_smaller_parts_are_nested_and_keep_the_test_part():
    dataset = essays(200, 40, 10, 3)
    for number, fold in enumerate(folds_of(dataset, "prompt_holdout", 4)):
        parts = [smaller(dataset, fold, number, size, 7) for size in (20, 60, 120)]
        held = [set(part.development.tolist()) for part in parts]
        assert held[0] < held[1] < held[2] < set(fold.development.tolist())
        for part, size in zip(parts, (20, 60, 120), strict=True):
            assert fold.test.tolist() == part.test.tolist()
            assert set(part.train.tolist()) <= set(fold.train.tolist())
            assert set(part.validation.tolist()) <= set(fold.validation.tolist())
            assert abs(len(part.development) - size) <= 4


def test_different_seeds_draw_different_smaller_parts():
    dataset = essays(200, 40, 0, 3)
    fold = folds_of(dataset, "stratified", 4)[0]
    drawn = [smaller(dataset, fold, 0, 50, seed).train.tolist() for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


def test_too_few_prompts_are_told_with_the_remedy():
    with pytest.raises(TooFewEssaysError, match="6 prompts cannot be divided into 8") as caught:
        folds_of(essays(120, 6, 0, 0), "prompt_holdout", 8)
    assert "--folds" in caught.value.remedy


def test_too_few_prompts_for_the_inner_folds_are_told_before_any_fit():
    dataset = essays(120, 6, 0, 0)
    division = SplitSettings(scheme="prompt_holdout")
    splitter = create_splitter(division)
    folds = outer_folds(dataset, splitter, division, 3)
    assert fewest_to_learn_from(folds) == 80
    require_inner_folds(dataset, splitter, folds, 4)
    with pytest.raises(TooFewEssaysError, match="4 prompts cannot be divided into 5"):
        require_inner_folds(dataset, splitter, folds, 5)


def test_grades_that_cannot_be_learnt_or_judged_are_noted():
    dataset = dated_essays([0, 1, 2] * 20 + [5], n_prompts=61)

    notes = notes_on_folds(dataset, folds_of(dataset, "stratified", 3))

    assert "no essay has the grade 'D+': the figures say nothing of it" in notes
    told = [note for note in notes if "1 essay of the grade 'C+' and has none to learn" in note]
    assert len(told) == 1
