"""Search: one question, one list of documents."""

from time import perf_counter
from typing import Annotated

from fastapi import APIRouter, Query, Request

from api import problems
from api.access import Reader
from api.inputs import Day, Text
from api.schemas import SearchAnswer
from api.state import AppState
from ingest.db.documents import Filters
from ingest.db.engine import Database
from ingest.domain.documents import folded
from ingest.search import answer
from ingest.search.answer import Mode

router = APIRouter(prefix="/api/v1/search", tags=["search"])


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
) -> SearchAnswer:
    """The documents that answer the question, best first; one hit a document, with its best passage."""
    started = perf_counter()
    filters = Filters(
        document_type=folded(document_type) if document_type else None,
        office=office,
        date_from=date_from,
        date_to=date_to,
        device=device,
    )
    question = q.replace("\0", " ")

    def ask(database: Database) -> SearchAnswer:
        found = answer.search(database, state.embedder, question, mode=mode, filters=filters, limit=limit, offset=offset)
        state.services.tallies.observe("bandeja_search_seconds", perf_counter() - started, mode=mode.value)
        return SearchAnswer.model_validate(found)

    return await state.questions.answer(request, ask)
