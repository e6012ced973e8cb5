"""A client whose answer was lost asks again, and has one document."""

from typing import Any
from uuid import uuid4

import pytest

from tests.support import made
from tests.support.office import Office

pytestmark = pytest.mark.stack


def announce(office: Office, word: str, **other: Any) -> Any:
    wanted = {"filename": "una vez.pdf", "content_type": "application/pdf", "size": 1000, **other}
    return office.api.post("/api/v1/uploads", json=wanted, headers={"Idempotency-Key": word})


def test_the_same_again_is_the_same_document(office: Office) -> None:
    word, body = str(uuid4()), made.born_digital(f"una vez {uuid4()}", 1)
    first, second = (announce(office, word, size=len(body)).json() for _ in range(2))
    assert (first["task_id"], first["object_key"]) == (second["task_id"], second["object_key"])
    office.send(second, body).raise_for_status()
    assert office.until_ended(first["task_id"])["status"] == "completed"
    third = announce(office, word, size=len(body))
    assert (third.status_code, third.json()["task_id"]) == (201, first["task_id"])
    assert office.task(first["task_id"])["status"] == "completed"


@pytest.mark.parametrize("other", [{"size": 1001}, {"filename": "otra.pdf"}, {"sha256": "0" * 64}, {"metadata": {"a": "b"}}])
def test_for_another_file_it_is_refused(office: Office, other: dict[str, Any]) -> None:
    word = str(uuid4())
    assert announce(office, word).status_code == 201
    refused = announce(office, word, **other)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert "Idempotency-Key" in str(refused.json()["errors"])


def test_another_word_is_another_document(office: Office) -> None:
    ids = {announce(office, word).json()["task_id"] for word in (str(uuid4()), str(uuid4()))}
    assert len(ids) == 2


def test_a_batch_is_repeated_file_by_file(office: Office) -> None:
    word = str(uuid4())
    wanted = [{"filename": f"{n}.pdf", "content_type": "application/pdf", "size": 10 + n} for n in range(3)]
    first, second = (
        office.api.post("/api/v1/uploads/batch", json=wanted, headers={"Idempotency-Key": word}).json()["items"] for _ in range(2)
    )
    assert [one["task_id"] for one in first] == [one["task_id"] for one in second]
    assert len({one["task_id"] for one in first}) == 3


def test_what_is_no_word(office: Office) -> None:
    for word in ("with space", "x" * 256):
        assert announce(office, word).status_code == 422
