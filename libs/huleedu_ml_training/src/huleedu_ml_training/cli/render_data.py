"""How the ``data`` commands print what they found and did."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from huleedu_ml_training.cli.output import Output
from huleedu_ml_training.data.description import DatasetDescription, Slice
from huleedu_ml_training.data.import_report import Fate, ImportReport
from huleedu_ml_training.domain.dataset import EssayDataset

_REJECTED_SHOWN = 20
_PROMPTS_SHOWN = 40


def show_import(output: Output, report: ImportReport) -> None:
    """Print what an import did."""
    title = f"Import of {report.source} on the scale {report.scale}"
    if report.dry_run:
        title = f"{title} (dry run: nothing was written)"
    rows: list[tuple[str, int]] = [
        ("read", report.n_read),
        ("kept", report.n_kept),
        *((f"  {fate}", report.fates[fate]) for fate in Fate),
        ("rejected", len(report.rejected)),
    ]
    output.table(title, ("rows", "count"), rows, right=("count",))
    if report.rejected:
        shown = report.rejected[:_REJECTED_SHOWN]
        more = len(report.rejected) - len(shown)
        output.table(
            f"Rejected rows{f' (and {more:,} more)' if more else ''}",
            ("row", "column", "value", "reason"),
            [(row.row, row.column, row.value, row.reason) for row in shown],
            right=("row",),
        )
    if report.unused_columns:
        output.note(f"columns that were not used: {', '.join(report.unused_columns)}")
    output.document("data.import", report.to_dict())


def show_export(output: Output, path: Path, dataset: EssayDataset) -> None:
    """Print what was written to a file."""
    output.line(f"{len(dataset):,} essays on the scale {dataset.scale.name} → {path}")
    output.document(
        "data.export",
        {
            "path": str(path),
            "n_essays": len(dataset),
            "scale": dataset.scale.name,
            "digest": dataset.digest,
        },
    )


def show_description(output: Output, found: DatasetDescription) -> None:
    """Print the figures of a data set."""
    words = found.words
    rows: list[tuple[str, object]] = [
        ("essays", f"{found.n_essays:,}"),
        ("distinct texts", f"{found.n_texts:,}"),
        ("prompts", f"{sum(1 for prompt in found.prompts if prompt.name is not None):,}"),
        ("words per essay", f"{words.minimum} … {words.maximum}, median {words.median:.0f}"),
        ("languages", _counts(found.languages)),
        ("sources", _counts(found.sources)),
        ("written", _span(found.first_at, found.last_at)),
        ("undated", f"{found.n_undated:,}"),
        ("raters", f"{found.n_raters}"),
        ("rated at least twice", f"{found.n_rated_twice:,}"),
        ("digest", found.digest[:16]),
    ]
    output.table(f"Essays on the scale {found.scale}", ("what", "value"), rows)
    _show_slices(output, "Grades, lowest first", "grade", found.grades)
    more = len(found.prompts) - _PROMPTS_SHOWN
    title = f"Prompts{f' (and {more} more)' if more > 0 else ''}"
    _show_slices(output, title, "prompt", found.prompts[:_PROMPTS_SHOWN], mean_grade=True)
    output.document("data.describe", found.to_dict())


def _show_slices(
    output: Output, title: str, kind: str, slices: tuple[Slice, ...], *, mean_grade: bool = False
) -> None:
    columns = (kind, "essays", "share", "median words", *(("mean level",) if mean_grade else ()))
    rows = [
        (
            part.name,
            f"{part.n_essays:,}",
            f"{part.share:.1%}",
            None if part.words is None else f"{part.words.median:.0f}",
            *((f"{part.mean_grade:.2f}",) if mean_grade else ()),
        )
        for part in slices
    ]
    output.table(title, columns, rows, right=columns[1:])


def _counts(counts: Mapping[str | None, int] | Mapping[str, int]) -> str:
    return ", ".join(f"{name or 'not known'} ({n:,})" for name, n in counts.items())


def _span(first: datetime | None, last: datetime | None) -> str | None:
    return None if first is None or last is None else f"{first:%Y-%m-%d} … {last:%Y-%m-%d}"
