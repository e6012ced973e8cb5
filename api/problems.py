"""Errors as RFC 9457 `application/problem+json`: stable code, what happened, what to do, in the client's language."""

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from ingest.errors import BandejaError, Internal, InvalidRequest, NotFound, TransientError, Unauthorized, by_code

log = structlog.get_logger(__name__)

# The one table of HTTP statuses (docs/reference.md, "Errors").
STATUS = {
    "invalid_request": 422,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "rate_limited": 429,
    "upload_expired": 410,
    "unsupported_type": 415,
    "not_a_document": 415,
    "too_large": 413,
    "empty_file": 422,
    "corrupt_file": 422,
    "encrypted_pdf": 409,
    "too_many_pages": 422,
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
    return {
        "type": f"/docs/errors#{error.code}",
        "title": describe(error.code, spoken)["message"],
        "status": STATUS[error.code],
        # An error of a kind may say more than its kind.
        "detail": getattr(error.message, spoken),
        "code": error.code,
        "action": getattr(error.action, spoken),
        "request_id": request.state.request_id,
        **extra,
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
    return JSONResponse(body, body["status"], headers, media_type="application/problem+json")


def install(application: FastAPI) -> None:
    """Make every error of the application a problem document."""

    @application.exception_handler(BandejaError)
    def _ours(request: Request, error: BandejaError) -> JSONResponse:
        extra: dict[str, Any] = {}
        if isinstance(error, InvalidRequest) and error.detail:
            extra["errors"] = [{"problem": error.detail}]
        if STATUS[error.code] >= 500:
            log.error("request_failed", code=error.code, detail=error.detail, exc_info=error)
        return respond(request, error, **extra)

    @application.exception_handler(RequestValidationError)
    def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        fields = [
            {"field": ".".join(str(part) for part in problem["loc"][1:]) or str(problem["loc"][0]), "problem": problem["msg"]}
            for problem in error.errors()
        ]
        return respond(request, InvalidRequest(), errors=fields)

    @application.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> JSONResponse:
        kind = NotFound() if error.status_code == 404 else InvalidRequest()
        return respond(request, kind, status=error.status_code)

    @application.exception_handler(Exception)
    def _unforeseen(request: Request, error: Exception) -> JSONResponse:
        log.error("request_failed", code="internal", exc_info=error)
        return respond(request, Internal())
