"""Files announced as the world calls them come in, and are found."""

import hashlib
from pathlib import Path

import httpx
import pytest

from tests.support import made
from tests.support.office import Office, own_word

pytestmark = pytest.mark.stack

IPHONE = Path(__file__).parents[1] / "fixtures" / "iphone.heic"


@pytest.mark.parametrize("method", ["post", "put"])
@pytest.mark.parametrize("content_type", ["application/x-pdf", "application/octet-stream", ""])
def test_an_upload_by_another_name_completes(office: Office, content_type: str, method: str) -> None:
    word = own_word()
    body = made.born_digital(word, 1)
    wanted = {"filename": f"{word}.pdf", "content_type": content_type, "size": len(body), "method": method}
    answer = office.api.post("/api/v1/uploads", json=wanted)
    assert answer.status_code == 201, answer.text
    made_of, upload = answer.json(), answer.json()["upload"]
    if method == "post":
        sent = httpx.post(upload["url"], data=upload["fields"], files={"file": (wanted["filename"], body)})
    else:
        sent = httpx.put(upload["url"], content=body, headers=upload["headers"])
    assert sent.is_success, sent.text
    assert office.until_ended(made_of["task_id"])["status"] == "completed"
    (hit,) = office.find(word, mode="text")
    assert hit["document_id"] == made_of["document_id"]


@pytest.mark.parametrize("content_type", ["image/heic", ""])
def test_an_iphone_s_photo_is_read(office: Office, content_type: str) -> None:
    body = IPHONE.read_bytes() + own_word().encode()
    wanted = {"filename": "IMG_0001.HEIC", "content_type": content_type, "size": len(body), "method": "put"}
    made_of = office.api.post("/api/v1/uploads", json=wanted).json()
    httpx.put(made_of["upload"]["url"], content=body, headers=made_of["upload"]["headers"]).raise_for_status()
    assert office.until_ended(made_of["task_id"])["status"] == "completed"
    assert made_of["document_id"] in {hit["document_id"] for hit in office.find("alcornoque", mode="text")}


def test_a_document_without_text_says_so(office: Office) -> None:
    body = made.blank() + hashlib.sha256(own_word().encode()).digest()
    name = f"plano {own_word()}.pdf"
    task = office.until_ended(office.upload(name, body))
    assert (task["status"], task["state"], task["text"], task["error"]) == ("completed", "SUCCESS", "none", None)
    document = office.api.get(f"/api/v1/documents/{task['document_id']}").json()
    assert (document["text"], document["searchable"]) == ("none", True)
    (hit,) = office.find(name.removesuffix(".pdf").split()[1], mode="text")
    assert hit["document_id"] == task["document_id"]
