"""What a report says besides the figures, invented, for tests of reports and model cards."""

from datetime import UTC, datetime

import numpy as np

from huleedu_ml_training.reports.context import (
    CalibrationChange,
    DataSummary,
    DecisionOption,
    ReportContext,
)
from huleedu_ml_training.reports.influence import (
    FeatureInfluence,
    GroupInfluence,
    SingleInfluence,
)
from huleedu_ml_training.testing.simulated_judgement import SimulatedJudgement


def simulate_context(judged: SimulatedJudgement) -> ReportContext:
    """Return a context of which no part of the report is missing.

    Args:
        judged: Essays and predictions that calibration and decision rules are measured on.
    """
    predictions, y = judged.predictions, judged.dataset.grades
    sharper = predictions.probabilities**2
    return ReportContext(
        model_name="essay-scorer",
        version="20250101_120000",
        created_at=datetime(2025, 1, 1, 12, tzinfo=UTC),
        experiment_name="ordinal-gb-v1",
        data=DataSummary(
            n_essays=1200,
            n_prompts=9,
            grades={
                label: int(n)
                for label, n in zip(
                    predictions.scale.labels, np.bincount(y, minlength=8), strict=True
                )
            },
            parts={"train": 800, "validation": 160, "test": 240},
            sources=("school corpus",),
            languages=("en",),
            notes=("grade A has 3 essays in the test part",),
            dataset_digest="d" * 64,
            synthetic=False,
        ),
        split_scheme="stratified",
        split_seed=42,
        model_kind="cumulative binary boosters (LightGBM)",
        n_features=433,
        calibration=CalibrationChange.measure(
            "platt", sharper / sharper.sum(axis=1, keepdims=True), predictions.probabilities, y
        ),
        decisions=(
            DecisionOption.measure("median", predictions.grades, y, 8, chosen=True),
            DecisionOption.measure(
                "most_probable", predictions.probabilities.argmax(axis=1), y, 8, chosen=False
            ),
        ),
        feature_importance={f"feature_{i:02d}": (30 - i) / 465 for i in range(31)},
        parity={"passed": True, "rows": 1500, "max_difference": 3.2e-7},
        config_digest="c" * 64,
        feature_schema_digest="f" * 64,
        run_id="0d8f1f5e-4a9e-4a56-9c9b-0f6f0b0c6a2e",
        seed=7,
        library_versions={"lightgbm": "4.7.0"},
        reproduce=("train-essay-grader train --config config.yaml --experiment-name x",),
        influence=FeatureInfluence(
            n=240,
            groups=(
                GroupInfluence("embedding", 384, 0.6, 0.6),
                GroupInfluence("errors", 9, 0.4, 0.4),
            ),
            features=tuple(
                SingleInfluence(f"trait_{i:02d}", "errors", 1 / (i + 1), 0.9 - 0.06 * i)
                for i in range(30)
            ),
        ),
        range_coverage=0.9,
    )
