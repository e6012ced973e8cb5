"""Who calls, what they may do, and how often."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hmac import compare_digest
from time import time
from typing import Annotated, cast
from uuid import UUID

from anyio import to_thread
from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from fastapi.security.utils import get_authorization_scheme_param

from api import sessions
from api.state import AppState, State, state_of
from api.throttle import address_of
from ingest.db import keys
from ingest.db.keys import ApiKey
from ingest.errors import Forbidden, RateLimited, SessionEnded, Unauthorized

LOCAL_ADMIN = ApiKey(id=UUID(int=0), name="local admin", scopes=("admin",), rate_limited=False)  # it has no row

_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="An API key (`bandeja key add`).")
_bearer = HTTPBearer(auto_error=False, description="The same key as a bearer token.")


async def authenticate(request: Request) -> ApiKey:
    """The key that this request shows, or the one of its cookie's session; a key counts before a cookie.

    Raises Unauthorized, SessionEnded, CsrfRefused, RateLimited, DatabaseUnavailable.
    """
    state = state_of(request)
    host = request.client.host if request.client else ""
    # Threads of its own: neither slow searches nor pictures keep a request from being refused.
    if secret := _secret(request):
        return await to_thread.run_sync(identify, state, secret, host, limiter=state.key_threads)
    if token := sessions.token_of(request):
        return await to_thread.run_sync(_of_session, state, request, token, host, limiter=state.key_threads)
    raise Unauthorized


def _secret(request: Request) -> str:
    scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
    return request.headers.get("x-api-key") or (token if scheme.lower() == "bearer" else "")


def identify(state: State, secret: str, host: str) -> ApiKey:
    """The key with this secret, shown by this address. Raises Unauthorized, RateLimited, DatabaseUnavailable."""
    with _throttled(state, secret, host):
        found = _find(state, secret)
    _count(state, found)
    return found


def _of_session(state: State, request: Request, token: str, host: str) -> ApiKey:
    with _throttled(state, token, host):
        session = sessions.find(state, token)
    sessions.check_change(request, token)
    key = session.key or LOCAL_ADMIN
    _count(state, key)
    return key


@contextmanager
def _throttled(state: State, secret: str, host: str) -> Iterator[None]:
    """Around a look at who shows this secret: an address that shows too many wrong ones is made to wait. Raises RateLimited."""
    state.throttle.check(host, secret)
    try:
        yield
    except (Unauthorized, SessionEnded):
        state.throttle.failed(host)
        raise
    state.throttle.succeeded(host, secret)


def _count(state: State, key: ApiKey) -> None:
    """Remember that the key is in use; raise RateLimited where it has called too often in this minute."""
    if key.is_stale(datetime.now(UTC)):
        with state.services.database.begin() as connection:
            keys.note_use(connection, key.id)
    limit = state.settings.rate_limit_per_minute
    if key.rate_limited and limit:
        now = time()
        if not state.services.tallies.allow(str(key.id), limit, int(now // 60)):
            raise RateLimited(retry_after=60 - now % 60)


def _find(state: State, secret: str) -> ApiKey:
    local = state.settings.api_key.get_secret_value()
    if local and compare_digest(secret.encode("utf-8", "surrogatepass"), local.encode()):
        return LOCAL_ADMIN
    with state.services.database.begin() as connection:
        found = keys.find(connection, secret)
    if found is None:
        raise Unauthorized
    return found


async def caller(
    request: Request,
    _key: Annotated[str | None, Security(_header)] = None,
    _token: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)] = None,
) -> ApiKey:
    """The key that calls, as the gate found it; the parameters are for OpenAPI."""
    return cast(ApiKey, request.state.key)


def may(scope: str) -> Callable[[ApiKey], Awaitable[ApiKey]]:
    """A dependency: the caller, who has this scope. Raises Forbidden."""

    async def check(key: Annotated[ApiKey, Depends(caller)]) -> ApiKey:
        if not key.may(scope):
            raise Forbidden(scope)
        return key

    return check


Caller = Annotated[ApiKey, Depends(caller)]
Reader = Annotated[ApiKey, Depends(may("read"))]
Uploader = Annotated[ApiKey, Depends(may("upload"))]
Admin = Annotated[ApiKey, Depends(may("admin"))]


async def may_see_metrics(request: Request, state: AppState) -> None:
    """Loopback and the networks set for it need no key; anyone else needs one that may read."""
    address = address_of(request.client.host) if request.client else None
    if address is not None and (address.is_loopback or any(address in network for network in state.settings.metrics_networks)):
        return
    if not (await authenticate(request)).may("read"):
        raise Forbidden("read")
