"""The JSON of uploads, as docs/reference.md names it."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api import examples
from api.inputs import STORABLE
from api.schemas import Problem
from ingest.intake.uploads import CONTENT_TYPES

MetadataName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
MetadataValue = Annotated[str, StringConstraints(max_length=500, pattern=STORABLE)]


_TYPES = r"^({})(\s*;[^\x00]*)?$".format("|".join(sorted(CONTENT_TYPES)))
_METADATA: dict[str, Any] = {
    "examples": [{"language": "es", "expediente": "2025-0123"}],
    "properties": {"language": {"type": "string", "pattern": r"^([a-z]{3}(\+[a-z]{3}){0,2}|es|en|pt|qu)?$"}},
}


class UploadRequest(BaseModel):
    """An upload that a client announces; the bytes go straight to the store."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [examples.UPLOAD_REQUEST]},
    )

    filename: Annotated[str, Field(min_length=1, max_length=2000, pattern=STORABLE, description="The name as the user knows it.")]
    # What OpenAPI says here is refused with an error that says more than that the request is not valid.
    content_type: Annotated[
        str,
        Field(
            min_length=1, max_length=200, pattern=STORABLE, json_schema_extra={"pattern": _TYPES, "examples": ["application/pdf"]}
        ),
    ]
    size: Annotated[int, Field(ge=0, description="Bytes, exactly.", json_schema_extra={"minimum": 1})]
    sha256: Annotated[
        str | None, Field(pattern=r"^[0-9a-fA-F]{64}$", description="Hex; finds a duplicate before it is sent.")
    ] = None
    method: Literal["post", "put"] = "post"
    metadata: Annotated[
        dict[MetadataName, MetadataValue],
        Field(
            max_length=20,
            description="Kept with the document. `language` says in which its pages are read.",
            json_schema_extra=_METADATA,
        ),
    ] = {}


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
