"""The JSON of one document: what it says of itself in full, where it says so, and which others are the same letter."""

from collections.abc import Mapping, Sequence
from datetime import date as calendar_date
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api import examples
from api.correction_schemas import CorrectionShown
from api.schemas import DocumentAnswer
from ingest.domain.corrections import applied, of_json
from ingest.domain.descriptions import Description, Details, Evidence
from ingest.domain.documents import Document
from ingest.domain.numbers import numbers


class NearDuplicate(BaseModel):
    """A document that is the same letter once more: another scan, a copy with a stamp; `similarity` 0 to 1."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    similarity: float


class EvidenceShown(BaseModel):
    """Where a value was read: the page, the stretch of `/text` in characters, and its words."""

    model_config = ConfigDict(from_attributes=True)

    page: int
    start: int
    end: int
    text: str


class AmountSaid(BaseModel):
    """A sum of money: ISO 4217's word and figures with a decimal point."""

    model_config = ConfigDict(from_attributes=True)

    currency: str
    value: str


class DetailsAnswer(BaseModel):
    """What a document says of itself beside what a list shows; null or empty where it does not say."""

    model_config = ConfigDict(from_attributes=True)

    number_written: str | None = Field(description="The number with the letters behind it, as written.")
    expediente: str | None
    signed_on: calendar_date | None
    signed_by: str | None
    recipients: list[str]
    summary: str | None
    keywords: list[str]
    people: list[str]
    identities: list[str] = Field(description="RUC (11 figures) and DNI (8).")
    amounts: list[AmountSaid]
    deadline_days: int | None
    references: list[str]
    annexes: list[str]
    folios: int | None
    language: str | None = Field(description="ISO 639-1.")


class DocumentDetail(DocumentAnswer, DetailsAnswer):
    """What is known of a document, where it was read, and which others are the same letter."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.DOCUMENT_DETAIL]})

    number_normalized: str | None = Field(description="The number as it is compared: without zeros before it.")
    corrected: dict[str, CorrectionShown] = Field(description="By field, who corrected it, when, and what had been read.")
    evidence: dict[str, list[EvidenceShown]] = Field(description="By field, where its value was read.")
    near_duplicates: list[NearDuplicate]

    @classmethod
    def shown(
        cls,
        document: Document,
        details: Details,
        evidence: Mapping[str, Sequence[Evidence]],
        near_duplicates: Sequence[NearDuplicate],
    ) -> "DocumentDetail":
        """The answer for a row, its details, and those that are the same letter."""
        corrections = of_json(document.corrections)
        described, _ = applied(Description(details=details), corrections)
        said = {name: value or None if isinstance(value, str) else value for name, value in _values(described.details).items()}
        number = next(numbers(document.document_number), None)
        return cls(
            **DocumentAnswer.of(document).model_dump(),
            **DetailsAnswer.model_validate(said).model_dump(),
            number_normalized=(number.dated if number.year else number.number) if number else None,
            corrected={name: CorrectionShown.model_validate(one) for name, one in corrections.items()},
            # What a person wrote was read nowhere.
            evidence={
                name: [EvidenceShown.model_validate(one) for one in several]
                for name, several in evidence.items()
                if name not in corrections
            },
            near_duplicates=list(near_duplicates),
        )


def _values(details: Details) -> dict[str, object]:
    return {name: getattr(details, name) for name in DetailsAnswer.model_fields}
