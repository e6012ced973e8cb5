"""The JSON of uploads, as docs/reference.md names it."""

import re
from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api import examples
from api.inputs import STORABLE, Whole
from api.schemas import Problem
from ingest.domain import media_types

MetadataName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
MetadataValue = Annotated[str, StringConstraints(max_length=500, pattern=STORABLE)]
_METADATA = "Kept with the document, 1 KB in all. `language` says in which its pages are read: `es`, `spa+que`."

_CONTENT_TYPE = (
    "As your system calls it; `application/octet-stream`, or nothing, goes by the name's ending. What is inside decides."
)


class UploadItem(BaseModel):
    """An upload that a client announces; the bytes go straight to the store."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [examples.UPLOAD_REQUEST]})

    filename: Annotated[str, Field(min_length=1, max_length=2000, pattern=STORABLE, description="The name as the user knows it.")]
    content_type: Annotated[str, Field(max_length=200, pattern=STORABLE, description=_CONTENT_TYPE)]
    size: Annotated[int, Field(ge=0, description="Bytes, exactly."), Whole]
    sha256: Annotated[
        str | None, Field(pattern=r"^[0-9a-fA-F]{64}$", description="Hex; finds a duplicate before it is sent.")
    ] = None
    method: Literal["post", "put"] = "post"
    metadata: Annotated[
        dict[MetadataName, MetadataValue],
        Field(max_length=20, description=_METADATA, json_schema_extra={"additionalProperties": False}),
    ] = {}


# In any case; a name that is an ending alone has none.
_ENDING = r"[^/.\x00]\.({})$".format(
    "|".join("".join(f"[{sign}{sign.upper()}]" for sign in ending.removeprefix(".")) for ending in sorted(media_types.ENDINGS))
)


def _one_of(content_types: Collection[str]) -> str:
    return r"^({})(\s*;[^\x00]*)?$".format("|".join(map(re.escape, sorted(content_types))))


def _narrowed(schema: dict[str, Any]) -> None:
    """What an upload of its own is refused for with an error that says more than that the request is not valid."""
    schema["examples"] = [examples.UPLOAD_REQUEST]
    fields = schema["properties"]
    named = {"content_type": {"pattern": _one_of(media_types.ACCEPTED)}}
    by_ending = {"content_type": {"pattern": _one_of(media_types.UNSAID | {""})}, "filename": {"pattern": _ENDING}}
    schema["anyOf"] = [{"properties": named}, {"properties": by_ending}]
    fields["size"]["minimum"] = 1
    fields["metadata"]["properties"] = {"language": {"type": "string", "pattern": r"^([a-z]{3}(\+[a-z]{3}){0,2}|es|en|pt|qu)?$"}}


class UploadRequest(UploadItem):
    """An upload that a client announces; the bytes go straight to the store."""

    model_config = ConfigDict(json_schema_extra=_narrowed)


class SignedRequest(BaseModel):
    """The one request that the client may make: a form POST with `fields`, or a PUT with `headers`."""

    method: str
    url: str
    fields: dict[str, str] | None = None
    headers: dict[str, str] | None = None


class UploadAnswer(BaseModel):
    """Where to send the bytes, and where to look afterwards."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.UPLOAD_ANSWER]})

    task_id: UUID
    document_id: UUID
    object_key: str
    upload: SignedRequest
    expires_at: datetime
    status_url: str


class Duplicate(BaseModel):
    """A completed document has these bytes already."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.DUPLICATE]})

    document_id: UUID
    task_id: UUID
    duplicate: Literal[True] = True
    status_url: str


class BatchAnswer(BaseModel):
    """One item a request, in order: an upload, a duplicate, or a problem."""

    items: list[UploadAnswer | Duplicate | Problem]
    next_cursor: None = None
