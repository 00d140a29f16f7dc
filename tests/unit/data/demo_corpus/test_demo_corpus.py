"""The corpus as a whole: the same everywhere, shaped like a school, hard enough, honest."""

import os
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, date
from itertools import combinations, pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from huleedu_ml_training.config import SplitSettings
from huleedu_ml_training.data.demo_corpus import generate_demo_corpus
from huleedu_ml_training.data.demo_corpus.corpus import DemoEssay, generate_demo_essays
from huleedu_ml_training.data.demo_corpus.school_days import SCHOOL_DAYS
from huleedu_ml_training.data.demo_corpus.teachers import GRADE_SHARES
from huleedu_ml_training.data.splitter import create_splitter
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.text_identity import count_words
from huleedu_ml_training.metrics.agreement import quadratic_weighted_kappa

GOLDEN_DIGEST = "b90b633207b4fa2caea50c00c918686d01eaa198aa7b84eae14c379b289b92dc"
N_GRADES = 8


@pytest.fixture(scope="module")
def corpus() -> EssayDataset:
    return generate_demo_corpus()


@pytest.fixture(scope="module")
def essays() -> list[DemoEssay]:
    return generate_demo_essays(1400, 2026)


def test_default_corpus_is_the_pinned_one(corpus):
    assert GOLDEN_DIGEST == corpus.digest


def test_digest_does_not_depend_on_the_hash_seed_of_the_process():
    program = (
        "from huleedu_ml_training.data.demo_corpus import generate_demo_corpus;"
        "print(generate_demo_corpus().digest)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}

    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )

    assert GOLDEN_DIGEST == done.stdout.strip()


def test_larger_corpus_holds_every_smaller_one(corpus):
    small = generate_demo_corpus(60)
    texts = dict(zip(corpus.essay_ids, corpus.texts, strict=True))
    grades = dict(zip(corpus.essay_ids, corpus.grades.tolist(), strict=True))

    assert list(small.texts) == [texts[essay_id] for essay_id in small.essay_ids]
    assert small.grades.tolist() == [grades[essay_id] for essay_id in small.essay_ids]


def test_another_seed_gives_other_essays_under_other_ids():
    one, other = generate_demo_corpus(40, seed=1), generate_demo_corpus(40, seed=2)

    assert set(one.essay_ids).isdisjoint(other.essay_ids)
    assert set(one.text_identities()).isdisjoint(other.text_identities())


def test_rows_are_in_order_of_id(corpus):
    assert sorted(corpus.essay_ids) == list(corpus.essay_ids)
    assert len(corpus) == len(set(corpus.essay_ids))


def test_corpus_of_none_is_empty_and_of_fewer_refused():
    assert len(generate_demo_corpus(0)) == 0
    with pytest.raises(ValueError, match="negative: -1"):
        generate_demo_corpus(-1)


def test_every_row_says_that_it_is_synthetic(corpus):
    assert {"synthetic-demo"} == set(corpus.sources)
    assert {"true"} == set(corpus.metadata["synthetic"])


def test_grades_are_distributed_as_in_school(corpus):
    shares = corpus.grade_counts / len(corpus)

    np.testing.assert_allclose(shares, GRADE_SHARES, atol=0.02)


def test_fourteen_prompts_each_with_a_text_and_enough_essays(corpus):
    texts = dict(zip(corpus.prompts, corpus.prompt_texts, strict=True))
    counts = Counter(corpus.prompts)

    assert 14 == len(texts)
    assert 14 == len(set(texts.values()))
    assert all(text is not None and 25 <= count_words(text) <= 80 for text in texts.values())
    assert 60 <= min(counts.values())


def test_essays_have_120_to_650_words(corpus):
    others = generate_demo_corpus(400, seed=3)
    words = [count_words(text) for text in (*corpus.texts, *others.texts)]

    assert min(words) >= 120
    assert max(words) <= 650
    assert max(words) >= 550


def test_essays_are_handed_in_on_school_days_of_two_years(corpus):
    days = {moment.date() for moment in corpus.created_at}
    hours = {moment.hour for moment in corpus.created_at}

    assert days <= set(SCHOOL_DAYS)
    assert {UTC} == {moment.tzinfo for moment in corpus.created_at}
    assert hours <= set(range(6, 15))
    assert {"2024/25", "2025/26"} == set(corpus.metadata["school_year"])


def test_school_year_in_the_metadata_is_that_of_the_day(corpus):
    turn = date(2025, 7, 1)

    for moment, year in zip(corpus.created_at, corpus.metadata["school_year"], strict=True):
        assert ("2024/25" if moment.date() < turn else "2025/26") == year


def test_first_rating_is_the_grade_and_the_second_is_there_for_about_three_in_ten(corpus):
    second = ~np.isnan(corpus.ratings[:, 1])

    np.testing.assert_array_equal(corpus.ratings[:, 0], corpus.grades)
    assert 0.26 <= second.mean() <= 0.34


