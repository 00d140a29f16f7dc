"""What the figures of an assessment are that an evaluation does not have.

They share the version of :data:`~huleedu_ml_training.metrics.values.METRICS_VERSION`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from huleedu_ml_training.metrics.definitions import METRICS, Better, MetricDefinition

_RSMTOOL = "RSMTool; Williamson, Xi & Breyer 2012"
_LOUKINA = "Haberman 2008; Loukina et al. 2020"
_CLASSICAL = "classical test theory; Lord & Novick 1968"


def _human_human(name: str) -> MetricDefinition:
    metric = METRICS[name]
    return MetricDefinition(
        name=f"human_human_{name}",
        title=f"{metric.title} of people",
        better=metric.better,
        unit=metric.unit,
        definition=(
            "The same between two raters on the essays that both graded; a mean over pairs of "
            "raters, weighted by those essays."
        ),
        source=f"{_RSMTOOL}; Light 1971 for more than two raters",
    )


def _human_machine(name: str) -> MetricDefinition:
    metric = METRICS[name]
    return MetricDefinition(
        name=f"human_machine_{name}",
        title=f"{metric.title} of person and machine",
        better=metric.better,
        unit=metric.unit,
        definition=(
            "The same between the machine and either rater of a pair, on the essays that both "
            "raters graded; a mean over both and over pairs, weighted by those essays."
        ),
        source="this project: like for like with the human-human figure",
    )


def _degradation(name: str) -> MetricDefinition:
    metric = METRICS[name]
    return MetricDefinition(
        name=f"degradation_{name}",
        title=f"Degradation: {metric.title}",
        better=Better.HIGHER,
        unit=f"difference; {metric.unit}",
        definition=(
            "The human-machine figure minus the human-human figure of each pair of raters, on the "
            "same essays; a mean over pairs, weighted by those essays."
        ),
        source=_RSMTOOL,
    )


_PAIRED = ("qwk", "accuracy", "adjacent_agreement", "pearson")

_RATER_DEFINITIONS = (
    *map(_human_human, _PAIRED),
    *map(_human_machine, _PAIRED),
    *map(_degradation, _PAIRED),
    MetricDefinition(
        name="disattenuated_pearson",
        title="Disattenuated correlation",
        better=Better.HIGHER,
        unit="0 to 1, above 1 by chance",
        definition=(
            "Correlation of machine and single rater divided by the square root of the "
            "correlation of two raters: the machine's with the raters' true scores."
        ),
        source=f"Spearman 1904; {_RSMTOOL}",
    ),
    MetricDefinition(
        name="prmse",
        title="Proportional reduction in mean squared error",
        better=Better.HIGHER,
        unit="at most 1, above 1 by chance; 0 is no better than the mean",
        definition=(
            "1 minus the mean squared error of the expected grade as an estimate of the true "
            "score, divided by the variance of true scores."
        ),
        source=_LOUKINA,
    ),
    MetricDefinition(
        name="rater_reliability",
        title="Reliability of a single rater",
        better=Better.HIGHER,
        unit="0 to 1",
        definition=(
            "Variance of true scores divided by itself plus the variance of a rater's errors."
        ),
        source=f"{_CLASSICAL}; variances as for the PRMSE",
    ),
    MetricDefinition(
        name="rater_error_variance",
        title="Error variance of a single rater",
        better=Better.LOWER,
        unit="squared levels",
        definition="Pooled variance of the ratings of one essay, over essays with two or more.",
        source=_LOUKINA,
    ),
    MetricDefinition(
        name="true_score_variance",
        title="Variance of true scores",
        better=Better.HIGHER,
        unit="squared levels",
        definition=(
            "Variance of essays' mean ratings, weighted by ratings, less what raters' errors add."
        ),
        source=_LOUKINA,
    ),
    MetricDefinition(
        name="attainable_qwk",
        title="Attainable kappa",
        better=Better.HIGHER,
        unit="at most 1",
        definition="2ρ / (1 + ρ): kappa of true scores against a single rater of reliability ρ.",
        source=_CLASSICAL,
    ),
    MetricDefinition(
        name="attainable_qwk_two_raters",
        title="Attainable kappa, two raters",
        better=Better.HIGHER,
        unit="at most 1",
        definition="4ρ / (1 + 3ρ): kappa of true scores against the mean of two raters.",
        source=f"{_CLASSICAL}; Spearman 1910; Brown 1910",
    ),
    MetricDefinition(
        name="attainable_qwk_equated",
        title="Attainable kappa, equated",
        better=Better.HIGHER,
        unit="at most 1",
        definition=(
            "√ρ: kappa against a single rater of true scores stretched to spread like ratings."
        ),
        source=_CLASSICAL,
    ),
)

_GROUP_DEFINITIONS = (
    MetricDefinition(
        name="dsm",
        title="Difference of standardised means",
        better=Better.NEAR_ZERO,
        unit="standard deviations",
        definition=(
            "Mean over a group's essays of the machine's expected grade minus the human grade, "
            "each standardised by mean and sample standard deviation (n - 1) of all essays."
        ),
        source="RSMTool 7 and later",
    ),
    MetricDefinition(
        name="worst_prompt_qwk",
        title="Worst prompt",
        better=Better.HIGHER,
        unit="at most 1; 0 is chance",
        definition="Least quadratic weighted kappa of the prompts with at least 30 essays.",
        source="this project",
    ),
    MetricDefinition(
        name="shrunken_qwk",
        title="Shrunken kappa of a prompt",
        better=Better.HIGHER,
        unit="at most 1; 0 is chance",
        definition=(
            "A prompt's kappa drawn towards the mean of the prompts with at least 30 essays, the "
            "more the noisier it is and the less the prompts differ."
        ),
        source="empirical Bayes, normal model: Morris 1983; DerSimonian & Laird 1986",
    ),
    MetricDefinition(
        name="overall_score_accuracy",
        title="Overall score accuracy",
        better=Better.NEAR_ZERO,
        unit="adjusted R²",
        definition="Share of the variance of squared errors that goes with the group.",
        source="Loukina, Madnani & Zechner 2019; RSMTool",
    ),
    MetricDefinition(
        name="overall_score_difference",
        title="Overall score difference",
        better=Better.NEAR_ZERO,
        unit="adjusted R²",
        definition="Share of the variance of signed errors that goes with the group.",
        source="Loukina, Madnani & Zechner 2019; RSMTool",
    ),
    MetricDefinition(
        name="conditional_score_difference",
        title="Conditional score difference",
        better=Better.NEAR_ZERO,
        unit="difference of adjusted R²",
        definition=(
            "What the group adds to the share of the variance of signed errors that goes with the "
            "human grade."
        ),
        source="Loukina, Madnani & Zechner 2019; RSMTool",
    ),
)


def _by_name(definitions: tuple[MetricDefinition, ...]) -> Mapping[str, MetricDefinition]:
    return MappingProxyType({definition.name: definition for definition in definitions})


RATER_METRICS: Mapping[str, MetricDefinition] = _by_name(_RATER_DEFINITIONS)
"""Figures that need the grades of single raters, by name."""

ASSESSMENT_METRICS: Mapping[str, MetricDefinition] = _by_name(
    (*_RATER_DEFINITIONS, *_GROUP_DEFINITIONS)
)
"""All figures of an assessment that an evaluation does not have, by name."""
