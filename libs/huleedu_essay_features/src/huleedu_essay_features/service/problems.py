"""Refusals and failures as problem documents (RFC 9457)."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from huleedu_essay_features.errors import (
    EssayExtractionError,
    EssayFeaturesError,
    UnsupportedLanguageError,
)
from huleedu_essay_features.service.wire import PROBLEM
from huleedu_essay_features.workers.errors import WorkerCrashedError

TYPE_PREFIX = "urn:huleedu-essay-features:problem:"


class ProblemError(Exception):
    """Ends a request with a problem document.

    Args:
        status: HTTP status.
        code: Kind of the problem, kebab-case.
        detail: One sentence: what is wrong with this request.
        headers: Further headers of the answer.
        members: Further members of the document, JSON values.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members

    def response(self, correlation_id: str) -> Response:
        """Return the document as an answer."""
        document = {
            "type": TYPE_PREFIX + self.code,
            "title": self.code.replace("-", " ").capitalize(),
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "correlation_id": correlation_id,
            **self.members,
        }
        return JSONResponse(
            document, status_code=self.status, headers=self.headers, media_type=PROBLEM
        )


def library_problem(error: EssayFeaturesError) -> ProblemError:
    """Return an error of the library as a problem from which a client can make it again."""
    status = 500
    members: dict[str, Any] = {"why": error.why, "remedy": error.remedy}
    match error:
        case UnsupportedLanguageError():
            status = 422
            members |= {
                "field": "language",
                "index": error.index,
                "language": error.language,
                "supported": list(error.supported),
                "confidence": error.confidence,
            }
        case EssayExtractionError():
            members |= {"index": error.index, "reason": error.reason}
        case WorkerCrashedError():
            members |= {"index": error.index, "exit_status": error.exit_status}
    return ProblemError(status, error.code, error.what, **members)
