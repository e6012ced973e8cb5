"""The JSON of search's answers, as docs/reference.md names it."""

from datetime import date as calendar_date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api import examples
from ingest.domain.facets import Facet
from ingest.domain.suggestions import Kind
from ingest.search.answer import Hit

Box = Annotated[
    tuple[float, float, float, float],
    Field(description="Left, top, right, bottom, in fractions of the page, as in `…/pages/{page}`."),
]


class HitPlace(BaseModel):
    """A place of a document that holds marked words; as a hit's."""

    model_config = ConfigDict(from_attributes=True)

    page: int
    boxes: list[Box]
    snippet: str


class SearchHit(BaseModel):
    """A document and its best passage; `snippet` is HTML, escaped but for `<mark>`.

    `boxes` are those of the marked words on `page`; `line_image` is where to get a picture of their line, null where no word is
    marked. `places`, on request, are all places, 100 at most.
    """

    model_config = ConfigDict(from_attributes=True)

    document_id: UUID
    title: str
    document_type: str | None
    document_number: str | None
    date: calendar_date | None
    object_key: str
    filename: str
    page: int
    score: float
    snippet: str
    pages_matched: list[int]
    boxes: list[Box]
    line_image: str | None = None
    places: list[HitPlace] | None = None

    @classmethod
    def of(cls, hit: Hit) -> "SearchHit":
        """The answer for a hit."""
        said = cls.model_validate(hit)
        if hit.line is not None:
            said.line_image = f"/api/v1/documents/{hit.document_id}/pages/{hit.page}/image?crop={hit.line}"
        return said


class FacetValue(BaseModel):
    """A value, as its filter takes it, and how many of the documents found have it."""

    model_config = ConfigDict(from_attributes=True)

    value: str
    count: int


class FilterOffer(BaseModel):
    """A filter that a stretch of the question may have meant; it was not applied."""

    model_config = ConfigDict(from_attributes=True)

    text: str
    filter: Literal["year", "month", "date_from", "date_to"]
    value: str


class SuggestedText(BaseModel):
    """A text that goes on with what was typed, and how many documents have it (1,000 stands for more)."""

    model_config = ConfigDict(from_attributes=True)

    text: str
    kind: Kind
    count: int


class Suggestions(BaseModel):
    """What a question may go on with."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.SUGGESTIONS]})

    query: str
    items: list[SuggestedText]


class SearchAnswer(BaseModel):
    """What was found; `degraded` says that the embedder was away and words alone were searched."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [examples.SEARCH_ANSWER]})

    query: str
    corrected_query: str | None
    took_ms: float
    total: int
    hits: list[SearchHit]
    degraded: bool
    facets: dict[Facet, list[FacetValue]]
    offered_filters: list[FilterOffer] = []


class SimilarDocument(BaseModel):
    """A document that says much the same; `score` is a cosine."""

    model_config = ConfigDict(from_attributes=True)

    document_id: UUID
    title: str
    document_type: str | None
    document_number: str | None
    date: calendar_date | None
    filename: str
    score: float


class SimilarDocuments(BaseModel):
    """The documents nearest to one, nearest first; none while its vectors are still to come."""

    items: list[SimilarDocument]
    next_cursor: None = None
