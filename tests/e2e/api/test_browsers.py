"""What browsers and proxies see: zipped answers, ETags, and no page of another host without leave."""

from uuid import uuid4

import httpx
import pytest

from tests.support import made
from tests.support.office import Office

pytestmark = pytest.mark.stack
ELSEWHERE = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}


def test_long_answers_are_zipped_and_short_ones_are_not(office: Office) -> None:
    long = office.api.get("/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert long.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in long.headers["vary"]
    assert long.json()["paths"]
    assert "content-encoding" not in office.api.get("/health/live", headers={"Accept-Encoding": "gzip"}).headers
    assert "content-encoding" not in office.api.get("/openapi.json", headers={"Accept-Encoding": "identity"}).headers


def test_pictures_and_streams_are_as_they_are(office: Office) -> None:
    task = office.until_ended(office.upload("imagen.pdf", made.born_digital(f"imagen {uuid4()}", 1)))
    for path in (f"documents/{task['document_id']}/pages/1/image", f"tasks/{task['task_id']}/events"):
        answer = office.api.get(f"/api/v1/{path}", headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200
        assert "content-encoding" not in answer.headers


@pytest.mark.parametrize("kind", ["", "/pages/1/image"])
def test_an_etag_is_asked_by_weakly(office: Office, kind: str) -> None:
    task = office.until_ended(office.upload("etiqueta.pdf", made.born_digital(f"etiqueta {uuid4()}", 1)))
    path = f"/api/v1/documents/{task['document_id']}{kind}"
    etag = office.api.get(path).headers["etag"].removeprefix("W/")
    for said in (etag, f"W/{etag}", f'"other", {etag}'):
        assert office.api.get(path, headers={"If-None-Match": said}).status_code == 304
    assert office.api.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_no_other_host_may_call(office: Office) -> None:
    asked = httpx.options(f"{office.env['BANDEJA_API_URL']}/api/v1/documents", headers=ELSEWHERE)
    assert "access-control-allow-origin" not in asked.headers
    answer = office.api.get("/api/v1/documents", headers=ELSEWHERE)
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers
