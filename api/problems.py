"""Errors as RFC 9457 `application/problem+json`: stable code, what happened, what to do, in the client's language."""

from collections.abc import Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from api import wording
from ingest.errors import BandejaError, Internal, InvalidRequest, NotFound, TransientError, Unauthorized, by_code

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"

# The one table of HTTP statuses (docs/reference.md, "Errors").
STATUS = {
    "invalid_request": 422,
    "unauthorized": 401,
    "session_ended": 401,
    "csrf_refused": 403,
    "page_incomplete": 503,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "rate_limited": 429,
    "pictures_busy": 503,
    "upload_expired": 410,
    "unsupported_type": 415,
    "not_a_document": 415,
    "too_large": 413,
    "empty_file": 422,
    "corrupt_file": 422,
    "encrypted_pdf": 409,
    "too_many_pages": 422,
    "needs_acrobat": 422,
    "no_text_found": 422,
    "parser_timeout": 422,
    "parser_memory": 422,
    "object_missing": 404,
    "worker_lost": 500,
    "internal": 500,
    "ai_rejected": 502,
    "ai_rate_limited": 503,
    "ai_unavailable": 503,
    "storage_unavailable": 503,
    "storage_refused": 502,
    "database_unavailable": 503,
    "broker_unavailable": 503,
    "query_timeout": 503,
    "search_busy": 503,
}


# What any call with a key may meet.
_ALWAYS = (
    "unauthorized",
    "session_ended",
    "forbidden",
    "csrf_refused",
    "too_large",
    "invalid_request",
    "rate_limited",
    "internal",
    "database_unavailable",
    "query_timeout",
)


def language(request: Request) -> str:
    """`es` or `en`, by the weights of Accept-Language; Spanish where it says nothing."""
    weights = {"es": 0.0, "en": 0.0}
    for part in request.headers.get("accept-language", "").split(","):
        tag, _, weight = part.partition(";q=")
        name = tag.strip().lower()[:2]
        if name in weights:
            try:
                weights[name] = max(weights[name], float(weight or 1))
            except ValueError:
                continue
    return "en" if weights["en"] > weights["es"] else "es"


def describe(code: str, spoken: str) -> dict[str, str]:
    """`{code, message, action}` of an error in a language."""
    kind = by_code().get(code, Internal)
    return {"code": kind.code, "message": getattr(kind.message, spoken), "action": getattr(kind.action, spoken)}


def problem(request: Request, error: BandejaError, **extra: Any) -> dict[str, Any]:
    """The problem document of an error."""
    spoken = language(request)
    if isinstance(error, InvalidRequest) and error.problem is not None:
        extra.setdefault("errors", [{"problem": getattr(error.problem, spoken)}])
    return {**_document(error, spoken), "request_id": request.state.request_id, **extra}


def _document(error: BandejaError | type[BandejaError], spoken: str) -> dict[str, Any]:
    return {
        "type": f"/docs/errors#{error.code}",
        "title": describe(error.code, spoken)["message"],
        "status": STATUS[error.code],
        # An error of a kind may say more than its kind.
        "detail": getattr(error.message, spoken),
        "code": error.code,
        "action": getattr(error.action, spoken),
    }


def respond(request: Request, error: BandejaError, status: int | None = None, **extra: Any) -> JSONResponse:
    """The response to an error."""
    body = problem(request, error, **extra)
    if status is not None:
        body["status"] = status
    headers = {"Content-Language": language(request)}
    if isinstance(error, TransientError):
        headers["Retry-After"] = str(max(1, round(error.retry_after or 1)))
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body, body["status"], headers, media_type=MEDIA_TYPE)


def of_error(request: Request, error: BandejaError) -> JSONResponse:
    """The response to an error that was raised; one that is our fault is logged."""
    if STATUS[error.code] >= 500:
        log.error("request_failed", code=error.code, detail=error.detail, exc_info=error)
    return respond(request, error)


def documented(*codes: str, always: Sequence[str] = _ALWAYS) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of these errors and those of any call: a response a status, an example a code."""
    responses: dict[int | str, dict[str, Any]] = {}
    for code in (*always, *codes):
        kind, status = by_code()[code], STATUS[code]
        examples = responses.setdefault(status, _response(status))["content"][MEDIA_TYPE]["examples"]
        examples[code] = {"summary": kind.message.en, "value": {**_document(kind, "es"), "request_id": "7f0c2e"}}
        responses[status]["description"] = " ".join(example["summary"] for example in examples.values())
    return responses


def _response(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    response: dict[str, Any] = {"content": {MEDIA_TYPE: {"schema": schema, "examples": {}}}}
    if status in {429, 503}:
        response["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}}
    if status == 401:
        response["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    return response


def install(application: FastAPI) -> None:
    """Make every error of the application a problem document."""

    @application.exception_handler(BandejaError)
    async def _ours(request: Request, error: BandejaError) -> JSONResponse:
        return of_error(request, error)

    @application.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        described = _described(request)
        if described and request.method not in described:
            # /tasks/retry, which no GET is for, taken for a task's id.
            return _not_allowed(request)
        spoken = language(request)
        fields = [
            {"field": _field(wrong["loc"]), "problem": _sayable(wording.problem(wrong, spoken))} for wrong in error.errors()
        ]
        return respond(request, InvalidRequest(), errors=fields)

    @application.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code in {400, 404}:  # 400: a body that is not even UTF-8; one that is no JSON is invalid too
            return respond(request, NotFound() if error.status_code == 404 else InvalidRequest())
        if error.status_code == 405:
            return _not_allowed(request)
        return respond(request, InvalidRequest(), status=error.status_code)

    @application.exception_handler(Exception)
    async def _unforeseen(request: Request, error: Exception) -> JSONResponse:
        log.error("request_failed", code="internal", exc_info=error)
        return respond(request, Internal())


def _field(location: Sequence[int | str]) -> str:
    return _sayable(".".join(str(part) for part in location[1:]) or str(location[0]))


def _sayable(text: str) -> str:
    """A client's own words, without what no UTF-8 can say."""
    return text.encode("utf-8", "replace").decode()


def _not_allowed(request: Request) -> JSONResponse:
    response = respond(request, InvalidRequest(), status=405)
    response.headers["Allow"] = ", ".join(_described(request) or _answered(request))
    return response


def _described(request: Request) -> list[str]:
    """The methods that OpenAPI has for this path as it stands; none where it has parameters."""
    return [method.upper() for method in request.app.openapi()["paths"].get(request.url.path, ())]


def _answered(request: Request) -> list[str]:
    """The methods of all routes of this path: Starlette says those of the first alone."""
    return [
        method
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in request.app.routes)
    ]
