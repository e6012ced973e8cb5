"""Search: one question, one list of documents; and what a question may go on with as it is typed."""

from datetime import datetime
from time import perf_counter
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request

from api import problems
from api.access import Reader
from api.inputs import Day, Text
from api.search_schemas import FilterOffer, SearchAnswer, SearchHit, SuggestedText, Suggestions
from api.state import AppState
from ingest.db import suggestions
from ingest.db.documents import Filters
from ingest.db.engine import Database
from ingest.domain.documents import folded
from ingest.domain.facets import Facet
from ingest.search import answer
from ingest.search.answer import Mode
from ingest.search.date_words import offered_filters

router = APIRouter(prefix="/api/v1/search", tags=["search"])

_FACET = "|".join(facet.value for facet in Facet)


@router.get("", responses=problems.documented("search_busy", "ai_rejected", "ai_rate_limited", "ai_unavailable"))
async def search(
    request: Request,
    state: AppState,
    _: Reader,
    q: Annotated[str, Query(min_length=1, max_length=500, description='Words; "a phrase" as written; -word to exclude.')],
    mode: Mode = Mode.HYBRID,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
    offset: Annotated[int, Query(ge=0, le=1000)] = 0,
    document_type: Text | None = None,
    office: Text | None = None,
    date_from: Day | None = None,
    date_to: Day | None = None,
    device: Text | None = None,
    year: Annotated[int | None, Query(ge=1, le=9999)] = None,
    month: Annotated[int | None, Query(ge=1, le=12)] = None,
    sender: Text | None = None,
    correct: Annotated[bool, Query(description="Whether a word that nothing holds may be taken for one that is held.")] = True,
    facets: Annotated[
        str,
        Query(
            pattern=rf"^(({_FACET})(,({_FACET}))*)?$", description="What to count the documents found by, with commas between."
        ),
    ] = "",
    places: Annotated[bool, Query(description="Whether each hit tells all its places, not the best one alone.")] = False,
) -> SearchAnswer:
    """The documents that answer the question, best first; one hit a document, with its best passage."""
    started = perf_counter()
    filters = Filters(
        document_type=folded(document_type) if document_type else None,
        office=office,
        date_from=date_from,
        date_to=date_to,
        device=device,
        year=year,
        month=month,
        sender=sender,
    )
    question = q.replace("\0", " ")

    counted = [Facet(name) for name in facets.split(",") if name]
    today = datetime.now(ZoneInfo(state.settings.timezone)).date()

    def ask(database: Database) -> SearchAnswer:
        found = answer.search(
            database,
            state.embedders.current(database),
            question,
            mode=mode,
            filters=filters,
            limit=limit,
            offset=offset,
            correct=correct,
            facets=counted,
            places=places,
            stand_in=state.embedders.stand_in,
        )
        state.services.tallies.observe("bandeja_search_seconds", perf_counter() - started, mode=mode.value)
        said = SearchAnswer.model_validate(found)
        said.hits = [SearchHit.of(hit) for hit in found.hits]
        said.offered_filters = [FilterOffer.model_validate(one) for one in offered_filters(q, today)]
        return said

    return await state.questions.answer(request, ask)


@router.get("/suggest", responses=problems.documented("search_busy"))
async def suggest(
    request: Request,
    state: AppState,
    _: Reader,
    q: Annotated[str, Query(min_length=1, max_length=100, description="What was typed so far.")],
    limit: Annotated[int, Query(ge=1, le=20)] = 8,
) -> Suggestions:
    """Words, numbers, titles, offices and senders that go on with what was typed."""

    def ask(database: Database) -> Suggestions:
        with database.begin() as connection:
            found = suggestions.suggest(connection, q.encode("utf-8", "replace").decode(), limit)
        return Suggestions(query=q, items=[SuggestedText.model_validate(one) for one in found])

    return await state.questions.answer(request, ask)
