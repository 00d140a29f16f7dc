"""What a server's answers mean: its problem documents as errors of this library."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from huleedu_essay_features.errors import (
    EssayExtractionError,
    EssayFeaturesError,
    UnsupportedLanguageError,
)
from huleedu_essay_features.schema import FeatureSchema
from huleedu_essay_features.service.errors import (
    EssayTooLargeError,
    ServiceAccessError,
    ServiceAnswerError,
    ServiceRefusedError,
    ServiceSchemaError,
)
from huleedu_essay_features.service.limits import ServiceLimits
from huleedu_essay_features.service.wire import PROBLEM
from huleedu_essay_features.workers.errors import ReportedError, WorkerCrashedError

_SHOWN_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, read to its end.

    Attributes:
        url: Of the service.
        correlation_id: Of the request.
        status: HTTP status.
        media_type: Lower case, without parameters.
        schema_digest: The header; empty where it is missing.
        content: The body.
    """

    url: str
    correlation_id: str
    status: int
    media_type: str
    schema_digest: str
    content: bytes

    def malformed(self, reason: str) -> ServiceAnswerError:
        """Return the error that says that this is not an answer of a feature service."""
        return ServiceAnswerError(url=self.url, reason=reason, correlation_id=self.correlation_id)


def read_schema(answer: Answer) -> tuple[FeatureSchema, ServiceLimits]:
    """Return the schema and the limits that a server announces.

    Raises:
        ServiceSchemaError: The schema cannot be read, or has another digest than it claims.
        ServiceAnswerError: It is something else.
    """
    try:
        document = json.loads(answer.content)
        claimed, schema_document = document["digest"], document["schema"]
        limits = ServiceLimits.from_dict(document["limits"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise answer.malformed(f"the schema document is malformed: {_one_line(error)}") from None
    try:
        schema = FeatureSchema.from_dict(schema_document)
        digest = schema.digest
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"its schema cannot be read by this version: {_one_line(error)}"
        raise ServiceSchemaError(url=answer.url, reason=reason) from None
    if digest != claimed:
        reason = f"its schema has the digest {digest}, the service claims {claimed}"
        raise ServiceSchemaError(url=answer.url, reason=reason)
    return schema, limits


def refusal(answer: Answer, *, start: int = 0) -> EssayFeaturesError:
    """Return the error that an answer without a result stands for.

    Args:
        answer: Its status is not 200.
        start: Position in the caller's call of the first essay of the request.
    """
    problem = _problem(answer)
    if answer.status in {401, 403}:
        return _service_error(ServiceAccessError, answer, problem)
    if problem is None:
        shown = answer.content[:_SHOWN_CHARACTERS].decode("utf-8", "replace")
        return answer.malformed(f"it answered {answer.status}: {_one_line(shown)}")
    try:
        error = _library_error(problem, start)
    except (KeyError, TypeError):
        return answer.malformed(f"its problem document is malformed: {problem!r:.200}")
    if error is not None:
        return error
    kind = ServiceSchemaError if problem["code"] == "schema-mismatch" else ServiceRefusedError
    return _service_error(kind, answer, problem)


def _problem(answer: Answer) -> Mapping[str, Any] | None:
    if answer.media_type != PROBLEM:
        return None
    try:
        document = json.loads(answer.content)
    except (ValueError, RecursionError):
        return None
    is_ours = isinstance(document, dict) and isinstance(document.get("code"), str)
    return document if is_ours else None


def _library_error(problem: Mapping[str, Any], start: int) -> EssayFeaturesError | None:
    """Return the error that the server's pipeline raised, with the position in our call."""
    index = problem.get("index")
    place = None if index is None else start + index
    code = problem["code"]
    if code == "unsupported-language":
        return UnsupportedLanguageError(
            language=problem["language"],
            supported=problem["supported"],
            index=place,
            confidence=problem.get("confidence"),
        )
    if code == "text-too-long" and place is not None:
        return EssayTooLargeError(index=place, size=problem["size"], limit=problem["limit"])
    if code == "worker-crashed":
        return WorkerCrashedError(
            index=place, exit_status=problem["exit_status"], output=problem["why"]
        )
    if "reason" in problem and place is not None:
        return EssayExtractionError(index=place, reason=problem["reason"])
    if "remedy" in problem:
        return ReportedError(
            code=code, what=problem["detail"], why=problem["why"], remedy=problem["remedy"]
        )
    return None


def _service_error(
    kind: type[ServiceAccessError] | type[ServiceRefusedError] | type[ServiceSchemaError],
    answer: Answer,
    problem: Mapping[str, Any] | None,
) -> EssayFeaturesError:
    reason = f"status {answer.status}" if problem is None else str(problem.get("detail", ""))
    return kind(url=answer.url, reason=reason, correlation_id=answer.correlation_id)


def _one_line(text: object) -> str:
    return " ".join(str(text).split())
