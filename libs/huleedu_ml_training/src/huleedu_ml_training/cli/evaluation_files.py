"""Which files ``evaluate`` writes, and writing them."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from huleedu_ml_training.cli.files import require_absent, write_file
from huleedu_ml_training.data.file_errors import FileAccessError

if TYPE_CHECKING:
    from huleedu_ml_training.training.results import Judgement

_NAMES = {
    "metrics": "metrics.json",
    "report": "report.html",
    "model_card": "model_card.md",
    "residuals": "residuals.parquet",
}


@dataclass(frozen=True, slots=True)
class EvaluationFiles:
    """Options of ``evaluate`` that name files.

    Attributes:
        metrics: The metrics as JSON.
        report: The report.
        model_card: The model card.
        residuals: What the model says of each essay.
        directory: Where all four go under their usual names, but for those named singly.
        force: Whether to replace what is there.
    """

    metrics: Annotated[
        Path | None,
        typer.Option("--output", help="Write the metrics as JSON here.", show_default=False),
    ] = None
    report: Annotated[
        Path | None,
        typer.Option("--report", help="Write the HTML report here.", show_default=False),
    ] = None
    model_card: Annotated[
        Path | None,
        typer.Option("--model-card", help="Write the model card here.", show_default=False),
    ] = None
    residuals: Annotated[
        Path | None,
        typer.Option(
            "--residuals",
            help="Write what the model says of each essay to this Parquet file.",
            show_default=False,
        ),
    ] = None
    directory: Annotated[
        Path | None,
        typer.Option(
            "--output-dir",
            help=f"Write all of them into this directory: {', '.join(_NAMES.values())}.",
            show_default=False,
        ),
    ] = None
    force: Annotated[bool, typer.Option("--force", help="Replace existing output files.")] = False

    def wanted(self) -> dict[str, Path]:
        """Return the files to write, by name of the option.

        Raises:
            OutputFileExistsError: One of them is there and is not to be replaced.
        """
        paths = {}
        for name, usual in _NAMES.items():
            path: Path | None = getattr(self, name)
            if path is None and self.directory is not None:
                path = self.directory / usual
            if path is not None:
                require_absent(path, force=self.force)
                paths[name] = path
        return paths


NO_FILES = EvaluationFiles()
"""Default of the argument: no option given."""


def write_evaluation(
    paths: dict[str, Path], judgement: "Judgement", essays: str, *, force: bool
) -> None:
    """Write files of a judgement; blocking, so call it from a thread.

    Args:
        paths: What to write, as :meth:`EvaluationFiles.wanted` returns it.
        judgement: The figures.
        essays: What the essays are, as in "figures of …".
        force: Whether to replace what is there.

    Raises:
        OutputFileExistsError: A file has come to be there meanwhile.
        FileAccessError: The operating system refuses.
    """
    import json

    from huleedu_ml_training.training.judgement_papers import JudgementPapers
    from huleedu_ml_training.training.residuals import write_residuals

    for path in paths.values():
        require_absent(path, force=force)
        _make_directory(path.parent)
    if "metrics" in paths:
        text = json.dumps(judgement.report.to_dict(), indent=1, ensure_ascii=False)
        write_file(paths["metrics"], text + "\n", force=force)
    if "residuals" in paths:
        write_residuals(
            paths["residuals"], judgement.scored, judgement.dataset, review=judgement.review
        )
    if "report" in paths or "model_card" in paths:
        papers = JudgementPapers.of(judgement, essays)
        if "report" in paths:
            write_file(paths["report"], papers.report_html(), force=force)
        if "model_card" in paths:
            write_file(paths["model_card"], papers.model_card(), force=force)


def _make_directory(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileAccessError(path=path, action="created", reason=reason) from None
