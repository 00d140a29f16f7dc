"""The days on which essays are written."""

from datetime import UTC, date, datetime, time, timedelta

from huleedu_ml_training.data.demo_corpus.dice import Dice

_TERMS: tuple[tuple[date, date], ...] = (
    (date(2024, 8, 19), date(2024, 12, 20)),
    (date(2025, 1, 9), date(2025, 6, 12)),
    (date(2025, 8, 18), date(2025, 12, 19)),
    (date(2026, 1, 9), date(2026, 6, 11)),
)
_BREAKS: tuple[tuple[date, date], ...] = (
    (date(2024, 10, 28), date(2024, 11, 1)),
    (date(2025, 2, 24), date(2025, 2, 28)),
    (date(2025, 4, 14), date(2025, 4, 21)),
    (date(2025, 5, 1), date(2025, 5, 2)),
    (date(2025, 5, 29), date(2025, 5, 30)),
    (date(2025, 6, 6), date(2025, 6, 6)),
    (date(2025, 10, 27), date(2025, 10, 31)),
    (date(2026, 2, 23), date(2026, 2, 27)),
    (date(2026, 3, 30), date(2026, 4, 6)),
    (date(2026, 5, 1), date(2026, 5, 1)),
    (date(2026, 5, 14), date(2026, 5, 15)),
)
_LESSON_STARTS_UTC = (time(6, 30), time(7, 45), time(9, 10), time(11, 20), time(12, 40))
_SATURDAY = 5


def _days_of_terms() -> tuple[date, ...]:
    days = []
    for first, last in _TERMS:
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            on_break = any(start <= day <= end for start, end in _BREAKS)
            if day.weekday() < _SATURDAY and not on_break:
                days.append(day)
    return tuple(days)


SCHOOL_DAYS: tuple[date, ...] = _days_of_terms()
"""School days from August 2024 to June 2026, in order."""


def draw_lesson(dice: Dice) -> datetime:
    """Return when a lesson starts (UTC), on a random school day."""
    return datetime.combine(dice.pick(SCHOOL_DAYS), dice.pick(_LESSON_STARTS_UTC), tzinfo=UTC)


def school_year(moment: datetime) -> str:
    """Return the school year of a moment, e.g. ``"2024/25"``."""
    first = moment.year if moment.month >= 7 else moment.year - 1
    return f"{first}/{(first + 1) % 100:02d}"
