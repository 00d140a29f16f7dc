"""The report and the model card of a finished grader on essays of one's own."""

from dataclasses import dataclass, replace

from huleedu_ml_training.export.bundle import REPORT_CONTEXT, REVIEW, Bundle
from huleedu_ml_training.models.review import review_rule_from_parameters
from huleedu_ml_training.reports.context import ReportContext
from huleedu_ml_training.reports.context_document import context_from_document
from huleedu_ml_training.reports.essay_figures import EssayFigures
from huleedu_ml_training.reports.html_report import render_html_report
from huleedu_ml_training.reports.model_card import render_model_card
from huleedu_ml_training.training.preparation import summarise
from huleedu_ml_training.training.results import Judgement


@dataclass(frozen=True, slots=True)
class JudgementPapers:
    """Writes what is to be read of a judgement.

    Attributes:
        judgement: The figures, the essays and the grader.
        context: What the papers say besides the figures.
    """

    judgement: Judgement
    context: ReportContext

    @classmethod
    def of(cls, judgement: Judgement, essays: str) -> "JudgementPapers":
        """Bring together what the grader's training knew and what it was judged on.

        Args:
            judgement: The figures.
            essays: What the essays are, as in "figures of …".

        Raises:
            UnsupportedReportContextError: The grader's own account of its training is of another
                version.
        """
        context = replace(
            bundle_context(judgement.bundle),
            evaluated_on=essays,
            evaluated=summarise(judgement.dataset),
            seen=int(judgement.scored.seen.sum()),
        )
        return cls(judgement, context)

    def report_html(self) -> str:
        """Return the HTML report; takes seconds, so call it from a thread."""
        judgement = self.judgement
        essays = EssayFigures.of(judgement.scored.predictions, judgement.dataset)
        return render_html_report(self.context, judgement.report, essays)

    def model_card(self) -> str:
        """Return the model card in Markdown."""
        return render_model_card(self.context, self.judgement.report)


def bundle_context(bundle: Bundle) -> ReportContext:
    """Return what a bundle says of its training.

    A bundle without an account of its own says what its manifest says; the rest is then named as
    missing.

    Raises:
        UnsupportedReportContextError: The account is of another version, or malformed.
    """
    if REPORT_CONTEXT in bundle.files:
        return context_from_document(bundle.document(REPORT_CONTEXT))
    manifest = bundle.manifest
    rule = review_rule_from_parameters(bundle.document(REVIEW)) if REVIEW in bundle.files else None
    return ReportContext(
        model_name=manifest.model_name,
        version=manifest.version,
        created_at=manifest.created_at,
        n_features=manifest.feature_count,
        parity=manifest.parity,
        feature_schema_digest=manifest.feature_schema_digest,
        seed=manifest.seed,
        library_versions=manifest.library_versions,
        review=rule,
    )
