"""From options and settings to the essays that are meant."""

from datetime import UTC, datetime

import pytest

from huleedu_ml_training.cli.selection import InvalidSelectionError, build_selection
from huleedu_ml_training.config import SelectionSettings
from huleedu_ml_training.domain.dataset import ALL_ESSAYS, EssaySelection
from huleedu_ml_training.domain.errors import ExitCode

SETTINGS = SelectionSettings(
    since="2025-01-01",
    until="2025-07-01T00:00:00+02:00",
    prompts=("sea",),
    exclude_prompts=("hill",),
    languages=("SV",),
    sources=("school",),
    min_words=100,
    max_words=900,
)


def test_nothing_said_selects_everything():
    assert ALL_ESSAYS == build_selection(SelectionSettings())


def test_settings_hold_where_no_option_is_given():
    expected = EssaySelection(
        since=datetime(2025, 1, 1, tzinfo=UTC),
        until=datetime(2025, 6, 30, 22, tzinfo=UTC),
        prompts=("sea",),
        exclude_prompts=("hill",),
        languages=("sv",),
        sources=("school",),
        min_words=100,
        max_words=900,
    )
    assert expected == build_selection(SETTINGS)


def test_options_win():
    expected = EssaySelection(
        since=datetime(2024, 2, 29, 12, tzinfo=UTC),
        until=datetime(2024, 3, 1, tzinfo=UTC),
        prompts=("lake", "wood"),
        exclude_prompts=("dale",),
        languages=("en",),
        sources=("college",),
        min_words=0,
        max_words=50,
    )
    assert expected == build_selection(
        SETTINGS,
        since="2024-02-29T12:00",
        until=" 2024-03-01 ",
        prompts=["lake", "wood"],
        exclude_prompts=["dale"],
        languages=["EN"],
        sources=["college"],
        min_words=0,
        max_words=50,
    )


@pytest.mark.parametrize("value", ["tomorrow", "2025-13-01", "", "0001-01-01T00:00:00+14:00"])
def test_a_time_that_is_none_names_the_option(value):
    with pytest.raises(InvalidSelectionError) as caught:
        build_selection(SETTINGS, until=value)
    assert ("--until", ExitCode.USAGE) == (caught.value.name, caught.value.exit_code)


def test_a_time_that_is_none_names_the_setting():
    with pytest.raises(InvalidSelectionError, match=r"selection\.since 'soon' is no date or time"):
        build_selection(SelectionSettings(since="soon"))


def test_an_end_before_the_start_is_an_error():
    with pytest.raises(InvalidSelectionError, match="--until '2024-01-01' is not after --since"):
        build_selection(SETTINGS, until="2024-01-01")


def test_more_words_than_the_most_is_an_error():
    with pytest.raises(InvalidSelectionError, match=r"selection\.max_words '900' is less than"):
        build_selection(SETTINGS, min_words=901)
