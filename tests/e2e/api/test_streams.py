"""Live streams: so many a key, none after its key is revoked, and nothing else waits for them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from ingest.db import keys
from ingest.db.engine import Database
from tests.conftest import SHORT
from tests.support.office import Office

pytestmark = pytest.mark.stack

MOST = int(SHORT["BANDEJA_STREAMS_PER_KEY"])


@pytest.fixture
def database(office: Office) -> Iterator[Database]:
    database = Database(office.env["DATABASE_URL"], pool_size=1)
    yield database
    database.close()


@pytest.fixture
def key(database: Database) -> Callable[[str], str]:
    def add(name: str) -> str:
        with database.begin() as connection:
            return keys.add(connection, name, ("read",))

    return add


@pytest.fixture
def waiting(office: Office) -> str:
    """The stream of an upload that never comes."""
    return f"{office.env['BANDEJA_API_URL']}/api/v1/tasks/{office.announce('nunca.pdf', b'x')['task_id']}/events"


def following(opened: ExitStack, url: str, secret: str) -> httpx.Response:
    return opened.enter_context(httpx.stream("GET", url, headers={"X-API-Key": secret}, timeout=60))


def test_a_key_holds_so_many_streams_and_gets_its_places_back(key: Callable[[str], str], waiting: str) -> None:
    mine, other = key("corrientes"), key("corrientes de otro")
    with ExitStack() as opened:
        for _ in range(MOST):
            assert following(opened, waiting, mine).status_code == 200
        refused = httpx.get(waiting, headers={"X-API-Key": mine})
        assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
        assert int(refused.headers["retry-after"]) >= 1
        assert following(opened, waiting, other).status_code == 200
    for _ in range(600):
        with ExitStack() as opened:
            if following(opened, waiting, mine).status_code == 200:
                return
    pytest.fail("its places are still taken")


def test_a_revoked_keys_stream_ends_and_another_goes_on(
    office: Office, key: Callable[[str], str], waiting: str, database: Database
) -> None:
    revoked, good = key("revocada a media corriente"), key("sigue")
    with ExitStack() as opened:
        ending, going_on = following(opened, waiting, revoked).iter_lines(), following(opened, waiting, good).iter_lines()
        assert next(ending) == next(going_on) == "event: task"
        with database.begin() as connection:
            assert keys.revoke(connection, "revocada a media corriente") == 1
        list(ending)  # until it ends
        assert office.api.post(waiting.replace("/events", "/cancel")).status_code == 200
        assert '"status":"cancelled"' in "".join(going_on)


def test_nothing_else_waits_for_streams(office: Office, key: Callable[[str], str], waiting: str) -> None:
    with ExitStack() as opened:
        for number in range(5):
            secret = key(f"muchas {number}")
            for _ in range(MOST):
                assert following(opened, waiting, secret).status_code == 200
        assert office.api.get("/health/ready").json()["status"] == "ok"
        assert office.api.get("/api/v1/search", params={"q": "oficio"}).status_code == 200
