"""No input is answered with 500, no answer lacks its id, and nobody without a key costs memory."""

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from tests.support import made
from tests.support.office import Office

pytestmark = pytest.mark.stack

SURROGATE = "\ud800"
ID = str(uuid4())
UPLOAD = {"filename": "a.pdf", "content_type": "application/pdf", "size": 10}

QUERIES = [
    *(
        f"/api/v1/{where}?{name}=a%00b"
        for where in ("documents", "search")
        for name in ("document_type", "office", "device", "sender")
    ),
    "/api/v1/tasks?device=%00",
    "/api/v1/tasks?code=%00",
    "/api/v1/tasks?since=0001-01-01T00:00:00%2B14:00",
    "/api/v1/tasks?since=9999-12-31T23:59:59-12:00",
    "/api/v1/tasks?since=1e400",
    "/api/v1/documents?date_from=0001-01-01&date_to=9999-12-31",
    "/api/v1/documents?date_from=-999999999999999999",
    "/api/v1/tasks?cursor=MDAwMS0wMS0wMVQwMDowMDowMCsyMzo1OXwwMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDA=",
    "/api/v1/tasks?cursor=MjAyNS0wMS0wMVQwMDowMDowMCsyMzo1OTo1OS45OTk5OTl8MDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAw",
    f"/api/v1/tasks?cursor=0.{'f' * 32}",
    f"/api/v1/tasks?cursor=9999999999999999.{'0' * 32}",
    "/api/v1/parked?cursor=999999999999999999",
    "/api/v1/search?q=%00",
    "/api/v1/search?q=%ED%A0%80",
    "/api/v1/search?q=a&offset=1000&limit=100",
    "/api/v1/search?q=a&year=99999999999&month=0",
    "/api/v1/search?q=a&facets=type,%00",
    *(f"/api/v1/search/suggest?q={typed}" for typed in ("%00", "%ED%A0%80", "%25", "1_%5C", "%27%3A*", "%F0%9F%98%80", "-")),
    f"/api/v1/documents/{ID}/pages/99999999999999999999",
    "/api/v1/documents/%00",
    "/api/v1/documents/%00/thread",
    "/api/v1/documents/%00/searchable.pdf",
    f"/api/v1/documents/{ID}/history?limit=%00",
    "/api/v1/audit?cursor=%00",
    "/api/v1/audit?limit=0",
    f"/api/v1/documents/{ID}/thread?limit=%00",
    "/api/v1/%ff%fe",
    "//",
]
BODIES: list[tuple[str, Any]] = [
    *(("/api/v1/uploads", {**UPLOAD, "metadata": {"a": text}}) for text in ("\0", SURROGATE)),
    *(("/api/v1/uploads", {**UPLOAD, "filename": text}) for text in ("a\0.pdf", f"{SURROGATE}.pdf")),
    ("/api/v1/uploads", {**UPLOAD, "content_type": SURROGATE}),
    ("/api/v1/uploads", {**UPLOAD, "metadata": {SURROGATE: "a"}}),
    ("/api/v1/uploads", {**UPLOAD, SURROGATE: "a"}),
    ("/api/v1/uploads", {**UPLOAD, "size": 10**30}),
    ("/api/v1/uploads/batch", [{**UPLOAD, "filename": "\0"}]),
    ("/api/v1/uploads", [[[]]]),
    ("/api/v1/tasks/retry", {"code": "\0"}),
    ("/api/v1/tasks/retry", {"device": SURROGATE}),
    ("/api/v1/tasks/retry", {"from": "\0"}),
    ("/api/v1/tasks/retry", {"cursor": "\0"}),
    (f"/api/v1/tasks/{ID}/retry", {"password": SURROGATE}),
    (f"/api/v1/tasks/{ID}/retry", {"password": "\0"}),
    (f"/api/v1/tasks/{ID}/retry", {"from": SURROGATE}),
]


def sound(answer: httpx.Response) -> bool:
    headers = answer.headers
    assert answer.status_code < 500, answer.text
    assert headers["x-request-id"]
    assert headers["x-content-type-options"] == "nosniff"
    if answer.status_code >= 400:
        assert headers["content-type"] == "application/problem+json"
        assert answer.json()["request_id"] == headers["x-request-id"]
    return True


@pytest.mark.parametrize("path", QUERIES)
def test_no_query_is_too_odd(office: Office, path: str) -> None:
    assert sound(office.api.get(path))


@pytest.mark.parametrize(("path", "body"), BODIES)
def test_no_body_is_too_odd(office: Office, path: str, body: Any) -> None:
    assert sound(office.api.post(path, content=json.dumps(body), headers={"Content-Type": "application/json"}))


@pytest.mark.parametrize("body", [b"", b"\xff", b"{", b'"\\ud800"', b"NaN", b"[" * 100_000, b"1" * 10_000])
@pytest.mark.parametrize("path", ["/api/v1/uploads", "/api/v1/uploads/batch", "/api/v1/tasks/retry", f"/api/v1/tasks/{ID}/retry"])
def test_nor_one_that_is_no_json(office: Office, path: str, body: bytes) -> None:
    assert sound(office.api.post(path, content=body, headers={"Content-Type": "application/json"}))


