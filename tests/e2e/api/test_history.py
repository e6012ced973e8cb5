"""What happened to a document, who did what, and its searchable copy."""

from uuid import uuid4

import httpx
import pymupdf
import pytest

from ingest.db import keys
from ingest.db.engine import Database
from tests.support import made
from tests.support.office import Office

pytestmark = pytest.mark.stack


def happened(office: Office, document_id: str) -> list[tuple[str, str | None]]:
    items = office.api.get(f"/api/v1/documents/{document_id}/history").json()["items"]
    return [(one["event"], one["by"]) for one in items if one["event"] != "stage"]


def test_from_arrival_to_its_end_and_again(office: Office) -> None:
    task = office.until_ended(office.upload("historia.pdf", made.born_digital(f"historia {uuid4()}", 1)))
    id_ = task["document_id"]
    told = [("announced", None), ("arrived", None), ("started", None), ("searchable", None), ("completed", None)]
    assert happened(office, id_) == told
    known = office.api.get(f"/api/v1/documents/{id_}/history").json()
    assert known["trace_id"]
    stages = [one["stage"] for one in known["items"] if one["event"] == "stage"]
    assert stages == ["extract", "clean", "chunk", "describe", "store", "embed", "finalize"]
    assert all(one["stage_label"] for one in known["items"] if one["event"] == "stage")

    office.api.patch(f"/api/v1/documents/{id_}", json={"subject": "otro"})
    office.api.post(f"/api/v1/tasks/{id_}/retry", json={"from": "describe"})
    office.until_ended(task["task_id"])
    assert happened(office, id_)[5:] == [
        ("corrected", "local admin"),
        ("replayed", "local admin"),
        ("started", None),
        ("completed", None),
    ]


def test_a_failure_says_its_code(office: Office) -> None:
    task = office.until_ended(office.upload("roto.pdf", b"%PDF-1.4 nada"))
    items = office.api.get(f"/api/v1/documents/{task['document_id']}/history").json()["items"]
    assert [(one["event"], one["code"]) for one in items][-1] == ("failed", task["error"]["code"])


def test_who_did_what(office: Office) -> None:
    name = f"mesa {uuid4()}"
    database = Database(office.env["DATABASE_URL"], pool_size=1)
    with database.begin() as connection:
        secret = keys.add(connection, name, ("read", "upload"))
    with httpx.Client(base_url=office.env["BANDEJA_API_URL"], headers={"X-API-Key": secret}) as clerk:
        wanted = {"filename": "a.pdf", "content_type": "application/pdf", "size": 10}
        id_ = clerk.post("/api/v1/uploads", json=wanted, headers={"X-Request-ID": "mine-1"}).json()["document_id"]
        assert clerk.post(f"/api/v1/tasks/{id_}/cancel").status_code == 200
        assert clerk.post(f"/api/v1/tasks/{uuid4()}/cancel").status_code == 404
        assert clerk.get("/api/v1/documents").status_code == 200
        assert clerk.get("/api/v1/audit").status_code == 403
        assert clerk.post("/api/v1/session", json={"key": secret}).status_code == 201
    found = office.api.get("/api/v1/audit", params={"who": name}).json()
    assert [(one["action"], one["subject"]) for one in found["items"]] == [
        ("signed_in", ""),
        ("task_cancelled", id_),
        ("upload_announced", id_),
    ]
    assert found["items"][-1]["request_id"] == "mine-1"
    assert found["items"][-1]["address"] == "127.0.0.1"
    first = office.api.get("/api/v1/audit", params={"who": name, "limit": 2}).json()
    second = office.api.get("/api/v1/audit", params={"who": name, "cursor": first["next_cursor"]}).json()
    assert [one["id"] for one in first["items"] + second["items"]] == [one["id"] for one in found["items"]]
    assert office.api.get("/api/v1/audit", params={"who": name, "action": "signed_in"}).json()["items"] == found["items"][:1]
    assert office.api.get("/api/v1/audit", params={"who": name, "since": "2999-01-01"}).json()["items"] == []
    with database.begin() as connection:
        (mine,) = [key for key in keys.every(connection) if key.name == name]
    database.close()
    assert mine.last_used_at is not None
    assert secret not in str(found)


@pytest.mark.parametrize("kind", ["scan", "photo"])
def test_a_searchable_copy_of_what_was_scanned(office: Office, kind: str) -> None:
    word = f"copia{uuid4().hex[:6]}"
    name, content = ("foto ñ.jpg", made.photo(word)) if kind == "photo" else ("escaneo.pdf", made.scan(word, 2, dpi=200))
    task = office.until_ended(office.upload(name, content))
    address = f"/api/v1/documents/{task['document_id']}/searchable.pdf"
    answer = office.api.get(address)
    assert answer.status_code == 307
    assert office.env["MINIO_ACCESS_KEY"] not in answer.headers["location"]
    got = httpx.get(answer.headers["location"])
    assert got.headers["content-type"] == "application/pdf"
    assert ".pdf" in got.headers["content-disposition"]
    copy = pymupdf.open(stream=got.content)
    page = office.api.get(f"/api/v1/documents/{task['document_id']}/pages/1").json()
    longest = max(page["words"], key=lambda one: len(one["text"]))
    (found, *_) = copy[0].search_for(longest["text"])
    assert found.x0 / copy[0].rect.width == pytest.approx(longest["box"][0], abs=0.02)
    assert httpx.get(office.api.get(address).headers["location"]).content == got.content, "made once"
    office.api.delete(f"/api/v1/documents/{task['document_id']}")
    assert office.api.get(address).status_code == 404


def test_what_was_not_read_has_no_searchable_copy(office: Office) -> None:
    task = office.until_ended(office.upload("roto.pdf", b"%PDF-1.4 nada de nada"))
    assert office.api.get(f"/api/v1/documents/{task['document_id']}/searchable.pdf").status_code == 404
