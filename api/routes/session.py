"""The page's session: begun with a key, gone on by cookie."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from api import problems, sessions
from api.access import LOCAL_ADMIN, identify
from api.state import AppState
from ingest.db.keys import ApiKey
from ingest.errors import Unauthorized

router = APIRouter(prefix="/api/v1/session", tags=["session"])


class SessionRequest(BaseModel):
    """An API key."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"key": "bdj_…"}]})

    key: Annotated[SecretStr, Field(min_length=1, max_length=500)]


class SessionAnswer(BaseModel):
    """Who is signed in, until when, what a change must show in `X-CSRF-Token`, and the office's time zone."""

    name: str
    scopes: list[str]
    csrf_token: str
    expires_at: datetime
    timezone: str

    @classmethod
    def of(cls, key: ApiKey, token: str, expires_at: datetime, timezone: str) -> "SessionAnswer":
        """The answer for a session."""
        return cls(
            name=key.name,
            scopes=list(key.scopes),
            csrf_token=sessions.csrf_token(token),
            expires_at=expires_at,
            timezone=timezone,
        )


@router.post("", status_code=201, responses=problems.documented())
def sign_in(wanted: SessionRequest, request: Request, response: Response, state: AppState) -> SessionAnswer:
    """Begin a session: an HttpOnly cookie, which counts as the key does from now on. Needs no key but the one in its body."""
    sessions.check_origin(request)
    host = request.client.host if request.client else ""
    key = identify(state, wanted.key.get_secret_value(), host)
    request.state.key = key
    token, session = sessions.begin(state, key, is_local=key is LOCAL_ADMIN)
    sessions.set_cookie(request, response, token, state.settings.session_seconds)
    response.headers["Cache-Control"] = "no-store"
    return SessionAnswer.of(key, token, session.expires_at, state.settings.timezone)


@router.get("", responses=problems.documented())
def get_session(request: Request, response: Response, state: AppState) -> SessionAnswer:
    """Who is signed in by the cookie; 401 where nobody is."""
    token = sessions.token_of(request)
    if not token:
        raise Unauthorized
    found = sessions.find(state, token)
    response.headers["Cache-Control"] = "no-store"
    return SessionAnswer.of(found.key or LOCAL_ADMIN, token, found.expires_at, state.settings.timezone)


@router.delete("", status_code=204, responses=problems.documented())
def sign_out(request: Request, state: AppState) -> Response:
    """End the session of the cookie, at once and everywhere."""
    response = Response(status_code=204)
    if token := sessions.token_of(request):
        sessions.end(state, token)
        sessions.set_cookie(request, response, "", 0)
    return response
