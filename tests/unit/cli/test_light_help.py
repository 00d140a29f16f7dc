"""The command line answers ``--help`` without what its commands need."""

import json
import subprocess
import sys

HEAVY = {
    *("asyncpg", "botocore", "dishka", "lightgbm", "mlflow", "onnx", "onnxruntime", "optuna"),
    *("pandas", "pyarrow", "scipy", "sklearn", "spacy", "sqlalchemy", "torch", "xgboost"),
}


def test_the_application_is_made_without_heavy_packages():
    program = (
        "import json, sys, huleedu_ml_training.cli.app; "
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout

    loaded = set(json.loads(printed))
    assert "typer" in loaded
    assert set() == loaded & HEAVY
