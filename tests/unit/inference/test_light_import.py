"""A service that grades loads nothing of training."""

import json
import subprocess
import sys

import numpy as np

from huleedu_essay_features import EssayInput
from huleedu_essay_features.pipeline import create_pipeline
from huleedu_ml_training.inference import EssayScorer
from huleedu_ml_training.testing.working_bundles import working_bundle

FORBIDDEN = (
    "lightgbm",
    "xgboost",
    "optuna",
    "sqlalchemy",
    "asyncpg",
    "dishka",
    "pydantic",
    "typer",
    "sklearn",
    "alembic",
    "pyarrow",
    "prometheus_client",
)
GRADING = f"""
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {FORBIDDEN!r}:
            raise ImportError(f"{{name}} is not installed")

sys.meta_path.insert(0, Blocked())

import json
from huleedu_ml_training.inference import EssayScorer
from huleedu_ml_training.inference.reloading import ReloadingScorer
from huleedu_ml_training.inference.sources import DirectorySource

path, *texts = sys.argv[1:]
with EssayScorer.load(path) as scorer:
    once = scorer.score_texts(texts)
with ReloadingScorer(DirectorySource(path)) as scorer:
    again = scorer.score_texts(texts)
assert once == again
print(json.dumps([score.probabilities for score in once]))
"""


def test_importing_the_scorer_imports_nothing_of_training():
    code = (
        "import sys, huleedu_ml_training.inference\n"
        f"print([name for name in {FORBIDDEN!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]" == done.stdout.strip()


def test_a_directory_is_graded_with_where_no_training_package_can_be_imported(store):
    texts = ["I like my school. It is big.", "My school is not big, but I like it very much."]
    pipeline = create_pipeline("none", parser="none", checker="none")
    path = store(working_bundle(pipeline.schema), "model")
    done = subprocess.run(
        [sys.executable, "-c", GRADING, str(path), *texts],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr

    X = pipeline.extract([EssayInput(text) for text in texts])
    expected = EssayScorer.load(path, pipeline).score_features(X).probabilities
    found = [list(each.values()) for each in json.loads(done.stdout.splitlines()[-1])]
    np.testing.assert_allclose(found, expected, atol=1e-12)


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
