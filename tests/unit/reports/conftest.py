"""A report with every part, and one with none."""

import pytest

from huleedu_ml_training.reports.context import ReportContext
from huleedu_ml_training.testing.simulated_context import simulate_context
from huleedu_ml_training.testing.simulated_judgement import (
    SimulatedJudgement,
    simulate_judgement,
)


@pytest.fixture(scope="session")
def judged() -> SimulatedJudgement:
    return simulate_judgement(300, seed=1, n_prompts=9)


@pytest.fixture(scope="session")
def full_context(judged: SimulatedJudgement) -> ReportContext:
    return simulate_context(judged)


@pytest.fixture(scope="session")
def bare_context() -> ReportContext:
    return ReportContext(model_name="essay-scorer", version="20250101_120000")
