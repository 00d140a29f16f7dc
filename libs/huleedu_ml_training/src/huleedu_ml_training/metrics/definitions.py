"""What each metric is, which way it points, and when it is undefined."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Better(StrEnum):
    """Which values of a metric are good ones."""

    HIGHER = "higher"
    LOWER = "lower"
    NEAR_ZERO = "near_zero"


class Requirement(StrEnum):
    """What the essays must have for a metric to be defined; the value is the reason if not."""

    TWO_ESSAYS = "there is only one essay"
    HUMAN_VARIANCE = "all essays have the same human grade"
    MACHINE_VARIANCE = "the model gives every essay the same grade"
    SCORE_VARIANCE = "the model gives every essay the same score"


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """One metric.

    Attributes:
        name: Key in documents and code.
        title: Heading for people.
        better: Which way it points.
        unit: Unit or range.
        definition: One sentence that fixes the quantity.
        source: Where the definition comes from.
        requires: What must hold for it to be defined, most telling first.
        is_biased: Whether its value on a sample grows with sampling noise, so that the middle of
            its bootstrap distribution lies above the value; its interval is then moved back.
    """

    name: str
    title: str
    better: Better
    unit: str
    definition: str
    source: str
    requires: tuple[Requirement, ...] = ()
    is_biased: bool = False


_BOTH_VARY = (
    Requirement.TWO_ESSAYS,
    Requirement.HUMAN_VARIANCE,
    Requirement.MACHINE_VARIANCE,
)
_SCORE_VARIES = (Requirement.TWO_ESSAYS, Requirement.HUMAN_VARIANCE, Requirement.SCORE_VARIANCE)

_DEFINITIONS = (
    MetricDefinition(
        name="qwk",
        title="Quadratic weighted kappa",
        better=Better.HIGHER,
        unit="at most 1; 0 is chance",
        definition=(
            "1 minus the mean squared difference in levels, divided by the one expected if human "
            "and machine grades were independent with the same distributions."
        ),
        source="Cohen 1968, with quadratic weights over the full label set",
        requires=_BOTH_VARY,
    ),
    MetricDefinition(
        name="accuracy",
        title="Exact agreement",
        better=Better.HIGHER,
        unit="share of essays",
        definition="Share of essays where machine and human grade are the same.",
        source="Williamson, Xi & Breyer 2012",
    ),
    MetricDefinition(
        name="adjacent_agreement",
        title="Adjacent agreement",
        better=Better.HIGHER,
        unit="share of essays",
        definition="Share of essays where the grades differ by one level at most.",
        source="Williamson, Xi & Breyer 2012",
    ),
    MetricDefinition(
        name="mae",
        title="Mean absolute error",
        better=Better.LOWER,
        unit="levels",
        definition="Mean distance between machine and human grade.",
        source="standard",
    ),
    MetricDefinition(
        name="rmse",
        title="Root mean squared error",
        better=Better.LOWER,
        unit="levels",
        definition="Square root of the mean squared distance between machine and human grade.",
        source="standard",
    ),
    MetricDefinition(
        name="bias",
        title="Bias",
        better=Better.NEAR_ZERO,
        unit="levels",
        definition="Mean of machine minus human grade; above zero the machine is lenient.",
        source="standard",
    ),
    MetricDefinition(
        name="smd",
        title="Standardised mean difference",
        better=Better.NEAR_ZERO,
        unit="human standard deviations",
        definition=(
            "Mean machine grade minus mean human grade, divided by the sample standard deviation "
            "(n - 1) of the human grades."
        ),
        source="Williamson, Xi & Breyer 2012; RSMTool's unpooled variant",
        requires=(Requirement.TWO_ESSAYS, Requirement.HUMAN_VARIANCE),
    ),
    MetricDefinition(
        name="pearson",
        title="Pearson correlation",
        better=Better.HIGHER,
        unit="−1 to 1",
        definition="Linear correlation of the expected grade with the human grade.",
        source="standard",
        requires=_SCORE_VARIES,
    ),
    MetricDefinition(
        name="spearman",
        title="Spearman correlation",
        better=Better.HIGHER,
        unit="−1 to 1",
        definition="Linear correlation of the mid-ranks of expected and human grade.",
        source="Spearman 1904",
        requires=_SCORE_VARIES,
    ),
    MetricDefinition(
        name="brier",
        title="Brier score",
        better=Better.LOWER,
        unit="0 to 2",
        definition=(
            "Mean over essays of the squared distance between the probabilities of all grades and "
            "the human grade (1 for it, 0 elsewhere)."
        ),
        source="Brier 1950, the original form over all classes",
    ),
    MetricDefinition(
        name="rps",
        title="Ranked probability score",
        better=Better.LOWER,
        unit="0 to 1",
        definition=(
            "Like the Brier score on the cumulative probabilities, divided by the number of grades "
            "minus 1; probability far from the human grade costs more than probability beside it."
        ),
        source="Epstein 1969; Murphy 1971",
    ),
    MetricDefinition(
        name="log_loss",
        title="Log loss",
        better=Better.LOWER,
        unit="nats",
        definition=(
            "Mean of minus the natural logarithm of the human grade's probability, which counts as "
            "at least 2.2e-16."
        ),
        source="Good 1952",
    ),
    MetricDefinition(
        name="ece",
        title="Expected calibration error",
        better=Better.LOWER,
        unit="0 to 1",
        definition=(
            "Mean gap between confidence and hit rate of the most probable grade, over ten equally "
            "wide bins of confidence, weighted by essays."
        ),
        source="Naeini, Cooper & Hauskrecht 2015; Guo et al. 2017",
        is_biased=True,
    ),
    MetricDefinition(
        name="adaptive_ece",
        title="Adaptive calibration error",
        better=Better.LOWER,
        unit="0 to 1",
        definition="As the expected calibration error, over ten bins of equally many essays.",
        source="Nguyen & O'Connor 2015; Nixon et al. 2019",
        is_biased=True,
    ),
)

METRICS: Mapping[str, MetricDefinition] = MappingProxyType(
    {definition.name: definition for definition in _DEFINITIONS}
)
"""Every metric by name, in the order in which reports show them."""
