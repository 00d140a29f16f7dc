"""Pupils, teachers, dates and dice behave as the descriptions say."""

from collections import Counter
from dataclasses import astuple
from datetime import date

import numpy as np
import pytest

from huleedu_ml_training.data.demo_corpus.dice import Dice
from huleedu_ml_training.data.demo_corpus.oddities import copied_from, relaid, respaced
from huleedu_ml_training.data.demo_corpus.pupils import (
    Skills,
    draw_skills,
    skill_correlation,
)
from huleedu_ml_training.data.demo_corpus.school_days import SCHOOL_DAYS, draw_lesson, school_year
from huleedu_ml_training.data.demo_corpus.teachers import (
    GRADE_SHARES,
    Teacher,
    draw_merit,
    draw_staff,
)
from huleedu_ml_training.domain.text_identity import text_identity

NAMES = ("vocabulary", "syntax", "grammar", "spelling", "mechanics", "cohesion", "task", "fluency")


@pytest.fixture(scope="module")
def skills() -> np.ndarray:
    return np.array([astuple(draw_skills(Dice("pupils", number))) for number in range(4000)])


def test_dice_with_equal_keys_fall_alike_and_with_other_keys_do_not():
    def throws(*key: int | str) -> list[int]:
        dice = Dice(*key)
        return [dice.below(1000) for _ in range(20)]

    assert throws(1, "a") == throws(1, "a")
    assert throws(1, "a") != throws(1, "b")
    assert [144, 961, 31] == throws(1, "a")[:3]


def test_dice_keep_to_probabilities_and_weights():
    dice = Dice("fair")

    assert 0.27 < sum(dice.chance(0.3) for _ in range(5000)) / 5000 < 0.33
    counts = Counter(dice.weighted("abc", (1.0, 0.0, 3.0)) for _ in range(4000))
    assert 0 == counts["b"]
    assert 2.5 < counts["c"] / counts["a"] < 3.5
    assert list(range(30)) == sorted(dice.shuffled(range(30)))
    assert all(2.0 <= dice.between(2.0, 3.0) < 3.0 for _ in range(100))


def test_levels_rise_with_skill():
    dice = Dice("levels")
    means = [np.mean([dice.level(skill) for _ in range(400)]) for skill in (-2, 0, 2)]

    assert means[0] < 0.2
    assert 0.8 < means[1] < 1.8
    assert means[2] > 2.7


def test_each_skill_is_standard_normal(skills):
    np.testing.assert_allclose(skills.mean(axis=0), 0.0, atol=0.06)
    np.testing.assert_allclose(skills.std(axis=0), 1.0, atol=0.05)


def test_skills_go_together_but_not_hand_in_hand(skills):
    observed = np.corrcoef(skills.T)
    expected = [[skill_correlation(one, other) for other in NAMES] for one in NAMES]

    np.testing.assert_allclose(observed, expected, atol=0.05)
    off_diagonal = observed[~np.eye(len(NAMES), dtype=bool)]
    assert off_diagonal.min() > 0.15
    assert off_diagonal.max() < 0.75


def test_hard_prompt_takes_from_what_is_said_and_not_from_correctness():
    average = Skills(*[0.0] * 8)

    faced = average.facing(0.5)

    assert -0.5 == faced.vocabulary == faced.task
    assert 0.0 == faced.spelling == faced.grammar


@pytest.mark.parametrize(("fluency", "words"), [(-9.0, 128), (0.0, 285), (9.0, 610)])
def test_target_length_follows_fluency_within_bounds(fluency, words):
    assert words == Skills(*[0.0] * 7, fluency=fluency).target_words


def test_merit_has_the_spread_that_the_cut_points_count_on(skills):
    merits = [
        draw_merit(Skills(*row), 0.0, Dice("merit", number)) for number, row in enumerate(skills)
    ]

    assert abs(np.mean(merits)) < 0.06
    assert 0.98 < np.std(merits) < 1.08


def test_average_teacher_gives_the_grades_in_their_shares(skills):
    staff = draw_staff(1, tuple(f"t{number}" for number in range(40)))
    grades = [
        staff[number % 40].grade(
            draw_merit(Skills(*row), 0.0, Dice("merit", number)), Dice("grade", number)
        )
        for number, row in enumerate(skills)
    ]

    np.testing.assert_allclose(np.bincount(grades, minlength=8) / 4000, GRADE_SHARES, atol=0.02)


def test_severe_teacher_grades_lower():
    mild, severe = Teacher("mild", -0.5), Teacher("severe", 0.5)
    pairs = [
        (mild.grade(0.0, Dice(number)), severe.grade(0.0, Dice(number))) for number in range(50)
    ]

    assert all(kind >= harsh for kind, harsh in pairs)
    assert sum(kind - harsh for kind, harsh in pairs) > 50


def test_staff_differs_in_severity_and_is_fair_on_average():
    severities = [teacher.severity for teacher in draw_staff(7, tuple("abcdefgh"))]

    assert abs(sum(severities)) < 1e-9
    assert max(severities) - min(severities) > 0.2


def test_school_days_leave_out_weekends_and_holidays():
    days = set(SCHOOL_DAYS)

    assert {0, 1, 2, 3, 4} == {day.weekday() for day in SCHOOL_DAYS}
    assert 330 < len(days) < 400
    for free in (date(2024, 12, 24), date(2025, 7, 1), date(2025, 2, 26), date(2026, 5, 1)):
        assert free not in days


def test_lessons_start_on_school_days_and_years_turn_in_summer():
    lessons = [draw_lesson(Dice("lesson", number)) for number in range(200)]

    assert {lesson.date() for lesson in lessons} <= set(SCHOOL_DAYS)
    assert {"2024/25", "2025/26"} == {school_year(lesson) for lesson in lessons}


def test_every_150th_essay_is_a_copy_of_an_earlier_original():
    for number in range(1000):
        source = copied_from(number, Dice("copy", number))
        if number % 150 == 149:
            assert source is not None
            assert 0 <= source < number
            assert source % 150 != 149
        else:
            assert source is None


def test_respaced_text_is_the_same_text():
    text = "One day.\n\nAnother day, and one more. " * 20

    respace = respaced(text, Dice("respace"))

    assert text != respace
    assert text_identity(text) == text_identity(respace)


def test_few_layouts_are_strange():
    text = "First.\n\nSecond."

    assert "First. Second." == relaid(text, 40)
    assert "first.\n\nsecond." == relaid(text, 65)
    assert text == relaid(text, 1)
