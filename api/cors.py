"""Pages of other hosts may call the API where a setting names them; with a key of theirs, never by somebody's cookie."""

from fastapi import Request
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from api.state import state_of

_METHODS = ("GET", "POST", "PATCH", "DELETE")
_SENT = (
    "Accept-Language",
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-None-Match",
    "Last-Event-ID",
    "X-API-Key",
    "X-Request-ID",
)
_SHOWN = ("Content-Language", "ETag", "Retry-After", "X-Request-ID")


class Cors:
    """ASGI middleware around `CORSMiddleware`, which wants the origins before the settings are read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._cors: CORSMiddleware | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, with the headers that its origin may see."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/") or "origin" not in Headers(scope=scope):
            await self._app(scope, receive, send)
            return
        if self._cors is None:
            origins = state_of(Request(scope)).settings.cors_origins
            self._cors = CORSMiddleware(
                self._app, allow_origins=origins, allow_methods=_METHODS, allow_headers=_SENT, expose_headers=_SHOWN
            )
        await self._cors(scope, receive, send)
