"""Who calls, what they may do, and how often."""

from collections.abc import Callable
from hmac import compare_digest
from ipaddress import ip_address, ip_network
from time import time
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from api.state import State, state_of
from ingest.db import keys
from ingest.db.keys import ApiKey
from ingest.errors import Forbidden, RateLimited, Unauthorized

_LOCAL_ADMIN = ApiKey(id=UUID(int=0), name="local admin", scopes=("admin",), rate_limited=False)

_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="An API key (`bandeja key add`).")
_bearer = HTTPBearer(auto_error=False, description="The same key as a bearer token.")


def caller(
    state: Annotated[State, Depends(state_of)],
    key: Annotated[str | None, Security(_header)] = None,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)] = None,
) -> ApiKey:
    """The key that calls. Raises Unauthorized, RateLimited."""
    secret = key or (bearer.credentials if bearer else "")
    found = _find(state, secret) if secret else None
    if found is None:
        raise Unauthorized
    limit = state.settings.rate_limit_per_minute
    if found.rate_limited and limit:
        now = time()
        if not state.services.tallies.allow(str(found.id), limit, int(now // 60)):
            raise RateLimited(retry_after=60 - now % 60)
    return found


def _find(state: State, secret: str) -> ApiKey | None:
    local = state.settings.api_key.get_secret_value()
    if local and compare_digest(secret.encode(), local.encode()):
        return _LOCAL_ADMIN
    with state.services.database.begin() as connection:
        return keys.find(connection, secret)


def may(scope: str) -> Callable[[ApiKey], ApiKey]:
    """A dependency: the caller, who has this scope. Raises Unauthorized, Forbidden, RateLimited."""

    def check(key: Annotated[ApiKey, Depends(caller)]) -> ApiKey:
        if not key.may(scope):
            raise Forbidden(scope)
        return key

    return check


Caller = Annotated[ApiKey, Depends(caller)]
Reader = Annotated[ApiKey, Depends(may("read"))]
Uploader = Annotated[ApiKey, Depends(may("upload"))]
Admin = Annotated[ApiKey, Depends(may("admin"))]


def may_see_metrics(
    request: Request,
    state: Annotated[State, Depends(state_of)],
    key: Annotated[str | None, Security(_header)] = None,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)] = None,
) -> None:
    """Loopback and the networks set for it need no key; anyone else needs one that may read."""
    address = ip_address(request.client.host) if request.client else None
    networks = [ip_network(network) for network in state.settings.metrics_networks]
    if address is not None and (address.is_loopback or any(address in network for network in networks)):
        return
    if not caller(state, key, bearer).may("read"):
        raise Forbidden("read")
