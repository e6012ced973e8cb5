"""The web page: files of our own, one policy that lets nothing else in."""

from typing import Annotated

from fastapi import APIRouter, Header, Response

from api.conditional import is_named
from api.page_files import PageFile
from api.state import AppState
from ingest.errors import NotFound, PageIncomplete

router = APIRouter(include_in_schema=False)

_NEEDED = ("index.html", "vendor/lit-html/lit-html.js", "vendor/noble-hashes/sha2.js")
_HEADERS = {
    # A browser keeps the files and asks each time: a new release counts at once, for the price of a 304.
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Vary": "Accept-Encoding",
}


def policy(store: str) -> str:
    """The Content-Security-Policy: scripts and styles from here alone, bytes to the store as clients reach it, no HTML from strings."""
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: {store}; connect-src 'self' {store}; "
        "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types lit-html bandeja-worker"
    )


@router.api_route("/", methods=["GET", "HEAD"])
async def index(
    state: AppState, if_none_match: Annotated[str, Header()] = "", accept_encoding: Annotated[str, Header()] = ""
) -> Response:
    """The page. Raises PageIncomplete where its modules were never fetched."""
    if not all(name in state.page for name in _NEEDED):
        raise PageIncomplete
    answer = _answer(state.page["index.html"], if_none_match, accept_encoding)
    answer.headers["Content-Security-Policy"] = policy(state.store_address)
    return answer


@router.api_route("/page/{name:path}", methods=["GET", "HEAD"])
async def file(
    name: str,
    state: AppState,
    if_none_match: Annotated[str, Header()] = "",
    accept_encoding: Annotated[str, Header()] = "",
) -> Response:
    """A file of the page."""
    found = state.page.get(name)
    if found is None:
        raise NotFound
    answer = _answer(found, if_none_match, accept_encoding)
    # A worker has a policy of its own.
    answer.headers["Content-Security-Policy"] = policy(state.store_address)
    return answer


def _answer(found: PageFile, if_none_match: str, accept_encoding: str) -> Response:
    headers = {**_HEADERS, "ETag": found.etag}
    if is_named(if_none_match, found.etag):
        return Response(status_code=304, headers=headers)
    if "gzip" in accept_encoding:
        return Response(found.zipped, media_type=found.media_type, headers={**headers, "Content-Encoding": "gzip"})
    return Response(found.body, media_type=found.media_type, headers=headers)
