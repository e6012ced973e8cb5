"""The API's promises to a client: keys, scopes, problems, lists, health."""

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from tests.support import made
from tests.support.office import Office

pytestmark = pytest.mark.stack

PROTECTED = [
    ("POST", "/api/v1/uploads"),
    ("POST", "/api/v1/uploads/batch"),
    ("GET", "/api/v1/tasks"),
    ("GET", f"/api/v1/tasks/{uuid4()}"),
    ("GET", f"/api/v1/tasks/{uuid4()}/events"),
    ("POST", f"/api/v1/tasks/{uuid4()}/retry"),
    ("POST", f"/api/v1/tasks/{uuid4()}/cancel"),
    ("GET", "/api/v1/documents"),
    ("GET", f"/api/v1/documents/{uuid4()}"),
    ("GET", f"/api/v1/documents/{uuid4()}/text"),
    ("GET", f"/api/v1/documents/{uuid4()}/pages/1"),
    ("GET", f"/api/v1/documents/{uuid4()}/pages/1/image"),
    ("GET", f"/api/v1/documents/{uuid4()}/file"),
    ("GET", f"/api/v1/documents/{uuid4()}/searchable.pdf"),
    ("GET", f"/api/v1/documents/{uuid4()}/history"),
    ("GET", "/api/v1/audit"),
    ("GET", f"/api/v1/documents/{uuid4()}/similar"),
    ("GET", f"/api/v1/documents/{uuid4()}/thread"),
    ("PATCH", f"/api/v1/documents/{uuid4()}"),
    ("DELETE", f"/api/v1/documents/{uuid4()}"),
    ("GET", "/api/v1/session"),
    ("DELETE", "/api/v1/session"),
    ("GET", "/api/v1/search?q=oficio"),
    ("GET", "/api/v1/search/suggest?q=ofi"),
]


@pytest.fixture
def anyone(office: Office) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=office.env["BANDEJA_API_URL"]) as client:
        yield client


@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_without_a_key_nothing(anyone: httpx.Client, method: str, path: str) -> None:
    for headers in ({}, {"X-API-Key": "guess"}, {"Authorization": "Bearer guess"}):
        answer = anyone.request(method, path, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "unauthorized"


@pytest.mark.parametrize("path", ["/", "/page/app.js", "/health/live", "/health/ready", "/openapi.json", "/docs", "/metrics"])
def test_open_without_a_key(anyone: httpx.Client, path: str) -> None:
    assert anyone.get(path).status_code == 200


def test_a_bearer_token_is_as_good_as_the_header(office: Office, anyone: httpx.Client) -> None:
    answer = anyone.get("/api/v1/tasks", headers={"Authorization": f"Bearer {office.env['BANDEJA_API_KEY']}"})
    assert answer.status_code == 200


def test_a_problem_has_all_its_parts_in_the_clients_language(office: Office) -> None:
    spanish = office.api.get(f"/api/v1/tasks/{uuid4()}").json()
    english = office.api.get(f"/api/v1/tasks/{uuid4()}", headers={"Accept-Language": "en"}).json()
    assert set(spanish) >= {"type", "title", "status", "detail", "code", "action", "request_id"}
    assert (spanish["status"], spanish["code"]) == (404, "not_found")
    assert spanish["detail"] == "No existe lo que busca."
    assert english["detail"] == "What you ask for does not exist."
    assert spanish["request_id"] != english["request_id"]


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"size": 0}, 422, "empty_file"),
        ({"size": 10**12}, 413, "too_large"),
        ({"content_type": "text/html"}, 415, "unsupported_type"),
        ({"filename": ""}, 422, "invalid_request"),
        ({"size": -1}, 422, "invalid_request"),
        ({"sha256": "short"}, 422, "invalid_request"),
        ({"method": "delete"}, 422, "invalid_request"),
        ({"metadata": {"Bad Name": "x"}}, 422, "invalid_request"),
        ({"surprise": 1}, 422, "invalid_request"),
    ],
)
def test_a_wrong_upload_is_refused_before_any_byte_moves(office: Office, wrong: dict, status: int, code: str) -> None:
    wanted = {"filename": "a.pdf", "content_type": "application/pdf", "size": 10, **wrong}
    answer = office.api.post("/api/v1/uploads", json=wanted)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_batch_says_of_each_what_became_of_it(office: Office) -> None:
    good = {"filename": "a.pdf", "content_type": "application/pdf", "size": 10}
    answer = office.api.post("/api/v1/uploads/batch", json=[good, {**good, "size": 0}, good])
    assert answer.status_code == 201
    first, second, third = answer.json()["items"]
    assert first["document_id"] != third["document_id"]
    assert second["code"] == "empty_file"
    assert office.api.post("/api/v1/uploads/batch", json=[good] * 101).status_code == 422