def test_raters_agree_as_well_as_teachers_do(corpus):
    twice = corpus.ratings[~np.isnan(corpus.ratings[:, 1])].astype(np.int64)

    assert 0.75 <= quadratic_weighted_kappa(twice[:, 0], twice[:, 1], N_GRADES) <= 0.85


def test_some_texts_were_handed_in_twice_under_different_prompts(corpus):
    rows_of: dict[str, list[int]] = {}
    for row, identity in enumerate(corpus.text_identities()):
        rows_of.setdefault(identity, []).append(row)
    copies = [rows for rows in rows_of.values() if len(rows) > 1]

    assert 5 <= len(copies) <= 12
    for rows in copies:
        assert len(rows) == len({corpus.texts[row] for row in rows})
        assert len(rows) == len({corpus.prompts[row] for row in rows})


def test_copies_tie_two_prompts_together_and_no_more(corpus):
    splits = create_splitter(SplitSettings(scheme="prompt_holdout")).folds(corpus, 5)

    held_out = [{corpus.prompts[row] for row in split.test} for split in splits]
    assert 14 == sum(map(len, held_out))
    assert any(
        {"Phones in class", "Social media and friendship"} <= prompts for prompts in held_out
    )


def test_some_essays_are_one_block_and_some_have_no_capitals(corpus):
    blocks = [text for text in corpus.texts if "\n" not in text.strip()]
    no_capitals = [text for text in corpus.texts if text == text.lower()]

    assert len(blocks) >= 10
    assert len(no_capitals) >= 5


def test_no_two_essays_of_different_pupils_are_nearly_the_same(corpus):
    shingles_of: dict[str, list[set[tuple[str, ...]]]] = {}
    seen: set[str] = set()
    for text, prompt, identity in zip(
        corpus.texts, corpus.prompts, corpus.text_identities(), strict=True
    ):
        if identity not in seen:
            words = text.lower().split()
            shingles = {tuple(words[i : i + 5]) for i in range(len(words) - 4)}
            shingles_of.setdefault(prompt, []).append(shingles)
        seen.add(identity)

    nearest = max(
        len(one & other) / len(one | other)
        for essays in shingles_of.values()
        for one, other in combinations(essays[:60], 2)
    )

    assert nearest < 0.35


def test_errors_become_rarer_from_grade_to_grade(essays):
    slips, words = np.zeros(N_GRADES), np.zeros(N_GRADES)
    for essay in essays:
        slips[essay.grade] += essay.slips
        words[essay.grade] += count_words(essay.text)
    rates = 100 * slips / words

    assert all(lower > higher for lower, higher in pairwise(rates)), rates
    assert rates[0] > 8
    assert rates[-1] < 3


def _counts(text: str) -> list[float]:
    words = re.findall(r"[^\W\d_]+", text)
    sentences = [part for part in re.split(r"[.!?]+\s+", text) if part]
    return [
        1.0,
        np.log(len(words)),
        len({word.lower() for word in words[:120]}) / min(len(words), 120),
        float(np.mean([len(word) for word in words])),
        float(np.std([len(sentence.split()) for sentence in sentences])),
        sum(sentence[0].islower() for sentence in sentences) / len(sentences),
        sum(len(word) > 8 for word in words) / len(words),
        sum(word in {"i", "im", "dont", "verry", "alot", "an"} for word in words) / len(words),
        text.count(",") / len(words),
    ]


def _kappa_out_of_fold(matrix: NDArray[np.float64], grades: NDArray[np.int64]) -> float:
    folds = np.arange(len(grades)) % 5
    predicted = np.empty(len(grades))
    for fold in range(5):
        test = folds == fold
        weights, *_ = np.linalg.lstsq(matrix[~test], grades[~test].astype(float), rcond=None)
        predicted[test] = matrix[test] @ weights
    scaled = (predicted - predicted.mean()) / predicted.std() * grades.std() + grades.mean()
    rounded = np.clip(np.rint(scaled), 0, N_GRADES - 1).astype(np.int64)
    return quadratic_weighted_kappa(grades, rounded, N_GRADES)


def test_simple_counts_predict_the_grade_somewhat_and_length_alone_poorly(corpus):
    matrix = np.array([_counts(text) for text in corpus.texts])

    with_all = _kappa_out_of_fold(matrix, corpus.grades)
    with_length = _kappa_out_of_fold(matrix[:, :2], corpus.grades)

    assert 0.5 < with_all < 0.9
    assert 0.2 < with_length < 0.45


def test_even_one_who_knew_what_each_essay_deserves_would_not_be_perfect(essays):
    grades = np.array([essay.grade for essay in essays])
    merit = np.array([essay.merit for essay in essays])[:, None]
    matrix = np.hstack([np.ones_like(merit), merit])

    assert 0.85 < _kappa_out_of_fold(matrix, grades) < 0.93
