"""The process that tells MLflow of one run: a document on stdin, nothing on stdout."""

import json
import sys
from typing import TYPE_CHECKING, Any

from huleedu_ml_training.registry.runs.mlflow_sink import RUN_ID_TAG

if TYPE_CHECKING:
    from mlflow import MlflowClient

_AT_ONCE = 100
"""Params, and tags, that MLflow takes in one request."""


def deliver(document: dict[str, Any]) -> None:
    """Make or update the MLflow run of a run."""
    # Here, so that the module can be imported where the extra is not installed.
    from mlflow import MlflowClient  # noqa: PLC0415
    from mlflow.entities import Metric, Param, RunTag  # noqa: PLC0415

    client = MlflowClient(tracking_uri=document["uri"])
    experiment_id = _experiment(client, document["experiment"])
    tags = document["tags"]
    known = client.search_runs([experiment_id], f"tags.`{RUN_ID_TAG}` = '{tags[RUN_ID_TAG]}'")
    if known:
        mlflow_id = known[0].info.run_id
    else:
        made = client.create_run(
            experiment_id,
            document["start_time"],
            {RUN_ID_TAG: tags[RUN_ID_TAG]},
            document["run_name"],
        )
        mlflow_id = made.info.run_id
        params = [Param(key, value) for key, value in document["params"].items()]
        for first in range(0, len(params), _AT_ONCE):
            client.log_batch(mlflow_id, params=params[first : first + _AT_ONCE])
    metrics = [
        Metric(name, value, document["end_time"], 0) for name, value in document["metrics"].items()
    ]
    client.log_batch(
        mlflow_id, metrics=metrics, tags=[RunTag(key, value) for key, value in tags.items()]
    )
    client.set_terminated(mlflow_id, document["status"], document["end_time"])


def _experiment(client: "MlflowClient", name: str) -> str:
    from mlflow.exceptions import MlflowException  # noqa: PLC0415

    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    try:
        return str(client.create_experiment(name))
    except MlflowException:
        # Another process may have been quicker; if not, the first complaint says why.
        found = client.get_experiment_by_name(name)
        if found is None:
            raise
        return str(found.experiment_id)


def main() -> None:
    """Read the document and tell; leave with 1 and one line on stderr where that fails."""
    document = json.load(sys.stdin)
    try:
        deliver(document)
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent wants one line
        line = f"{type(error).__name__}: {error}".replace("\n", " ")
        # An address may hold a password, and complaints quote addresses.
        sys.stderr.write("\n" + line.replace(str(document["uri"]), "the server") + "\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
