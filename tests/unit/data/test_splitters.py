"""What each splitting scheme promises beyond the common contract."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huleedu_ml_training.config import SplitSettings
from huleedu_ml_training.data.errors import (
    EssaysWithoutPromptError,
    TooFewEssaysError,
    TooFewGradesError,
    UndatedEssaysError,
)
from huleedu_ml_training.data.splitter import create_splitter
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.testing.essays import NEW_YEAR, SWEDISH_8, dated_essays
from huleedu_ml_training.testing.splitter_suite import assert_sound, parts_by_id

SCHEMES = ("stratified", "prompt_holdout", "temporal")


def splitter(scheme, **options):
    return create_splitter(SplitSettings(scheme=scheme, **options))


def parts(split):
    return (split.train, split.validation, split.test)


def unless_refused(action, *arguments):
    """Return what an action returns, or None where it refuses with good reason."""
    try:
        return action(*arguments)
    except TooFewEssaysError as refusal:
        justified = refusal.found < refusal.needed
    except TooFewGradesError as refusal:
        justified = len(refusal.counts) < 2
    assert justified
    return None


@st.composite
def datasets(draw):
    """Essays in any order, few grades, prompts, days and texts, so that all of them collide."""
    n = draw(st.integers(3, 40))
    column = st.lists
    ids = draw(column(st.text(min_size=1, max_size=4), min_size=n, max_size=n, unique=True))
    return EssayDataset.create(
        scale=SWEDISH_8,
        essay_ids=ids,
        texts=[f"text {i}" for i in draw(column(st.integers(0, n), min_size=n, max_size=n))],
        grades=draw(column(st.integers(0, 7), min_size=n, max_size=n)),
        prompts=[f"p{i}" for i in draw(column(st.integers(0, 6), min_size=n, max_size=n))],
        created_at=[
            NEW_YEAR + timedelta(days=day)
            for day in draw(column(st.integers(0, 20), min_size=n, max_size=n))
        ],
    )


@pytest.mark.parametrize("scheme", SCHEMES)
@settings(max_examples=60, deadline=None)
@given(dataset=datasets(), seed=st.integers(0, 5), data=st.data())
def test_any_data_are_divided_soundly_or_refused(scheme, dataset, seed, data):
    made = splitter(scheme, seed=seed)
    split = unless_refused(made.split, dataset)
    if split is None:
        return
    assert_sound(split, dataset)
    if scheme == "prompt_holdout":
        held = [{dataset.prompts[row] for row in part} for part in parts(split)]
        assert not held[0] & held[1] | held[0] & held[2] | held[1] & held[2]
    order = np.array(data.draw(st.permutations(range(len(dataset)))))
    shuffled = dataset.take(order)
    assert parts_by_id(split, dataset) == parts_by_id(made.split(shuffled), shuffled)


@pytest.mark.parametrize("scheme", SCHEMES)
@settings(max_examples=40, deadline=None)
@given(dataset=datasets(), n_folds=st.integers(2, 5))
def test_any_folds_test_everything_once_or_are_refused(scheme, dataset, n_folds):
    folds = unless_refused(splitter(scheme).folds, dataset, n_folds)
    if folds is None:
        return
    for fold in folds:
        assert_sound(fold, dataset)
    tested = sorted(np.concatenate([fold.test for fold in folds]).tolist())
    assert list(range(len(dataset))) == tested


class TestStratified:
    def test_every_part_has_its_share_of_each_grade(self):
        rng = np.random.default_rng(0)
        grades = rng.choice(8, size=500, p=[0.02, 0.1, 0.15, 0.2, 0.25, 0.15, 0.1, 0.03])
        dataset = dated_essays(grades.tolist())
        split = splitter("stratified").split(dataset)
        for part, share in zip(parts(split), (0.65, 0.15, 0.2), strict=True):
            counts = np.bincount(dataset.grades[part], minlength=8)
            assert np.abs(counts - share * dataset.grade_counts).max() <= 1
            assert abs(len(part) - share * 500) <= 3

    def test_another_seed_gives_another_split(self):
        dataset = dated_essays([0, 1, 2, 3] * 20)
        digests = {splitter("stratified", seed=seed).split(dataset).digest for seed in range(5)}
        assert 5 == len(digests)

    def test_rare_grades_go_to_train_first_and_are_reported(self):
        dataset = dated_essays([1] * 20 + [2] * 20 + [6] + [7] * 2)
        split = splitter("stratified").split(dataset)
        assert 40 in split.train
        assert {41, 42} == {*split.train, *split.test} & {41, 42}
        assert 1 == len({41, 42} & {*split.train.tolist()})
        assert (
            "grade 'B' (1 essay) is in train only",
            "grade 'A' (2 essays) is in train and test only",
        ) == split.notes

    def test_a_single_essay_trains_even_where_testing_gets_more(self):
        dataset = dated_essays([1] * 30 + [2] * 30 + [7])
        split = splitter("stratified", test_fraction=0.49, validation_fraction=0.25).split(dataset)
        assert 60 in split.train

    def test_copies_with_different_grades_stay_together(self):
        dataset = dated_essays([0, 1] * 20)
        texts = list(dataset.texts)
        texts[1] = texts[0].upper().lower() + "\u200b\r\n"
        split = splitter("stratified").split(replace(dataset, texts=tuple(texts)))
        assert any({0, 1} <= set(part.tolist()) for part in parts(split))

    def test_many_copies_of_one_text_do_not_spoil_the_sizes(self):
        dataset = dated_essays([i % 4 for i in range(100)])
        copied = replace(dataset, texts=("the same",) * 30 + dataset.texts[30:])
        split = splitter("stratified").split(copied)
        assert [65, 15, 20] == pytest.approx([len(part) for part in parts(split)], abs=3)

    def test_grades_of_a_single_essay_each_are_still_divided(self):
        split = splitter("stratified").split(dated_essays(range(8)))
        assert 8 == len(split.notes)
        assert_sound(split, dated_essays(range(8)))


class TestPromptHoldout:
    def test_prompts_are_whole(self):
        dataset = dated_essays([i % 8 for i in range(200)], n_prompts=12)
        split = splitter("prompt_holdout").split(dataset)
        held = [{dataset.prompts[row] for row in part} for part in parts(split)]
        assert 12 == sum(map(len, held)) == len(set().union(*held))

    def test_prompts_that_share_a_text_are_held_out_together(self):
        dataset = dated_essays([i % 8 for i in range(120)], n_prompts=12)
        texts = list(dataset.texts)
        texts[1], texts[2] = texts[0], texts[13]  # prompts 0 and 1, then 2 and 1
        copied = replace(dataset, texts=tuple(texts))
        for seed in range(4):
            split = splitter("prompt_holdout", seed=seed).split(copied)
            where = {parts_by_id(split, copied)[copied.essay_ids[row]] for row in (0, 1, 2)}
            assert 1 == len(where)

    def test_an_essay_without_a_prompt_is_an_error_that_names_it(self):
        dataset = dated_essays([0, 1] * 10)
        prompts = (None, *dataset.prompts[1:])
        with pytest.raises(EssaysWithoutPromptError) as caught:
            splitter("prompt_holdout").split(replace(dataset, prompts=prompts))
        assert ("essay-0000",) == caught.value.essay_ids
        assert "--prompt" in caught.value.remedy

    def test_two_prompts_are_too_few(self):
        with pytest.raises(TooFewEssaysError, match="2 prompts cannot be divided into 3 parts"):
            splitter("prompt_holdout").split(dated_essays([0, 1] * 10, n_prompts=2))


class TestTemporal:
    def test_the_oldest_train_and_the_newest_judge(self):
        dataset = dated_essays([0, 1] * 50)
        split = splitter("temporal", validation_fraction=0.2, test_fraction=0.1).split(dataset)
        assert list(range(70)) == split.train.tolist()
        assert list(range(70, 90)) == split.validation.tolist()
        assert list(range(90, 100)) == split.test.tolist()
        assert () == split.notes

    def test_essays_of_one_moment_stay_together(self):
        dataset = dated_essays([0, 1] * 50)
        exam = NEW_YEAR + timedelta(days=60)
        times = tuple(
            exam if 60 <= row < 75 else time for row, time in enumerate(dataset.created_at)
        )
        split = splitter("temporal").split(replace(dataset, created_at=times))
        assert set(range(60)) <= set(split.train.tolist())
        assert 1 == sum(bool(set(range(60, 75)) & set(part.tolist())) for part in parts(split))

    def test_a_copy_counts_as_old_as_the_first(self):
        dataset = dated_essays([0, 1] * 50)
        texts = (*dataset.texts[:-1], dataset.texts[0])
        split = splitter("temporal").split(replace(dataset, texts=texts))
        assert 99 in split.train

    def test_the_seed_has_no_influence(self):
        dataset = dated_essays([0, 1] * 50)
        digests = {splitter("temporal", seed=seed).split(dataset).digest for seed in range(3)}
        assert 1 == len(digests)

    def test_folds_are_stretches_of_time_and_say_when_they_learn_from_the_future(self):
        dataset = dated_essays([0, 1] * 50)
        folds = splitter("temporal").folds(dataset, 4)
        assert [list(range(i * 25, i * 25 + 25)) for i in range(4)] == [
            fold.test.tolist() for fold in folds
        ]
        assert [75, 50, 25] == [int(fold.notes[0].split()[0]) for fold in folds[:-1]]
        assert () == folds[-1].notes

    def test_an_undated_essay_is_an_error_that_names_it(self):
        dataset = dated_essays([0, 1] * 10)
        with pytest.raises(UndatedEssaysError) as caught:
            splitter("temporal").split(
                replace(dataset, created_at=(*dataset.created_at[:-1], None))
            )
        assert ("essay-0019",) == caught.value.essay_ids

    def test_essays_of_one_day_cannot_be_divided_by_time(self):
        dataset = dated_essays([0, 1] * 10)
        with pytest.raises(TooFewEssaysError, match="1 moment cannot be divided"):
            splitter("temporal").split(replace(dataset, created_at=(NEW_YEAR,) * 20))

    def test_a_training_part_of_one_grade_is_refused(self):
        with pytest.raises(TooFewGradesError) as caught:
            splitter("temporal").split(dated_essays([0] * 80 + [1] * 20))
        assert ("training part", {"F": 65}) == (caught.value.part, caught.value.counts)
        assert "stratified" in caught.value.remedy
