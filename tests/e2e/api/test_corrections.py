"""A person's corrections by the API: shown, found, kept through a replay, taken back; and what is refused."""

import json
from typing import Any

import httpx
import pytest

from ingest.db import keys
from ingest.db.engine import Database
from tests.support import made
from tests.support.office import Office, own_word

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def document(office: Office) -> str:
    """A document's path, its work at an end."""
    task = office.until_ended(office.upload("corregir.pdf", made.born_digital("zorzales", 1)))
    return f"/api/v1/documents/{task['document_id']}"


def patch(office: Office, path: str, changes: Any) -> httpx.Response:
    return office.api.patch(path, content=json.dumps(changes), headers={"Content-Type": "application/json"})


def test_a_correction_is_shown_found_and_survives_a_replay(office: Office, document: str) -> None:
    word = own_word()
    before = office.api.get(document).raise_for_status().json()
    after = (
        patch(office, document, {"sender": f"Ana {word}", "recipients": ["Luis Paz"], "date": "2024-02-29"})
        .raise_for_status()
        .json()
    )

    assert (after["sender"], after["recipients"], after["date"]) == (f"Ana {word}", ["Luis Paz"], "2024-02-29")
    assert after["corrected"]["sender"]["was"] == (before["sender"] or "")
    assert after["corrected"]["sender"]["by"] == "local admin"
    assert "sender" not in after["evidence"]
    assert [hit["document_id"] for hit in office.find(word, sender=f"ana {word.upper()}", year=2024)] == [after["document_id"]]

    office.api.post(f"/api/v1/tasks/{after['task_id']}/retry", json={"from": "extract"}).raise_for_status()
    office.until_ended(after["task_id"])
    replayed = office.api.get(document).json()
    assert (replayed["sender"], replayed["corrected"]) == (after["sender"], after["corrected"])
    assert [hit["document_id"] for hit in office.find(word, mode="text")] == [after["document_id"]]

    back = patch(office, document, dict.fromkeys(("sender", "recipients", "date"))).raise_for_status().json()
    assert (back["sender"], back["date"], back["corrected"]) == (before["sender"], before["date"], {})
    assert office.find(word, mode="text") == []


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"surprise": "x"},
        {"size": 1},
        {"sender": 5},
        {"sender": "a\0b"},
        {"sender": "\ud800"},
        {"sender": "x" * 501},
        {"recipients": "Ana"},
        {"recipients": ["x"] * 51},
        {"date": "2025-02-30"},
        {"date": 5},
        {"signed_on": 0},
        {"document_type": "<b>"},
        {"deadline_days": -1},
        {"deadline_days": "5"},
        [],
        None,
    ],
)
def test_what_is_no_correction_is_refused(office: Office, document: str, changes: Any) -> None:
    answer = patch(office, document, changes)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_markup_is_a_text_like_any_other(office: Office, document: str) -> None:
    said = "<img src=x onerror=alert(1)> & 'comillas'"
    assert patch(office, document, {"subject": said, "title": said}).json()["subject"] == said
    hit = office.find("zorzales")[0]
    assert hit["title"] == said
    assert patch(office, document, {"subject": None, "title": None}).json()["corrected"] == {}


def test_only_who_may_upload_corrects_and_then_its_own(office: Office, document: str) -> None:
    database = Database(office.env["DATABASE_URL"], pool_size=1)
    with database.begin() as connection:
        secrets = [keys.add(connection, "lectora", ("read",)), keys.add(connection, "mesa", ("upload",))]
    database.close()
    for secret in secrets:
        answer = httpx.patch(f"{office.env['BANDEJA_API_URL']}{document}", json={"sender": "x"}, headers={"X-API-Key": secret})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
