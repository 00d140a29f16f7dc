"""What the figures of a judgement are that stand neither in the metrics nor in an assessment.

They share the version of :data:`~huleedu_ml_training.metrics.values.METRICS_VERSION`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from huleedu_ml_training.metrics.definitions import Better, MetricDefinition, Requirement

_CONFORMAL = "Vovk, Gammerman & Shafer 2005; Romano, Sesia & Candès 2020"
_PERTURBED = "this project; after Powers et al. 2002 and Kumar et al. 2020"

_DEFINITIONS = (
    MetricDefinition(
        name="grade_share",
        title="Share of a grade, human minus machine",
        better=Better.NEAR_ZERO,
        unit="share of essays",
        definition=(
            "Share of essays to which people gave a grade, minus the share to which the machine "
            "gave it."
        ),
        source="RSMTool's distribution of scores",
    ),
    MetricDefinition(
        name="threshold_ece",
        title="Calibration error per threshold",
        better=Better.LOWER,
        unit="0 to 1",
        definition=(
            "Mean gap between the stated probability that an essay reaches a grade and the share "
            "of essays that people gave that grade or a higher one, over ten equally wide bins, "
            "weighted by essays."
        ),
        source="Naeini, Cooper & Hauskrecht 2015, per cumulative threshold",
        is_biased=True,
    ),
    MetricDefinition(
        name="threshold_adaptive_ece",
        title="Adaptive calibration error per threshold",
        better=Better.LOWER,
        unit="0 to 1",
        definition="The same, over ten bins of equally many essays.",
        source="Nguyen & O'Connor 2015; Nixon et al. 2019, per cumulative threshold",
        is_biased=True,
    ),
    MetricDefinition(
        name="set_coverage",
        title="Coverage of the ranges",
        better=Better.HIGHER,
        unit="share of essays",
        definition="Share of essays whose range of grades holds the human grade.",
        source=_CONFORMAL,
    ),
    MetricDefinition(
        name="set_size",
        title="Mean size of the ranges",
        better=Better.LOWER,
        unit="grades",
        definition="Mean number of grades in an essay's range.",
        source=_CONFORMAL,
    ),
    MetricDefinition(
        name="single_grade_share",
        title="Ranges of one grade",
        better=Better.HIGHER,
        unit="share of essays",
        definition="Share of essays whose range is a single grade.",
        source=_CONFORMAL,
    ),
    MetricDefinition(
        name="human_correlation",
        title="Human grade and surface",
        better=Better.NEAR_ZERO,
        unit="−1 to 1",
        definition="Linear correlation of the human grade with a surface property of the text.",
        source="standard",
        requires=(Requirement.TWO_ESSAYS,),
    ),
    MetricDefinition(
        name="machine_correlation",
        title="Machine score and surface",
        better=Better.NEAR_ZERO,
        unit="−1 to 1",
        definition="Linear correlation of the expected grade with a surface property of the text.",
        source="standard",
        requires=(Requirement.TWO_ESSAYS,),
    ),
    MetricDefinition(
        name="partial_correlation",
        title="Machine score and surface, given the human grade",
        better=Better.NEAR_ZERO,
        unit="−1 to 1",
        definition=(
            "Correlation of what is left of expected grade and surface property when the human "
            "grade is taken out of both by linear regression."
        ),
        source="Yule 1907; RSMTool's partial correlations",
        requires=(Requirement.TWO_ESSAYS, Requirement.HUMAN_VARIANCE, Requirement.SCORE_VARIANCE),
    ),
    MetricDefinition(
        name="moved",
        title="Grades that move",
        better=Better.NEAR_ZERO,
        unit="share of essays",
        definition="Share of essays whose decided grade changes when the text is changed.",
        source=_PERTURBED,
    ),
    MetricDefinition(
        name="moved_up",
        title="Grades that rise",
        better=Better.NEAR_ZERO,
        unit="share of essays",
        definition="Share of essays whose decided grade rises when the text is changed.",
        source=_PERTURBED,
    ),
    MetricDefinition(
        name="moved_down",
        title="Grades that fall",
        better=Better.NEAR_ZERO,
        unit="share of essays",
        definition="Share of essays whose decided grade falls when the text is changed.",
        source=_PERTURBED,
    ),
    MetricDefinition(
        name="grade_change",
        title="Mean change of the grade",
        better=Better.NEAR_ZERO,
        unit="levels",
        definition="Mean of the decided grade of the changed text minus that of the original.",
        source=_PERTURBED,
    ),
    MetricDefinition(
        name="score_change",
        title="Mean change of the expected grade",
        better=Better.NEAR_ZERO,
        unit="levels",
        definition="Mean of the expected grade of the changed text minus that of the original.",
        source=_PERTURBED,
    ),
)

JUDGEMENT_METRICS: Mapping[str, MetricDefinition] = MappingProxyType(
    {definition.name: definition for definition in _DEFINITIONS}
)
"""Every figure of a judgement but the metrics and those of an assessment, by name."""
