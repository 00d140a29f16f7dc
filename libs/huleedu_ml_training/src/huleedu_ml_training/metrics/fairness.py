"""Do errors go with the group an essay belongs to? Three regressions.

They are those of Loukina, Madnani & Zechner (2019), under the names that RSMTool gives them: the
squared error on the group (overall score accuracy), the signed error on the group (overall score
difference), and the signed error on the group beside the human grade, which counts as a category
(conditional score difference). An error is the machine's expected grade minus the human grade.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.metrics.fairness_report import (
    FairnessRegression,
    FairnessReport,
    GroupCoefficient,
)
from huleedu_ml_training.metrics.regression import Fit, compare_fits, fit_least_squares
from huleedu_ml_training.metrics.slice_columns import MAX_GROUPS

REGRESSIONS = (
    "overall_score_accuracy",
    "overall_score_difference",
    "conditional_score_difference",
)
"""The regressions, in the order in which reports show them."""


def evaluate_fairness(
    column: str,
    keys: Sequence[str | None],
    score: NDArray[np.float64],
    y: NDArray[np.int64],
    *,
    confidence: float,
) -> FairnessReport:
    """Regress the machine's errors on the groups of a column.

    The largest group is the base that others are held against. Essays count as independent, and
    errors as equally variable, in the standard errors: RSMTool's assumptions.

    Args:
        column: What the groups are, e.g. ``language``.
        keys: n groups; an essay whose group is None is left out.
        score: Expected grades, shape (n_essays,), in levels.
        y: Human grade indices, shape (n_essays,), 0…K-1.
        confidence: Coverage of the coefficients' intervals.
    """
    known = np.array([key is not None for key in keys], dtype=bool)
    groups = _Categories([key for key in keys if key is not None])
    error = score[known] - y[known]
    reason = _missing(groups, error)
    if reason is not None:
        return FairnessReport(
            column=column,
            n=int(known.sum()),
            base=groups.base,
            regressions=tuple(FairnessRegression.undefined(name, reason) for name in REGRESSIONS),
        )
    intercept = np.ones((len(error), 1))
    by_group = np.hstack([intercept, groups.columns()])
    grades = _Categories([int(grade) for grade in y[known]]).columns()
    nested = (
        (intercept, by_group, error**2),
        (intercept, by_group, error),
        (np.hstack([intercept, grades]), np.hstack([by_group, grades]), error),
    )
    return FairnessReport(
        column=column,
        n=int(known.sum()),
        base=groups.base,
        regressions=tuple(
            _describe(
                name,
                groups,
                fit_least_squares(smaller, response),
                fit_least_squares(larger, response),
                confidence,
            )
            for name, (smaller, larger, response) in zip(REGRESSIONS, nested, strict=True)
        ),
    )


class _Categories:
    """Treatment coding: a column per category but the most frequent, ties in order of value."""

    def __init__(self, values: Sequence[str] | Sequence[int]) -> None:
        counts: Mapping[str | int, int] = Counter(values)
        self.names = sorted(counts, key=lambda value: (-counts[value], value))
        self.counts = [counts[name] for name in self.names]
        place = {name: number for number, name in enumerate(self.names)}
        self._codes = np.array([place[value] for value in values], dtype=np.int64)

    def columns(self) -> NDArray[np.float64]:
        """Return the columns, shape (n, n_categories - 1)."""
        is_category: NDArray[np.bool_] = (
            self._codes[:, None] == np.arange(1, len(self.names))[None, :]
        )
        return is_category.astype(np.float64)

    @property
    def base(self) -> str | None:
        """The most frequent category, if there is any."""
        return str(self.names[0]) if self.names else None


def _missing(groups: _Categories, error: NDArray[np.float64]) -> str | None:
    """Return why nothing can be regressed, if so."""
    if len(groups.names) < 2:
        return "undefined: there are fewer than two groups to hold against each other"
    if len(groups.names) > MAX_GROUPS:
        return f"undefined: there are more than {MAX_GROUPS} groups"
    if len(error) <= len(groups.names):
        return "undefined: there are no more essays than groups"
    if not fit_least_squares(np.ones((len(error), 1)), error).varies:
        return "undefined: all errors are the same"
    return None


def _describe(
    name: str, groups: _Categories, smaller: Fit, larger: Fit, confidence: float
) -> FairnessRegression:
    """Say what the larger of two nested models adds; NaN with a reason where it cannot be told."""
    reason = None
    if larger.freedom < 1:
        reason = "undefined: there are no more essays than groups and grades"
    elif not larger.varies:
        reason = "undefined: all squared errors are the same"
    elif not np.isfinite(larger.coefficients).all():
        reason = "undefined: groups and grades cannot be told apart"
    if reason is not None:
        return FairnessRegression.undefined(name, reason)
    p_values, halves = larger.p_values(), larger.half_widths(confidence)
    # The model without groups and grades explains nothing, by definition.
    before = (smaller.adjusted_r_squared, smaller.r_squared) if smaller.rank > 1 else (0.0, 0.0)
    return FairnessRegression(
        name=name,
        adjusted_r_squared=larger.adjusted_r_squared - before[0],
        r_squared=larger.r_squared - before[1],
        p_value=compare_fits(smaller, larger),
        coefficients=tuple(
            GroupCoefficient(
                group=str(group),
                n=groups.counts[number],
                estimate=float(larger.coefficients[number]),
                error=float(larger.errors[number]),
                p_value=float(p_values[number]),
                low=float(larger.coefficients[number] - halves[number]),
                high=float(larger.coefficients[number] + halves[number]),
            )
            for number, group in enumerate(groups.names)
        ),
        reason="no p-values: nothing is left unexplained" if larger.is_perfect else None,
    )