def test_lists_turn_their_pages(office: Office) -> None:
    made_ids = [office.announce(f"{number}.pdf", b"x")["task_id"] for number in range(5)]
    seen: list[str] = []
    cursor: str | None = None
    while len(seen) < 5:
        page = office.api.get("/api/v1/tasks", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [task["task_id"] for task in page["items"]]
        cursor = page["next_cursor"]
    assert seen[:5] == made_ids[::-1]
    assert office.api.get("/api/v1/tasks", params={"cursor": "nonsense"}).json()["code"] == "invalid_request"
    assert office.api.get("/api/v1/tasks", params={"limit": 201}).json()["code"] == "invalid_request"


def test_a_task_can_be_cancelled_once(office: Office) -> None:
    task_id = office.announce("nunca.pdf", b"x")["task_id"]
    assert office.api.post(f"/api/v1/tasks/{task_id}/cancel").json()["state"] == "REVOKED"
    again = office.api.post(f"/api/v1/tasks/{task_id}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


def test_a_running_task_cannot_be_replayed(office: Office) -> None:
    task_id = office.announce("nunca.pdf", b"x")["task_id"]
    assert office.api.post(f"/api/v1/tasks/{task_id}/retry").status_code == 409
    assert office.api.post(f"/api/v1/tasks/{uuid4()}/retry").status_code == 404


def test_ready_says_what_it_checked(anyone: httpx.Client) -> None:
    answer = anyone.get("/health/ready").json()
    assert answer == {
        "status": "ok",
        "checks": {"database": "ok", "redis": "ok", "bucket": "ok", "notification": "ok"},
    }


def test_the_pages_of_a_document(office: Office) -> None:
    task = office.until_ended(office.upload("páginas.pdf", made.born_digital("paginación", 2)))
    base = f"/api/v1/documents/{task['document_id']}"
    text = office.api.get(f"{base}/text")
    assert text.headers["content-type"].startswith("text/plain")
    assert len(text.text.split("\f")) == 2
    page = office.api.get(f"{base}/pages/2").json()
    assert page["how"] == "layer"
    assert all(0 <= edge <= 1 for word in page["words"] for edge in word["box"])
    picture = office.api.get(f"{base}/pages/2/image")
    assert picture.content[8:12] == b"WEBP"
    assert office.api.get(f"{base}/pages/2/image").content == picture.content
    assert office.api.get(f"{base}/pages/3").status_code == 404
    assert office.api.get(f"{base}/pages/3/image").status_code == 404


def test_the_file_is_read_by_a_signed_url(office: Office) -> None:
    body = made.born_digital("descarga", 1)
    task = office.until_ended(office.upload("descarga ñ.pdf", body))
    answer = office.api.get(f"/api/v1/documents/{task['document_id']}/file")
    assert answer.status_code == 307
    assert office.env["MINIO_ACCESS_KEY"] not in answer.headers["location"]
    assert httpx.get(answer.headers["location"]).content == body


def test_metrics_count_documents_and_stages(office: Office) -> None:
    office.until_ended(office.upload("medido.pdf", made.born_digital("medición", 1)))
    exposed = httpx.get(f"{office.env['BANDEJA_API_URL']}/metrics").text
    for line in (
        'bandeja_documents_total{status="completed"}',
        'bandeja_document_seconds_bucket{le="0.5",until="searchable"}',
        'bandeja_stage_seconds_count{stage="extract"}',
        'bandeja_events_total{outcome="queued"',
        'bandeja_queue_length{queue="documents"}',
        'bandeja_pages_total{how="layer"}',
        "bandeja_oldest_waiting_seconds",
    ):
        assert line in exposed


def test_openapi_has_examples_and_both_ways_to_send_a_key(anyone: httpx.Client) -> None:
    described = anyone.get("/openapi.json").json()
    assert set(described["components"]["securitySchemes"]) == {"APIKeyHeader", "HTTPBearer"}
    assert described["components"]["schemas"]["UploadRequest"]["examples"]


def test_a_search_is_narrowed_by_what_it_counted(office: Office) -> None:
    office.until_ended(office.upload("cronograma.pdf", made.born_digital("quebrantahuesos")))

    asked = {"q": "quebrantahuesos marzo 2025", "mode": "text", "facets": "type,office,device,year,month"}
    answer = office.api.get("/api/v1/search", params=asked).json()

    assert set(answer["facets"]) == {"type", "office", "device", "year", "month"}
    for value in answer["facets"]["type"]:
        narrowed = office.api.get("/api/v1/search", params={**asked, "document_type": value["value"]}).json()
        assert narrowed["total"] == value["count"]
    assert [(one["filter"], one["value"]) for one in answer["offered_filters"]] == [("year", "2025"), ("month", "3")]
    words = office.api.get("/api/v1/search/suggest", params={"q": "quebranta"}).json()["items"]
    assert {"text": "quebrantahuesos", "kind": "word", "count": 1} in words


def test_what_a_client_has_already_is_not_sent_again(office: Office) -> None:
    task = office.until_ended(office.upload("etag.pdf", made.born_digital("etiqueta", 1)))
    for path in (f"/api/v1/tasks/{task['task_id']}", f"/api/v1/documents/{task['document_id']}"):
        first = office.api.get(path)
        again = office.api.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
        assert office.api.get(path, headers={"If-None-Match": '"other"'}).json() == first.json()
