"""The sections of a model card that say which essays a grader learnt from and was judged on."""

from collections.abc import Mapping

from huleedu_ml_training.metrics.judgement_report import JudgementReport
from huleedu_ml_training.reports.card_blocks import (
    KEPT_IN_BUNDLE,
    NOT_STATED,
    Block,
    Bullets,
    CardSection,
    CardTable,
    Missing,
    Notice,
    Paragraph,
    facts,
)
from huleedu_ml_training.reports.context import DataSummary, ReportContext


def training_data(context: ReportContext) -> CardSection:
    """Say what the grader learnt from."""
    blocks: tuple[Block, ...]
    if context.data is None:
        blocks = (Missing("the essays that it learnt from", KEPT_IN_BUNDLE),)
    else:
        table = _data_table("Essays that it was made from", context.data)
        divided = ("Divided by", context.split_scheme or NOT_STATED)
        blocks = (CardTable(table.caption, table.columns, (*table.rows, divided)),)
        blocks = (*blocks, *_missing_columns(context.data))
        if context.data.notes:
            blocks = (*blocks, Bullets(context.data.notes))
    return CardSection("training-data", "What it learnt from", blocks)


def judged_data(context: ReportContext, report: JudgementReport) -> CardSection:
    """Say which essays the figures speak of."""
    n = report.evaluation.n
    blocks: list[Block] = [
        Paragraph(f"All figures below are of {n} essays of {context.evaluated_on}.")
    ]
    if context.seen:
        blocks.insert(
            0,
            Notice(
                "Not held out.",
                f"The model was trained or stopped on {context.seen} of these {n} essays: the "
                "figures flatter it.",
            ),
        )
    if context.evaluated is not None:
        blocks.append(_data_table("Essays that it was judged on", context.evaluated))
    return CardSection("judged-data", "What it was judged on", tuple(blocks))


def _data_table(caption: str, data: DataSummary) -> CardTable:
    rows: list[tuple[str, object]] = [
        ("Essays", data.n_essays),
        ("Synthetic", "yes, at least in part" if data.synthetic else "no"),
        ("Prompts", data.n_prompts),
        ("Sources", ", ".join(data.sources)),
        ("Languages", ", ".join(data.languages)),
        ("School years", ", ".join(data.school_years)),
        ("Words", data.words and _words(data.words)),
        ("Graded by two raters or more", data.double_rated),
        *([("Parts", _counts(data.parts))] if data.parts else []),
        ("Grades", _counts(data.grades)),
        ("Data digest", data.dataset_digest),
    ]
    return facts(caption, rows)


def _missing_columns(data: DataSummary) -> list[Block]:
    """Name what essays could have said of themselves, and do not."""
    missing: list[Block] = []
    if not data.sources:
        how = "Import essays with --source."
        missing.append(Missing("which corpora the essays came from", how))
    if not data.school_years:
        how = "Import essays with the time at which they were written (created_at)."
        missing.append(Missing("in which school years the essays were written", how))
    return missing


def _words(words: tuple[int, int, int]) -> str:
    least, middle, most = words
    return f"{least} to {most}, median {middle}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name}: {n}" for name, n in counts.items())
