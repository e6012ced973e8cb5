"""Sessions of the page: a cookie that no script can read, and a token that no other site can know.

The cookie is HttpOnly and SameSite=Strict. What changes something must also come from our own page and show the CSRF token, which
is an HMAC of the cookie's token (OWASP, Cross-Site Request Forgery Prevention Cheat Sheet), so none is stored.
"""

import hmac
from hashlib import sha256
from urllib.parse import urlsplit

from fastapi import Request, Response

from api.state import State
from ingest.db import sessions
from ingest.db.keys import ApiKey, digest
from ingest.db.sessions import Session
from ingest.errors import CsrfRefused, SessionEnded

CSRF_HEADER = "X-CSRF-Token"
_PLAIN, _SECURE = "bandeja_session", "__Host-bandeja_session"
_SAFE = frozenset(["GET", "HEAD", "OPTIONS"])


def token_of(request: Request) -> str:
    """The token in the request's cookie, or ""."""
    return request.cookies.get(_cookie_name(request), "")


def csrf_token(token: str) -> str:
    """The token that a change shows beside the cookie."""
    return hmac.new(token.encode("utf-8", "surrogatepass"), b"csrf", sha256).hexdigest()


def check_origin(request: Request) -> None:
    """Raise CsrfRefused where a browser says that the request comes from another site's page."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    if site not in ("same-origin", "none") or (origin is not None and urlsplit(origin).netloc != request.headers.get("host")):
        raise CsrfRefused


def check_change(request: Request, token: str) -> None:
    """Raise CsrfRefused where the request changes something and does not show that it is our page's."""
    if request.method in _SAFE:
        return
    check_origin(request)
    shown = request.headers.get(CSRF_HEADER, "").encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(shown, csrf_token(token).encode()):
        raise CsrfRefused


def find(state: State, token: str) -> Session:
    """The live session of a cookie's token. Raises SessionEnded."""
    with state.services.database.begin() as connection:
        found = sessions.find(connection, token)
    if found is None:
        raise SessionEnded
    local = state.settings.api_key.get_secret_value()
    if found.key is None and not (local and hmac.compare_digest(found.local_key_sha256 or b"", digest(local))):
        raise SessionEnded
    return found


def begin(state: State, key: ApiKey, *, is_local: bool) -> tuple[str, Session]:
    """A new session of this key, with its token."""
    local = state.settings.api_key.get_secret_value() if is_local else ""
    with state.services.database.begin() as connection:
        token, expires_at = sessions.begin(
            connection, key_id=None if is_local else key.id, local_key=local, seconds=state.settings.session_seconds
        )
    return token, Session(None if is_local else key, None, expires_at)


def end(state: State, token: str) -> None:
    """End the session, if it lives."""
    with state.services.database.begin() as connection:
        sessions.end(connection, token)


def set_cookie(request: Request, response: Response, token: str, seconds: int) -> None:
    """Hand the token to the browser; `seconds` 0 takes it back."""
    response.set_cookie(
        _cookie_name(request),
        token,
        max_age=seconds,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def _cookie_name(request: Request) -> str:
    """`__Host-` keeps a neighbouring host from setting it; browsers take that by HTTPS alone."""
    return _SECURE if request.url.scheme == "https" else _PLAIN
