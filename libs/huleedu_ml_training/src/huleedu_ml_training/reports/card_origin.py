"""The sections of a model card that say what a grader is: use, scale, making."""

from datetime import UTC

from huleedu_ml_training.metrics.judgement_report import JudgementReport
from huleedu_ml_training.metrics.values import METRICS_VERSION
from huleedu_ml_training.reports.card_blocks import (
    KEPT_IN_BUNDLE,
    NOT_STATED,
    Block,
    Bullets,
    CardSection,
    CardTable,
    Commands,
    Missing,
    Notice,
    Paragraph,
    facts,
)
from huleedu_ml_training.reports.context import ReportContext

_SYNTHETIC = Notice(
    "Synthetic essays.",
    "This model learnt from generated texts, not from pupils. Its figures show that the pipeline "
    "works; they say nothing about real grading.",
)


def intended_use(context: ReportContext, report: JudgementReport) -> CardSection:
    """Say what the grader is for."""
    scale = report.evaluation.scale
    purpose = (
        f"It proposes a grade on the scale {scale.name} ({', '.join(scale.labels)}) for a pupil's "
        "essay, with a probability for each grade. A teacher decides; the proposal is advice: a "
        "second opinion, or a sign of which essays need one."
    )
    first = [_SYNTHETIC] if context.data is not None and context.data.synthetic else []
    return CardSection("use", "What it is for", (*first, Paragraph(purpose)))


def misuse(context: ReportContext) -> CardSection:
    """Say what the grader is not for."""
    data = context.data
    languages = "" if data is None else f" (it learnt from texts in {_list(data.languages)})"
    return CardSection(
        "misuse",
        "What it is not for",
        (
            Bullets(
                (
                    "Deciding on admission, passing or another matter of weight without a person.",
                    (
                        f"Texts unlike those it learnt from: other languages{languages}, other "
                        "ages, other kinds of text."
                    ),
                    (
                        "Telling who wrote a text: it grades what it is given, copied and "
                        "generated texts included."
                    ),
                    (
                        "Comparing schools or teachers: what prompts, classes and raters have in "
                        "common goes into every mean."
                    ),
                )
            ),
        ),
    )


def scale(report: JudgementReport) -> CardSection:
    """Say what the grades are, and how many essays have each."""
    evaluation = report.evaluation
    rows = tuple(
        (label, str(level), str(human), str(machine))
        for level, (label, human, machine) in enumerate(
            zip(
                evaluation.scale.labels,
                evaluation.human_counts,
                evaluation.machine_counts,
                strict=True,
            )
        )
    )
    columns = ("grade", "level", "by people", "by the machine")
    text = (
        "Differences of grades are counted in levels, as if each step of the scale were equally "
        "wide."
    )
    table = CardTable(
        f"Essays per grade, scale {evaluation.scale.name}", columns, rows, columns[1:]
    )
    return CardSection("scale", "Scale", (table, Paragraph(text)))


def decision(context: ReportContext) -> CardSection:
    """Say how a grade comes about."""
    chosen = next((option.rule for option in context.decisions if option.chosen), None)
    calibration = context.calibration
    features = context.top_features(5)
    rows: list[tuple[str, object]] = [
        ("Model", context.model_kind),
        ("Feature columns", context.n_features),
        ("Decision rule", chosen),
        (
            "Calibration",
            calibration
            and f"{calibration.method}: ranked probability score {calibration.rps_before:.4f} "
            f"before, {calibration.rps_after:.4f} after",
        ),
        (
            "Most important features",
            ", ".join(f"{name} ({share:.0%})" for name, share in features),
        ),
        (
            "Exported graph equals the model",
            context.parity and ("yes" if context.parity.get("passed") is True else "no"),
        ),
    ]
    blocks: tuple[Block, ...] = (facts("From text to grade", rows),)
    if context.model_kind is None:
        blocks = (Missing("how it decides", KEPT_IN_BUNDLE),)
    return CardSection("decision", "How it decides", blocks)


def third_party(context: ReportContext) -> CardSection:
    """Say what other people made, and under which licence."""
    block: Block
    if context.third_party is None:
        block = Missing("models and word lists of other people", KEPT_IN_BUNDLE)
    elif not context.third_party:
        block = Paragraph("Its features rest on no model or word list of other people.")
    else:
        rows = tuple(
            (model.use, model.name, model.licence or NOT_STATED, model.identity)
            for model in context.third_party
        )
        columns = ("for", "what", "licence", "version")
        block = CardTable("Models and word lists that features rest on", columns, rows)
    return CardSection("third-party", "What other people made", (block,))


def reproduction(context: ReportContext, report: JudgementReport) -> CardSection:
    """Say how to make the grader and its figures again."""
    data, evaluated = context.data, context.evaluated
    resampling = report.evaluation.resampling
    blocks: list[Block] = []
    if context.reproduce:
        blocks.append(Commands(context.reproduce))
    else:
        how = "The bundle's config.yaml and the data digest say what it was made with."
        blocks.append(Missing("the commands", how))
    made = context.created_at
    rows: list[tuple[str, object]] = [
        ("Made", made and made.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")),
        ("Experiment", context.experiment_name),
        ("Run", context.run_id),
        ("Seed", context.seed),
        ("Seed of the split", context.split_seed),
        ("Data digest", data and data.dataset_digest),
        *([("Digest of the judged essays", evaluated.dataset_digest)] if evaluated else []),
        ("Configuration digest", context.config_digest),
        ("Feature schema digest", context.feature_schema_digest),
        ("Metrics version", METRICS_VERSION),
        (
            "Intervals",
            f"{resampling.resamples} resamples over {resampling.by}s, seed {resampling.seed}",
        ),
        (
            "Libraries",
            ", ".join(f"{name} {version}" for name, version in context.library_versions.items()),
        ),
    ]
    blocks.append(facts("What it was made with", rows))
    return CardSection("reproduction", "How to make it again", tuple(blocks))


def contact() -> CardSection:
    """Leave room for those who answer for the grader."""
    how = "Whoever puts it to use should add a name and an address to this card."
    block = Missing("who maintains this model and answers complaints", how)
    return CardSection("contact", "Contact", (block,))


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(names) or NOT_STATED
