"""A hit's words are where its boxes say, on a scan too; the line is cut out of the page."""

import io
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from tests.support import made
from tests.support.office import Office

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def word() -> str:
    return f"obsidiana {uuid4().int % 90_000 + 10_000}"


@pytest.fixture(scope="module", params=["layer", "scan", "photo"])
def document(office: Office, word: str, request: pytest.FixtureRequest) -> str:
    content = {"layer": made.born_digital, "scan": made.scan, "photo": made.photo}[request.param](word)
    name = f"{request.param}-{uuid4()}.{'jpg' if request.param == 'photo' else 'pdf'}"
    task = office.until_ended(office.upload(name, content))
    assert task["status"] == "completed"
    return str(task["document_id"])


def hit_of(office: Office, document: str, question: str, **more: Any) -> dict[str, Any]:
    answer = office.api.get("/api/v1/search", params={"q": question, "limit": 20, **more}).json()
    found: dict[str, Any] = next(hit for hit in answer["hits"] if hit["document_id"] == document)
    return found


def test_the_boxes_are_those_of_the_words(office: Office, document: str, word: str) -> None:
    hit = hit_of(office, document, word)
    page = office.api.get(f"/api/v1/documents/{document}/pages/{hit['page']}").json()
    read = {tuple(one["box"]): one["text"] for one in page["words"]}
    said = [read[tuple(box)].strip(".,:").lower() for box in hit["boxes"]]
    assert set(said) == set(word.split())


def test_the_line_is_a_picture_of_them(office: Office, document: str, word: str) -> None:
    hit = hit_of(office, document, word)
    answer = office.api.get(hit["line_image"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    line = Image.open(io.BytesIO(answer.content)).convert("L")
    assert line.width > 3 * line.height
    dark = sum(line.histogram()[:110]) / (line.width * line.height)
    assert 0.005 < dark < 0.5, "there is ink on it"
    again = office.api.get(hit["line_image"], headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_all_places_on_request(office: Office, document: str, word: str) -> None:
    assert hit_of(office, document, word)["places"] is None
    places = hit_of(office, document, word, places="true")["places"]
    assert {place["page"] for place in places} <= {1, 2}
    assert all("<mark>" in place["snippet"] for place in places)
    assert any(place["boxes"] for place in places)


@pytest.mark.parametrize(
    ("crop", "status"),
    [
        ("0,0,1,1", 200),
        ("0.25,0.1,0.75,0.2", 200),
        ("0.5,0.5,0.500001,0.500001", 200),
        ("0.5,0.5,0.4,0.6", 200),
        ("0.5,0.5,0.5,0.6", 200),
        ("0,0,1,2", 422),
        ("-1,0,1,1", 422),
        ("0,0,1", 422),
        ("0,0,1,nan", 422),
        ("0,0,1,1e0", 422),
        ("0,0,1,0.1234567", 422),
        ("", 422),
        ("a,b,c,d", 422),
    ],
)
def test_what_may_be_cut_out(office: Office, document: str, crop: str, status: int) -> None:
    answer = office.api.get(f"/api/v1/documents/{document}/pages/1/image", params={"crop": crop})
    assert answer.status_code == status
    if status == 422:
        assert answer.json()["code"] == "invalid_request"


def test_a_crop_goes_with_its_document(office: Office, word: str) -> None:
    task = office.until_ended(office.upload(f"{uuid4()}.pdf", made.born_digital(f"{word} {uuid4().hex}", 1)))
    path = f"/api/v1/documents/{task['document_id']}/pages/1/image?crop=0,0,1,0.2"
    assert office.api.get(path).status_code == 200
    assert office.api.delete(f"/api/v1/documents/{task['document_id']}").status_code == 204
    assert office.api.get(path).status_code == 404
