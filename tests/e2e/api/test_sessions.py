"""Signing in to the page: a cookie in place of a key, and what it is refused for."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from ingest.db import keys
from ingest.db.engine import Database
from tests.support.office import Office

pytestmark = pytest.mark.stack

COOKIE = "bandeja_session"


@pytest.fixture
def database(office: Office) -> Iterator[Database]:
    opened = Database(office.env["DATABASE_URL"], pool_size=1)
    yield opened
    opened.close()


@pytest.fixture
def browser(office: Office) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=office.env["BANDEJA_API_URL"], timeout=30) as client:
        yield client


def sign_in(browser: httpx.Client, key: str) -> dict[str, str]:
    """The header that a change must show."""
    answer = browser.post("/api/v1/session", json={"key": key})
    assert answer.status_code == 201, answer.text
    return {"X-CSRF-Token": answer.json()["csrf_token"]}


@pytest.fixture
def made(database: Database) -> tuple[str, str]:
    """Name and secret of a key that may read and upload."""
    name = f"page {uuid4()}"
    with database.begin() as connection:
        return name, keys.add(connection, name, ("read", "upload"))


def test_the_cookie_is_out_of_reach_and_counts_as_the_key(browser: httpx.Client, made: tuple[str, str]) -> None:
    name, secret = made
    answer = browser.post("/api/v1/session", json={"key": secret})
    given = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in given.split(";")}
    assert secret not in given
    assert secret not in answer.text
    body = answer.json()
    assert (body["name"], body["scopes"]) == (name, ["read", "upload"])
    assert datetime.fromisoformat(body["expires_at"]) > datetime.now(UTC) + timedelta(hours=11)
    assert browser.get("/api/v1/session").json() == body
    assert browser.get("/api/v1/tasks").status_code == 200
    assert browser.get("/api/v1/parked").json()["code"] == "forbidden"


def test_the_local_key_signs_in_too(office: Office, browser: httpx.Client) -> None:
    sign_in(browser, office.env["BANDEJA_API_KEY"])
    assert browser.get("/api/v1/parked").status_code == 200


@pytest.mark.parametrize("key", ["guess", "bdj_" + "a" * 43, "ñ", " "])
def test_a_wrong_key_signs_nobody_in(browser: httpx.Client, key: str) -> None:
    answer = browser.post("/api/v1/session", json={"key": key})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("body", [b"", b"[]", b'{"key": ""}', b'{"key": 1}', b'{"key": "a", "more": 1}', b"\xff"])
def test_what_is_no_sign_in(browser: httpx.Client, body: bytes) -> None:
    answer = browser.post("/api/v1/session", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


WANTED = {"filename": "a.pdf", "content_type": "application/pdf", "size": 1000}


def test_a_change_needs_the_token(browser: httpx.Client, made: tuple[str, str]) -> None:
    token = sign_in(browser, made[1])
    for headers in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "a" * 64}):
        answer = browser.post("/api/v1/uploads", json=WANTED, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_refused")
    assert browser.post("/api/v1/uploads", json=WANTED, headers=token).status_code == 201


@pytest.mark.parametrize(
    "foreign",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
)
def test_a_change_from_another_site_is_refused(browser: httpx.Client, made: tuple[str, str], foreign: dict[str, str]) -> None:
    token = sign_in(browser, made[1])
    assert browser.post("/api/v1/uploads", json=WANTED, headers={**token, **foreign}).json()["code"] == "csrf_refused"
    # Nor may it sign somebody in as somebody else.
    assert browser.post("/api/v1/session", json={"key": made[1]}, headers=foreign).json()["code"] == "csrf_refused"


def test_our_own_origin_is_welcome(office: Office, browser: httpx.Client, made: tuple[str, str]) -> None:
    token = sign_in(browser, made[1])
    ours = {"Origin": office.env["BANDEJA_API_URL"], "Sec-Fetch-Site": "same-origin"}
    assert browser.post("/api/v1/uploads", json=WANTED, headers={**token, **ours}).status_code == 201


def test_anothers_token_is_no_good(office: Office, browser: httpx.Client, made: tuple[str, str]) -> None:
    sign_in(browser, made[1])
    with httpx.Client(base_url=office.env["BANDEJA_API_URL"]) as other:
        token = sign_in(other, made[1])
    assert browser.post("/api/v1/uploads", json=WANTED, headers=token).json()["code"] == "csrf_refused"


def test_a_key_in_the_header_counts_before_the_cookie(office: Office, browser: httpx.Client, made: tuple[str, str]) -> None:
    sign_in(browser, made[1])
    key = {"X-API-Key": office.env["BANDEJA_API_KEY"]}
    assert browser.get("/api/v1/parked", headers=key).status_code == 200
    assert browser.post("/api/v1/uploads", json=WANTED, headers=key).status_code == 201
    assert browser.get("/api/v1/tasks", headers={"X-API-Key": "guess"}).json()["code"] == "unauthorized"


def _has_ended(browser: httpx.Client) -> bool:
    answer = browser.get("/api/v1/tasks")
    return (answer.status_code, answer.json()["code"]) == (401, "session_ended")


def test_signing_out_ends_it_for_good(browser: httpx.Client, made: tuple[str, str]) -> None:
    token, cookie = sign_in(browser, made[1]), browser.cookies[COOKIE]
    assert browser.delete("/api/v1/session").json()["code"] == "csrf_refused"
    assert browser.delete("/api/v1/session", headers=token).status_code == 204
    assert COOKIE not in browser.cookies
    browser.cookies.set(COOKIE, cookie)
    assert _has_ended(browser)


def test_it_ends_with_its_key(browser: httpx.Client, database: Database, made: tuple[str, str]) -> None:
    sign_in(browser, made[1])
    with database.begin() as connection:
        keys.revoke(connection, made[0])
    assert _has_ended(browser)


def test_it_ends_with_its_time_and_is_forgotten(browser: httpx.Client, database: Database, made: tuple[str, str]) -> None:
    sign_in(browser, made[1])
    with database.begin() as connection:
        passed = text(
            "UPDATE sessions SET expires_at = now() - interval '1 second' WHERE key_id = (SELECT id FROM api_keys WHERE name = :name)"
        )
        connection.execute(passed, {"name": made[0]})
    assert _has_ended(browser)
    browser.cookies.clear()
    sign_in(browser, made[1])
    with database.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM sessions WHERE expires_at < now()")).scalar_one() == 0


@pytest.mark.parametrize("cookie", ["", "guess", "a" * 4000])
def test_a_made_up_cookie_is_nobody(browser: httpx.Client, cookie: str) -> None:
    browser.cookies.set(COOKIE, cookie)
    answer = browser.get("/api/v1/tasks")
    assert answer.status_code == 401
    assert answer.json()["code"] in ("session_ended", "unauthorized")


def test_only_a_digest_is_stored(browser: httpx.Client, database: Database, made: tuple[str, str]) -> None:
    sign_in(browser, made[1])
    with database.begin() as connection:
        rows = connection.execute(text("SELECT sessions::text FROM sessions")).scalars().all()
    assert rows
    assert not any(browser.cookies[COOKIE] in row or made[1] in row for row in rows)
