"""Reading a request: its bytes while they come, then its fields, each refusal saying which."""

import asyncio
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from starlette.requests import Request

from huleedu_essay_features.protocols import EssayInput
from huleedu_essay_features.service.limits import ServiceLimits
from huleedu_essay_features.service.problems import ProblemError
from huleedu_essay_features.service.wire import CORRELATION_HEADER, JSON

_BODY_FIELDS = frozenset({"schema_digest", "essays"})
_ESSAY_FIELDS = frozenset({"text", "prompt_text", "language"})
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ExtractionRequest:
    """What a client asks for.

    Attributes:
        essays: In the order of the rows.
        schema_digest: The schema that the answer must have; None for whichever.
    """

    essays: tuple[EssayInput, ...]
    schema_digest: str | None


def correlation_id(request: Request) -> str:
    """Return the request's correlation id if it is a UUID, else one of our own."""
    try:
        return str(UUID(request.headers[CORRELATION_HEADER]))
    except (KeyError, ValueError):
        return str(uuid4())


def check_token(request: Request, token: str | None) -> None:
    """Check the bearer token, in a time that does not depend on where it is wrong.

    Raises:
        ProblemError: 401.
    """
    if token is None:
        return
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    same = hmac.compare_digest(given.strip().encode(), token.encode())
    if scheme.lower() != "bearer" or not same:
        raise ProblemError(
            401,
            "unauthorised",
            "this service needs the header 'Authorization: Bearer <key>' with its API key",
            headers={"WWW-Authenticate": "Bearer"},
        )


async def read_body(request: Request, limits: ServiceLimits) -> bytes:
    """Return the body; what is beyond the limit is never held, whatever was announced.

    Raises:
        ProblemError: 408, 413 or 415.
        ClientDisconnect: The client left meanwhile.
    """
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if media_type != JSON or encoding != "identity":
        detail = f"the body must be {JSON}, without Content-Encoding"
        raise ProblemError(415, "unsupported-media-type", detail)
    announced = request.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced) > limits.body_bytes:
        raise _body_too_large(limits)
    body = bytearray()
    try:
        async with asyncio.timeout(limits.body_timeout_s):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limits.body_bytes:
                    raise _body_too_large(limits)
    except TimeoutError:
        detail = f"the body did not arrive within {limits.body_timeout_s} s"
        raise ProblemError(408, "slow-body", detail, limit=limits.body_timeout_s) from None
    return bytes(body)


def _body_too_large(limits: ServiceLimits) -> ProblemError:
    detail = f"the body has more than {limits.body_bytes} bytes; send the essays in parts"
    return ProblemError(413, "body-too-large", detail, limit=limits.body_bytes)


def parse_request(body: bytes, limits: ServiceLimits) -> ExtractionRequest:
    """Return what a body asks for.

    Raises:
        ProblemError: 400 for what is not JSON, 413 for too much, 422 for a wrong field.
    """
    try:
        document = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise ProblemError(
            400, "malformed-json", f"the body is not JSON in UTF-8: {reason}"
        ) from None
    if not isinstance(document, dict):
        raise _invalid("", None, "the body must be a JSON object")
    _check_names(document, _BODY_FIELDS, None)
    essays = document.get("essays")
    if not isinstance(essays, list):
        raise _invalid("essays", None, "must be a list of objects")
    if len(essays) > limits.essays:
        detail = f"{len(essays)} essays in one request, at most {limits.essays} are allowed"
        raise ProblemError(413, "too-many-essays", detail, limit=limits.essays)
    return ExtractionRequest(
        tuple(_essay(essay, index, limits) for index, essay in enumerate(essays)),
        _digest(document.get("schema_digest")),
    )


def _digest(value: Any) -> str | None:
    if value is not None and not (isinstance(value, str) and _DIGEST.fullmatch(value)):
        raise _invalid("schema_digest", None, "must be 64 hexadecimal digits in lower case")
    return value


def _essay(document: Any, index: int, limits: ServiceLimits) -> EssayInput:
    if not isinstance(document, dict):
        raise _invalid("", index, "must be an object with text, prompt_text and language")
    _check_names(document, _ESSAY_FIELDS, index)
    text, prompt_text = document.get("text"), document.get("prompt_text")
    language = document.get("language", "en")
    if not isinstance(text, str):
        raise _invalid("text", index, "must be a string")
    if not isinstance(prompt_text, str | None):
        raise _invalid("prompt_text", index, "must be a string or null")
    if not isinstance(language, str):
        raise _invalid("language", index, "must be an ISO 639-1 code")
    for field, value in (("text", text), ("prompt_text", prompt_text or "")):
        size = len(value.encode("utf-8", "surrogatepass"))
        if size > limits.text_bytes:
            detail = (
                f"essays[{index}].{field} has {size} bytes in UTF-8, "
                f"at most {limits.text_bytes} are allowed"
            )
            raise ProblemError(
                413,
                "text-too-long",
                detail,
                limit=limits.text_bytes,
                size=size,
                index=index,
                field=field,
            )
    return EssayInput(text, prompt_text, language)


def _check_names(document: Mapping[str, Any], known: frozenset[str], index: int | None) -> None:
    unknown = sorted(document.keys() - known)
    if unknown:
        # Never passed over: a prompt under a wrong name would be a feature that is missing.
        raise _invalid(unknown[0], index, f"is unknown; the fields are {', '.join(sorted(known))}")


def _invalid(field: str, index: int | None, what: str) -> ProblemError:
    place = "" if index is None else f"essays[{index}]"
    name = ".".join(filter(None, (place, field)))
    return ProblemError(422, "invalid-field", f"{name} {what}".strip(), field=field, index=index)
