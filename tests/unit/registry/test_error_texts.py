"""Every error says what happened and what to do, and shows hostile names harmlessly."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from huleedu_ml_training.cli.registry_options import InvalidTimeError
from huleedu_ml_training.export.bundle_access_errors import (
    BundleNotFoundError,
    IrregularBundleEntryError,
    UnreadableBundleError,
)
from huleedu_ml_training.export.bundle_errors import (
    BundleFileTooLargeError,
    InvalidBundleDocumentError,
    InvalidManifestError,
    MissingBundleFileError,
    TamperedBundleFileError,
    UnknownBundleFileError,
    UnlistedBundleFileError,
    UnsupportedBundleVersionError,
)
from huleedu_ml_training.registry.artifacts.errors import (
    ArtifactExistsError,
    ArtifactNotFoundError,
    ArtifactStoreError,
    InvalidArtifactNameError,
)
from huleedu_ml_training.registry.artifacts.s3_errors import (
    ObjectStoreAccessError,
    ObjectStoreBucketError,
    ObjectStoreCredentialsError,
    ObjectStoreError,
    ObjectStoreOverwritesError,
    ObjectStoreUnavailableError,
    S3NotInstalledError,
)
from huleedu_ml_training.registry.candidates import InvalidCandidateError
from huleedu_ml_training.registry.commits import OutcomeUnknownError
from huleedu_ml_training.registry.decision_errors import (
    ForceNeededError,
    InvalidDemotionError,
    NoRollbackTargetError,
    StaleDecisionError,
)
from huleedu_ml_training.registry.errors import (
    InvalidModelIdError,
    ModelNotFoundError,
    VersionExistsError,
)
from huleedu_ml_training.registry.promotion_errors import (
    MissingReasonError,
    NothingToRollBackError,
)
from huleedu_ml_training.registry.records import ModelRecord, Stage
from huleedu_ml_training.registry.runs.errors import (
    RunElsewhereError,
    RunFinishedError,
    RunNotFoundError,
    RunNotResumableError,
)
from huleedu_ml_training.registry.runs.records import RunState
from huleedu_ml_training.registry.storable import InvalidTextError
from huleedu_ml_training.registry.transactions import DatabaseBusyError
from huleedu_ml_training.registry.transfer.errors import (
    ExportDigestError,
    ExportNotFoundError,
    ImportConflictError,
    InvalidExportError,
    UnreadableExportError,
    UnsupportedExportVersionError,
)

HOSTILE = "\x1b[2J\0\ud800../x"
ID = UUID(int=1)
FULL = OSError(28, "No space left on device")

MODEL = ModelRecord(
    model_name="a",
    version="20250101_120000",
    model_path="models/x",
    digest="0" * 64,
    scale=("F", "A"),
    metrics={},
    hyperparameters={},
    feature_names=(),
    id=ID,
    created_at=datetime(2025, 1, 1, tzinfo=UTC),
    stage=Stage.DEV,
)

ERRORS = [
    MissingBundleFileError(names=[HOSTILE]),
    UnknownBundleFileError(names=[HOSTILE] * 20),
    UnlistedBundleFileError(names=["report.html"]),
    TamperedBundleFileError(name="grader.onnx", expected="1", actual="2"),
    BundleFileTooLargeError(name="grader.onnx", size=2, limit=1),
    InvalidManifestError(problem="it is not whole JSON"),
    UnsupportedBundleVersionError(found=HOSTILE, supported=1),
    InvalidBundleDocumentError(name="metrics.json", problem="it is not a JSON object"),
    BundleNotFoundError(path="models/x", looked_in=[Path("models/x")]),
    BundleNotFoundError(path="models/x"),
    IrregularBundleEntryError(path=Path("grader.onnx"), kind="link"),
    UnreadableBundleError(path=Path("models/x"), cause=FULL),
    InvalidArtifactNameError(name=HOSTILE),
    ArtifactExistsError(path="models/x"),
    ArtifactNotFoundError(path="models/x"),
    ArtifactStoreError(doing="write", path=Path("models/x"), cause=FULL),
    InvalidCandidateError(field="model_name", value=HOSTILE),
    InvalidModelIdError(text=HOSTILE),
    ModelNotFoundError.of(HOSTILE, version=HOSTILE),
    VersionExistsError(model_name="a", version="20250101_120000"),
    MissingReasonError(),
    MissingReasonError(asked_for="a demotion"),
    InvalidDemotionError(model=MODEL, target=Stage.DEV),
    InvalidDemotionError(model=MODEL, target=Stage.PRODUCTION),
    ForceNeededError(model=MODEL, target=Stage.ARCHIVED),
    ForceNeededError(model=replace(MODEL, stage=Stage.PRODUCTION), target=Stage.DEV),
    NoRollbackTargetError(current=MODEL, wanted=MODEL),
    NoRollbackTargetError(current=MODEL, wanted=replace(MODEL, id=UUID(int=2))),
    StaleDecisionError(model_name="a", stage=Stage.STAGING, expected="none", current=MODEL),
    StaleDecisionError(model_name="a", stage=Stage.STAGING, expected="abcd", current=None),
    InvalidTimeError(option="--at", value=HOSTILE),
    NothingToRollBackError(model_name="a", version="20250101_120000"),
    RunNotFoundError(run_id=HOSTILE),
    RunNotResumableError(run_id=ID, state=RunState.COMPLETED, alive=False),
    RunNotResumableError(run_id=ID, state=RunState.RUNNING, alive=True),
    RunFinishedError(run_id=ID, state=RunState.FAILED, wanted=RunState.COMPLETED),
    RunElsewhereError(run_id=ID),
    InvalidTextError(what_for="reason", problem="is blank"),
    DatabaseBusyError(reason="deadlock detected"),
    OutcomeUnknownError(reason="connection was closed in the middle of operation"),
    S3NotInstalledError(),
    *(
        kind(doing="read", place="s3://bucket/models/x.json", problem=HOSTILE)
        for kind in (
            ObjectStoreError,
            ObjectStoreAccessError,
            ObjectStoreBucketError,
            ObjectStoreCredentialsError,
            ObjectStoreOverwritesError,
            ObjectStoreUnavailableError,
        )
    ),
    InvalidExportError(problem="its end is missing"),
    InvalidExportError(problem="its end is missing", path=Path("a.zip")),
    UnsupportedExportVersionError(found=HOSTILE, supported=1),
    ExportDigestError(expected=HOSTILE, actual="0" * 64),
    ExportNotFoundError(path=Path("a.zip")),
    UnreadableExportError(path=Path("a.zip"), cause=FULL),
    ImportConflictError(present=MODEL, digest="1" * 64),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.code)
def test_an_error_says_what_happened_and_what_to_do(error):
    assert error.what
    assert error.remedy
    assert str(error).startswith(error.what)
    assert not set("\x1b\0\ud800") & set(str(error))
    document = json.loads(json.dumps(error.to_dict()))
    assert (error.code, int(error.exit_code)) == (document["code"], document["exit_code"])
