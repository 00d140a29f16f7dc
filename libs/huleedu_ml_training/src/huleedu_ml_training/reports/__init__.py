"""What people read about a grader: an HTML report and a model card.

Both are made from a :class:`~huleedu_ml_training.metrics.judgement_report.JudgementReport` and a
:class:`~huleedu_ml_training.reports.context.ReportContext`; what the context lacks is named as
missing, never left out in silence.
"""
