"""One Jinja environment per kind of document, with the filters that print figures."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from huleedu_ml_training.metrics.assessment_definitions import ASSESSMENT_METRICS
from huleedu_ml_training.metrics.definitions import METRICS
from huleedu_ml_training.metrics.flags import Flag
from huleedu_ml_training.metrics.format import (
    DASH,
    format_interval,
    format_number,
    format_remark,
)
from huleedu_ml_training.metrics.judgement_definitions import JUDGEMENT_METRICS
from huleedu_ml_training.metrics.values import MetricValue
from huleedu_ml_training.reports.text import clean, shorten

_TITLES = {
    name: definition.title
    for definitions in (METRICS, ASSESSMENT_METRICS, JUDGEMENT_METRICS)
    for name, definition in definitions.items()
}


def create_environment(finalize: Callable[[Any], Any]) -> Environment:
    """Return an environment for the package's templates; what they print is escaped.

    Args:
        finalize: Applied to every printed value before it is escaped; what it returns as Markup
            passes as it is.
    """
    environment = Environment(
        loader=PackageLoader("huleedu_ml_training.reports"),
        autoescape=True,
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        count=lambda n: f"{n:,}".replace(",", "\u202f"),
        interval=lambda value: _minus(format_interval(value)),
        moment=_moment,
        number=_number,
        percent=_percent,
        plain=_plain,
        points=_points,
        remark=format_remark,
        shorten=shorten,
    )
    return environment


def clean_values(value: Any) -> Any:
    """Clean every text on its way into HTML; finished markup passes."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return clean(value)
    return value


def flag_title(flag: Flag) -> str:
    """Return which figure a flag is about, whatever its subject."""
    return _TITLES[flag.name]


def _number(value: float, digits: int = 3, signed: bool = False) -> str:
    return _minus(format_number(value, digits=digits, signed=signed))


def _minus(figure: str) -> str:
    """Set a real minus sign, as wide as the plus."""
    return figure.replace("-", "\u2212")


def _percent(value: float, digits: int = 0) -> str:
    number = format_number(value * 100, digits=digits)
    return number if number == DASH else f"{number}%"


def _points(value: MetricValue) -> str:
    if not value.has_interval:
        return DASH
    low, high = (
        format_number(bound * 100, digits=1, signed=True) for bound in (value.low, value.high)
    )
    return _minus(f"[{low}, {high}]")


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)
