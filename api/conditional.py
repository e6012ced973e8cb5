"""Answers that a client need not be sent twice: an ETag, and 304 to whoever has the answer already (RFC 9110, 8.8.3 and 13.1.2)."""

from hashlib import sha256
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel

NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "What the client has is still so."}}


def conditional(request: Request, answer: BaseModel) -> Response:
    """The answer as JSON with its ETag, or 304 where the client's If-None-Match names it. It is the caller's alone to keep."""
    body = answer.model_dump_json().encode()
    etag = f'W/"{sha256(body).hexdigest()[:32]}"'  # weak: the same answer goes out zipped too
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if is_named(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def is_named(if_none_match: str, etag: str) -> bool:
    """Whether the header names this ETag, or `*`, whatever there is; compared weakly, as it is for reading."""
    given = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return "*" in given or etag.removeprefix("W/") in given
