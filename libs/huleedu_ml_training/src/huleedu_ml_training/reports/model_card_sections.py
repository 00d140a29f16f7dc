"""A model card as a value: what it says, before it becomes Markdown or a part of the report."""

from huleedu_ml_training.metrics.judgement_report import JudgementReport
from huleedu_ml_training.reports import card_data, card_figures, card_limits, card_origin
from huleedu_ml_training.reports.card_blocks import CardSection
from huleedu_ml_training.reports.context import ReportContext


def model_card_sections(context: ReportContext, report: JudgementReport) -> tuple[CardSection, ...]:
    """Return the sections of a model card, in order.

    What is not known is a block of its own that says so and how to get it. All texts are as they
    came: whoever prints them escapes them.

    Args:
        context: Where the grader comes from and how it was made.
        report: How it was judged.
    """
    return (
        card_origin.intended_use(context, report),
        card_origin.misuse(context),
        card_data.training_data(context),
        card_data.judged_data(context, report),
        card_origin.scale(report),
        card_figures.agreement(report),
        card_figures.ceilings(report),
        card_figures.groups(report),
        card_figures.shortcuts(report),
        card_limits.ranges(context, report),
        card_limits.review(context, report),
        card_limits.limits(report),
        card_origin.decision(context),
        card_origin.third_party(context),
        card_origin.reproduction(context, report),
        card_origin.contact(),
    )
