"""The JSON of the letters around a letter, as docs/reference.md names it."""

from datetime import date as calendar_date
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from api import examples


class Letter(BaseModel):
    """A document at one end of a reference."""

    model_config = ConfigDict(from_attributes=True)

    document_id: UUID
    title: str
    document_type: str | None
    document_number: str | None
    date: calendar_date | None
    filename: str


class ThreadLink(BaseModel):
    """A reference: the document at its other end (null where none is there), and where its words stand."""

    model_config = ConfigDict(from_attributes=True)

    document: Letter | None
    kind: str | None
    number: str
    read_in: UUID
    page: int
    words: str


class ThreadCandidates(BaseModel):
    """A reference that fits several documents, or none for sure."""

    model_config = ConfigDict(from_attributes=True)

    documents: list[Letter]
    answers: bool
    kind: str | None
    number: str
    read_in: UUID
    page: int
    words: str


class ThreadAnswer(BaseModel):
    """The letters around a letter."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [examples.THREAD]})

    answers: list[ThreadLink]
    answered_by: list[ThreadLink]
    mentions: list[ThreadLink]
    mentioned_by: list[ThreadLink]
    candidates: list[ThreadCandidates]
