"""MLflow as a sink of runs.

MLflow runs in a process of its own, for as long as one run takes to tell: it changes logging, reads
many environment variables, sends usage statistics unless told not to, and may wait for minutes for
a server that is gone. None of that reaches the process that trains.
"""

import asyncio
import importlib.util
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from huleedu_ml_training.config import TrackingSettings
from huleedu_ml_training.config_loader import flatten, portable_tree
from huleedu_ml_training.domain.errors import UsageError
from huleedu_ml_training.registry.conditions import VALUES
from huleedu_ml_training.registry.runs.records import RunRecord, RunState
from huleedu_ml_training.registry.runs.sink import RunSinkError

RUN_ID_TAG = "huleedu.run_id"

_CHILD = "huleedu_ml_training.registry.runs.mlflow_delivery"
_LONGEST_VALUE = 500
_STATUS = {
    RunState.COMPLETED: "FINISHED",
    RunState.FAILED: "FAILED",
    RunState.INTERRUPTED: "KILLED",
    RunState.RUNNING: "RUNNING",
}
_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
}


class MlflowNotInstalledError(UsageError):
    """MLflow is to be told of runs, and its package is not installed."""

    code = "mlflow-not-installed"

    @property
    def what(self) -> str:
        """Name the setting."""
        return "tracking.mlflow_uri is set, but mlflow is not installed"

    @property
    def remedy(self) -> str:
        """Say how to install it, or to do without."""
        return (
            'pip install "huleedu-ml-training[mlflow]", or set tracking.mlflow_uri to null: '
            "runs are kept in the database either way"
        )


class MlflowSink:
    """Tells an MLflow server of runs; implements RunSinkProtocol.

    Args:
        settings: Where the server is, and how long to wait for it.

    Raises:
        MlflowNotInstalledError: ``mlflow-skinny`` is not installed.
    """

    name = "mlflow"

    def __init__(self, settings: TrackingSettings) -> None:
        if importlib.util.find_spec("mlflow") is None:
            raise MlflowNotInstalledError
        self._settings = settings

    async def deliver(self, run: RunRecord) -> None:
        """Tell of a run; see :class:`RunSinkProtocol`."""
        uri = self._settings.mlflow_uri
        document = {
            "uri": None if uri is None else uri.get_secret_value(),
            "experiment": self._settings.mlflow_experiment,
            **mlflow_document(run),
        }
        seconds = self._settings.timeout_s
        # A session of its own: Ctrl-C ends the training, not the word of how it ended.
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", _CHILD),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **_ENVIRONMENT, "MLFLOW_HTTP_REQUEST_TIMEOUT": f"{seconds:.0f}"},
            start_new_session=True,
        )
        try:
            told = process.communicate(json.dumps(document).encode())
            _, complaint = await asyncio.wait_for(told, seconds)
        except TimeoutError:
            raise RunSinkError(sink=self.name, reason=f"no answer in {seconds:g} s") from None
        finally:
            with suppress(ProcessLookupError):
                process.kill()
        if process.returncode:
            lines = complaint.decode(errors="replace").split("\n")
            said = next((line for line in reversed(lines) if line.strip()), "it gave no reason")
            raise RunSinkError(sink=self.name, reason=said[:_LONGEST_VALUE])


def mlflow_document(run: RunRecord) -> dict[str, Any]:
    """Return what MLflow is told of a run, JSON-ready.

    Settings go out as far as another machine could train with them: no place, no database, no
    address of a service. Of an error only its code does. Neither essays nor names of files go out.
    """
    started, ended = _milliseconds(run.started_at), run.finished_at
    return {
        "run_name": f"{run.experiment_name} {str(run.id)[:8]}",
        "status": _STATUS[run.state],
        "start_time": started,
        "end_time": started if ended is None else _milliseconds(ended),
        "params": {
            key: str(value)[:_LONGEST_VALUE]
            for key, value in flatten(portable_tree(dict(run.config)))
        },
        "metrics": _figures(run.metrics),
        "tags": {key: str(value) for key, value in _tags(run).items() if value},
    }


def _tags(run: RunRecord) -> dict[str, Any]:
    model_name, version = run.request.get("model_name"), run.metrics.get("model_version")
    return {
        RUN_ID_TAG: run.id,
        "huleedu.kind": run.kind,
        "huleedu.state": run.state,
        "huleedu.experiment": run.experiment_name,
        "huleedu.dataset_digest": run.dataset_digest,
        "huleedu.inputs_digest": run.inputs_digest,
        "huleedu.correlation_id": run.correlation_id,
        "huleedu.tags": ",".join(run.tags),
        "huleedu.reproduces": run.reproduces,
        "huleedu.error": None if run.error is None else run.error.get("code"),
        "huleedu.model": f"models:/{model_name}/{version}" if model_name and version else None,
        "huleedu.model_id": run.metrics.get("model_id"),
    }


def _figures(metrics: Mapping[str, Any]) -> dict[str, float]:
    values = metrics.get(VALUES)
    figures: dict[str, float] = {}
    for name, parts in (values if isinstance(values, Mapping) else {}).items():
        for part, suffix in (("value", ""), ("low", ".low"), ("high", ".high")):
            number = parts.get(part) if isinstance(parts, Mapping) else None
            if isinstance(number, int | float):
                figures[f"{name}{suffix}"] = float(number)
    return figures


def _milliseconds(moment: Any) -> int:
    return int(moment.timestamp() * 1000)
