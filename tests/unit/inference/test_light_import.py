"""A service that grades loads nothing of training."""

import subprocess
import sys

FORBIDDEN = (
    "lightgbm",
    "optuna",
    "sqlalchemy",
    "asyncpg",
    "dishka",
    "pydantic",
    "typer",
    "sklearn",
)


def test_importing_the_scorer_imports_nothing_of_training():
    code = (
        "import sys, huleedu_ml_training.inference\n"
        f"print([name for name in {FORBIDDEN!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]" == done.stdout.strip()


def test_importing_the_library_configures_nothing_global():
    code = """
import logging, os, signal, sys
import lightgbm, optuna  # what they do to the process is theirs
handlers, environment = list(logging.root.handlers), dict(os.environ)
signals = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
import structlog
before = structlog.get_config()
import prometheus_client
collectors = len(list(prometheus_client.REGISTRY.collect()))
import huleedu_ml_training.container, huleedu_ml_training.training.trainer
import huleedu_ml_training.training.hyperparameter
assert handlers == logging.root.handlers
assert environment == dict(os.environ)
assert signals == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
assert before == structlog.get_config()
assert collectors == len(list(prometheus_client.REGISTRY.collect()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