def test_a_password_that_no_pdf_can_have_is_refused_where_there_is_a_document(office: Office) -> None:
    task = office.until_ended(office.upload("clave.pdf", made.born_digital("con clave", 1)))
    for password in ("\0", SURROGATE):
        body = json.dumps({"password": password, "from": "extract"})
        answer = office.api.post(
            f"/api/v1/tasks/{task['task_id']}/retry", content=body, headers={"Content-Type": "application/json"}
        )
        assert sound(answer)
    office.until_ended(task["task_id"])


@pytest.mark.parametrize("told", ["abc", "\xff", "1.2.3.4.5", "::1%25eth0", "127.0.0.1, abc"])
def test_a_proxy_may_say_anything(office: Office, told: str) -> None:
    answer = httpx.get(f"{office.env['BANDEJA_API_URL']}/metrics", headers={"X-Forwarded-For": told.encode("latin-1")})
    assert sound(answer)
    assert answer.status_code in {200, 401}


@pytest.mark.parametrize("key", ["\xff\xfe", "a" * 10_000, "bdj_", "Bearer x"])
def test_a_key_may_be_anything(office: Office, key: str) -> None:
    for headers in ({"X-API-Key": key.encode("latin-1")}, {"Authorization": b"Bearer " + key.encode("latin-1")}):
        answer = httpx.get(f"{office.env['BANDEJA_API_URL']}/api/v1/tasks", headers=headers)
        assert sound(answer)
        assert answer.status_code == 401


def test_405_names_the_methods_that_there_are(office: Office) -> None:
    answer = office.api.put(f"/api/v1/documents/{ID}")
    assert sound(answer)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, PATCH, DELETE")
    assert office.api.get("/api/v1/tasks/retry").status_code == 405


@pytest.fixture
def line(office: Office) -> Iterator[socket.socket]:
    """A connection without any client's good manners."""
    address = urlsplit(office.env["BANDEJA_API_URL"])
    with socket.create_connection((address.hostname, address.port), timeout=60) as line:
        yield line


def head(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: a", "Content-Type: application/json", *headers, "", ""]).encode()


def test_without_a_key_a_gigabyte_is_refused_before_its_first_byte(line: socket.socket) -> None:
    line.sendall(head("/api/v1/uploads", f"Content-Length: {1 << 30}"))
    assert line.recv(12) == b"HTTP/1.1 401"


def test_with_a_key_it_is_too(line: socket.socket, office: Office) -> None:
    line.sendall(head("/api/v1/uploads", f"Content-Length: {1 << 30}", f"X-API-Key: {office.env['BANDEJA_API_KEY']}"))
    assert line.recv(12) == b"HTTP/1.1 413"


def test_a_body_without_a_length_is_counted(line: socket.socket, office: Office) -> None:
    line.sendall(head("/api/v1/uploads", "Transfer-Encoding: chunked", f"X-API-Key: {office.env['BANDEJA_API_KEY']}"))
    line.setblocking(False)
    chunk, waiting = b"10000\r\n" + b" " * 65536 + b"\r\n", b""
    for _ in range(100_000):
        try:
            waiting = waiting or chunk
            waiting = waiting[line.send(waiting) :]
        except BlockingIOError:
            pass
        except (BrokenPipeError, ConnectionResetError):
            break
        try:
            answer = line.recv(12)
        except BlockingIOError:
            continue
        assert answer == b"HTTP/1.1 413"
        return
    pytest.fail("a gigabyte or more was read")


def test_the_listener_wants_its_token_before_the_body(office: Office) -> None:
    address = urlsplit(office.env["BANDEJA_LISTENER_URL"])
    with socket.create_connection((address.hostname, address.port), timeout=60) as line:
        line.sendall(head("/events/durable", f"Content-Length: {1 << 30}"))
        assert line.recv(12) == b"HTTP/1.1 401"


def test_where_to_look_is_not_the_clients_to_say(office: Office) -> None:
    answer = office.api.post("/api/v1/uploads", json=UPLOAD, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    assert answer.json()["status_url"] == f"{office.env['BANDEJA_API_URL']}/api/v1/tasks/{answer.json()['task_id']}"


def test_a_picture_is_asked_for_again_and_gone_with_its_document(office: Office) -> None:
    task = office.until_ended(office.upload("imagen.pdf", made.born_digital("una imagen", 1)))
    place = f"/api/v1/documents/{task['document_id']}/pages/1/image"
    first = office.api.get(place)
    assert first.headers["cache-control"] == "private, no-cache"
    again = {"If-None-Match": first.headers["etag"]}
    assert office.api.get(place, headers=again).status_code == 304
    assert office.api.get(place, headers={"If-None-Match": '"other"'}).content == first.content
    assert office.api.delete(f"/api/v1/documents/{task['document_id']}").status_code == 204
    assert office.api.get(place, headers=again).status_code == 404


def test_wrong_keys_of_an_address_are_refused_for_a_while_and_nobody_elses(office: Office) -> None:
    url = f"{office.env['BANDEJA_API_URL']}/api/v1/tasks"
    with httpx.Client(headers={"X-Forwarded-For": "203.0.113.77"}) as guesser:
        statuses = [guesser.get(url, headers={"X-API-Key": f"guess {number}"}).status_code for number in range(2100)]
        refused = guesser.get(url, headers={"X-API-Key": "guess"})
    assert set(statuses) == {401, 429}
    assert statuses[:1000] == [401] * 1000
    if refused.status_code == 429:
        assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert httpx.get(url, headers={"X-API-Key": "guess"}).status_code == 401
