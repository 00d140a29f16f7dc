"""What commands print: tables for people, one document for programs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huleedu_ml_training.cli.runtime import CommandContext

if TYPE_CHECKING:
    from huleedu_ml_training.inference import EssayScore, EssayScorer
    from huleedu_ml_training.metrics.evaluation import EvaluationReport
    from huleedu_ml_training.registry.records import ModelRecord
    from huleedu_ml_training.reports.context import DataSummary
    from huleedu_ml_training.training.results import TrainingResult, TuningResult

_SHORT_ID = 8


@dataclass(frozen=True, slots=True)
class DemoScore:
    """One new essay, the teacher's grade and the grader's answer.

    Attributes:
        text: The essay.
        teacher: The (synthetic) teacher's grade.
        score: What the grader says.
    """

    text: str
    teacher: str
    score: "EssayScore"


def show_training(context: CommandContext, result: "TrainingResult") -> None:
    """Print a finished training run."""
    model = result.model
    _data_table(context, result.data)
    _metrics_table(context, result.evaluation, "Held-out test part")
    _model_table(context, model, context.settings.home / model.model_path)
    _next_steps(
        context,
        (
            f"train-essay-grader registry promote --model-id {_short(model)} --stage staging",
            f"train-essay-grader evaluate --model-path {model.model_path}",
            f"train-essay-grader score --model {_short(model)} essay.txt",
        ),
    )
    context.output.document("train", _training_document(context, result))


def show_demo(
    context: CommandContext,
    result: "TrainingResult",
    model: "ModelRecord",
    graded: Sequence[DemoScore],
    location: Path,
) -> None:
    """Print what the demo did, and what to try next."""
    _data_table(context, result.data)
    _metrics_table(context, result.evaluation, "Held-out test part")
    _model_table(context, model, location)
    _scores_table(
        context,
        "Three new synthetic essays (in brackets the teacher's grade), graded by the model",
        [f"{number} ({item.teacher})" for number, item in enumerate(graded, start=1)],
        [item.score for item in graded],
    )
    for number, item in enumerate(graded, start=1):
        context.output.line(f"  {number}: {_excerpt(item.text)}")
    _next_steps(
        context,
        (
            f"train-essay-grader score --model models:/{model.model_name}/production essay.txt",
            f"train-essay-grader registry history --model-name {model.model_name}",
            f"train-essay-grader evaluate --model-path {model.model_path}",
        ),
    )
    context.output.document(
        "demo",
        {
            **_training_document(context, result),
            "stage": model.stage.value,
            "graded": [
                {"text": item.text, "teacher": item.teacher, "score": asdict(item.score)}
                for item in graded
            ],
        },
    )


def show_scores(
    context: CommandContext,
    scorer: "EssayScorer",
    names: Sequence[str],
    scores: Sequence["EssayScore"],
) -> None:
    """Print the grades of essays."""
    title = f"Graded by {scorer.model_name} {scorer.version}"
    _scores_table(context, title, names, scores)
    context.output.document(
        "score",
        {
            "model_name": scorer.model_name,
            "version": scorer.version,
            "scores": [
                {"essay": name, **asdict(score)} for name, score in zip(names, scores, strict=True)
            ],
        },
    )


def show_tuning(context: CommandContext, result: "TuningResult", written: Path) -> None:
    """Print the best trial of a study."""
    context.output.table(
        f"Study {result.study_name}",
        ("", result.objective),
        [
            ("configured hyperparameters", f"{result.default_value:.4f}"),
            ("best trial", f"{result.best_value:.4f}"),
            ("finished trials", result.n_finished),
            ("of them given up early", result.n_pruned),
            *((name, _compact(value)) for name, value in result.best_parameters.items()),
        ],
        right=(result.objective,),
    )
    _next_steps(context, (f"train-essay-grader train --config {written}",))
    context.output.document(
        "tune",
        {
            "study_name": result.study_name,
            "objective": result.objective,
            "best_value": result.best_value,
            "default_value": result.default_value,
            "best_parameters": dict(result.best_parameters),
            "n_finished": result.n_finished,
            "n_pruned": result.n_pruned,
            "run_id": str(result.run.id),
            "config": str(written),
        },
    )


def _scores_table(
    context: CommandContext, title: str, names: Sequence[str], scores: Sequence["EssayScore"]
) -> None:
    labels = list(scores[0].probabilities)
    context.output.table(
        title,
        ("essay", "grade", "sure", "range", "review", *labels),
        [
            (
                name,
                score.grade,
                f"{score.confidence:.0%}",
                _range(score),
                "yes" if score.review else None,
                *(f"{score.probabilities[label]:.0%}" for label in labels),
            )
            for name, score in zip(names, scores, strict=True)
        ],
        right=("sure", *labels),
        whole=("sure", "range", *labels),
    )


def _range(score: "EssayScore") -> str | None:
    if score.lowest is None or score.highest is None:
        return None
    return score.lowest if score.lowest == score.highest else f"{score.lowest} … {score.highest}"


def _data_table(context: CommandContext, data: "DataSummary") -> None:
    parts = ", ".join(f"{name} {count}" for name, count in data.parts.items())
    rows: list[tuple[str, object]] = [
        ("essays", f"{data.n_essays} ({parts})"),
        ("prompts", data.n_prompts),
        ("grades", ", ".join(f"{label} {count}" for label, count in data.grades.items())),
        ("sources", ", ".join(data.sources) or None),
    ]
    rows += [("note", note) for note in data.notes]
    title = "Data (synthetic)" if data.synthetic else "Data"
    context.output.table(title, ("", "value"), rows)


def _metrics_table(context: CommandContext, report: "EvaluationReport", title: str) -> None:
    from huleedu_ml_training.metrics.format import METRIC_COLUMNS, metric_rows

    confidence = f"{report.resampling.confidence:.0%}"
    context.output.table(
        f"{title}: {report.n} essays, {confidence} intervals over {report.resampling.by}s",
        METRIC_COLUMNS,
        metric_rows(report),
        right=("value", "interval"),
        whole=("interval",),
    )
    for note in report.notes:
        context.output.note(f"note: {note}")


def _model_table(context: CommandContext, model: "ModelRecord", location: Path) -> None:
    context.output.table(
        "Registered",
        ("", "value"),
        [
            ("model", model.model_name),
            ("version", model.version),
            ("id", model.id),
            ("stage", model.stage.value),
            ("bundle", location),
            ("report", location / "report.html"),
        ],
    )


def _next_steps(context: CommandContext, commands: Sequence[str]) -> None:
    context.output.line("Try next:")
    for command in commands:
        context.output.line(f"  {command}")


def _training_document(context: CommandContext, result: "TrainingResult") -> dict[str, Any]:
    model = result.model
    location = context.settings.home / model.model_path
    return {
        "model_id": str(model.id),
        "model_name": model.model_name,
        "version": model.version,
        "stage": model.stage.value,
        "model_path": model.model_path,
        "bundle": str(location),
        "report": str(location / "report.html"),
        "run_id": str(result.run.id),
        "resumed": result.resumed,
        "data": asdict(result.data),
        "evaluation": result.evaluation.to_dict(),
    }


def _compact(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _short(model: "ModelRecord") -> str:
    return str(model.id)[:_SHORT_ID]


def _excerpt(text: str, length: int = 72) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= length else f"{flat[:length].rstrip()}…"
