"""The JSON of a correction: what a person may write in place of what was read."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from api.inputs import STORABLE, Day, Whole
from api.wording import wrong
from ingest.domain.corrections import Value

_MOST_LISTED = 50
Line = Annotated[str, StringConstraints(pattern=STORABLE, max_length=500)]
# What `folded` makes a type's word of.
TypeWord = Annotated[str, StringConstraints(pattern=r"^[A-Za-zÁÉÍÓÚÜÑáéíóúüñ_ ]{0,60}$")]
Lines = Annotated[list[Line], Field(max_length=_MOST_LISTED)]
Count = Annotated[int, Field(ge=0, le=100_000), Whole]


class CorrectionRequest(BaseModel):
    """Fields by the names that the document's answer has. null takes a correction back to what was read; `""` and `[]` say
    that the document does not say it.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"minProperties": 1, "examples": [{"sender": "Rosa Quispe Mamani", "date": "2025-03-12"}]},
    )

    document_type: TypeWord | None = None
    document_number: Annotated[str, StringConstraints(pattern=STORABLE, max_length=80)] | None = None
    office: Line | None = None
    sender: Line | None = None
    subject: Line | None = None
    title: Line | None = None
    date: Day | Literal[""] | None = None
    expediente: Line | None = None
    signed_by: Line | None = None
    signed_on: Day | Literal[""] | None = None
    recipients: Lines | None = None
    summary: Annotated[str, StringConstraints(pattern=STORABLE, max_length=2000)] | None = None
    keywords: Lines | None = None
    people: Lines | None = None
    deadline_days: Count | None = None
    folios: Count | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "CorrectionRequest":
        if not self.model_fields_set:
            raise wrong("no_change")
        return self

    def changes(self) -> dict[str, Value]:
        """The fields that were named, as JSON has their values."""
        said: dict[str, Value] = self.model_dump(mode="json", include=self.model_fields_set)
        return said


class CorrectionShown(BaseModel):
    """Who corrected a field and when, and what had been read."""

    model_config = ConfigDict(from_attributes=True)

    by: str
    at: datetime
    was: Any
