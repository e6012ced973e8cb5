"""From both doors to a search hit, through a running stack."""

import json
from uuid import uuid4

import httpx
import pytest

from tests.support import made
from tests.support.office import Office, own_word, put_without_event, sha256_hex, wait_for

pytestmark = pytest.mark.stack


@pytest.mark.parametrize("method", ["post", "put"])
def test_a_presigned_upload_is_found_and_completes(office: Office, method: str) -> None:
    word = own_word()
    task_id = office.upload(f"oficio {word}.pdf", made.born_digital(word), method=method)
    task = office.until_ended(task_id)
    assert (task["status"], task["state"], task["progress"], task["attempt"]) == ("completed", "SUCCESS", 100, 1)
    assert task["pages_total"] == 2
    for mode in ("text", "hybrid"):
        (hit,) = [hit for hit in office.find(word, mode=mode) if hit["document_id"] == task_id]
        assert f"<mark>{word}" in hit["snippet"]
        assert hit["page"] in {1, 2}
        assert hit["document_type"] == "oficio"
        assert hit["date"] == "2025-03-12"


def test_a_scan_dropped_by_a_device_is_read_by_ocr(office: Office, device: dict[str, str]) -> None:
    word = own_word()
    key = f"{device['prefix']}scan0001.pdf"
    s3 = office.s3(device["access_key"], device["secret_key"])
    s3.put_object(Bucket=office.bucket, Key=key, Body=made.scan("resolución"), ContentType="application/pdf")
    found = wait_for(lambda: office.task_of(key), f"a row for {key} {word}")
    task = office.until_ended(found["task_id"])
    assert task["status"] == "completed"
    document = office.api.get(f"/api/v1/documents/{task['document_id']}").json()
    assert (document["source"], document["device"]) == ("scanner", device["name"])
    page = office.api.get(f"/api/v1/documents/{task['document_id']}/pages/1").json()
    assert page["how"] == "ocr"
    assert page["confidence"] > 0.7
    assert any(word["text"].startswith("OFICIO") for word in page["words"])


def test_the_same_name_is_not_the_same_letter(office: Office, device: dict[str, str]) -> None:
    s3 = office.s3(device["access_key"], device["secret_key"])
    first, second, key = own_word(), own_word(), f"{device['prefix']}same.pdf"
    for word in (first, second):
        s3.put_object(Bucket=office.bucket, Key=key, Body=made.born_digital(word, 1))
    for word in (first, second):
        hits = wait_for(lambda word=word: office.find(word, mode="text") or None, f"a hit for {word}")
        assert len(hits) == 1


def test_elsewhere_a_new_version_supersedes_the_old(office: Office) -> None:
    s3, key = office.service_s3(), f"inbox/otros/{uuid4()}.pdf"
    first, second = own_word(), own_word()
    s3.put_object(Bucket=office.bucket, Key=key, Body=made.born_digital(first, 1))
    (old,) = wait_for(lambda: office.find(first, mode="text") or None, "the first version")
    s3.put_object(Bucket=office.bucket, Key=key, Body=made.born_digital(second, 1))
    wait_for(lambda: office.find(second, mode="text") or None, "the second version")
    assert office.find(first, mode="text") == []
    assert office.task(old["document_id"])["status"] == "superseded"


def test_a_photo_is_turned_by_its_exif(office: Office) -> None:
    task = office.until_ended(office.upload("foto.jpg", made.photo("matrícula")))
    assert task["status"] == "completed"
    text = office.api.get(f"/api/v1/documents/{task['document_id']}/text").text
    assert "Tengo el agrado de dirigirme" in text


BAD_FILES = {
    "html": (b"<!DOCTYPE html><html><body>No soy un PDF</body></html>", "not_a_document"),
    "truncated": (made.born_digital("truncado", 3)[:300], "corrupt_file"),
    "password": (made.locked("cerrado"), "encrypted_pdf"),
    "no pages": (made.no_pages(), "corrupt_file"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_ends_in_error_with_its_code(office: Office, name: str) -> None:
    body, code = BAD_FILES[name]
    task = office.until_ended(office.upload(f"{name}.pdf", body))
    assert (task["status"], task["state"], task["error"]["code"]) == ("error", "FAILURE", code)
    assert task["error"]["message"]
    assert task["error"]["action"]


def test_an_empty_drop_ends_in_error(office: Office, device: dict[str, str]) -> None:
    key = f"{device['prefix']}vacío {uuid4()}.pdf"
    office.s3(device["access_key"], device["secret_key"]).put_object(Bucket=office.bucket, Key=key, Body=b"")
    found = wait_for(lambda: office.task_of(key), "a row for the empty file")
    assert office.until_ended(found["task_id"])["error"]["code"] == "empty_file"


NAMES = [
    "oficio con espacios.pdf",
    "a+b=c&d%20.pdf",
    "año ñandú – “resolución”.pdf",
    "🗂️📄.pdf",
    "../../etc/passwd",
    "a/b\\c.pdf",
    "x" * 896 + ".pdf",
    ".oculto.tmp",
    "-rf *.pdf",
]


@pytest.mark.parametrize("name", NAMES)
def test_an_odd_name_is_taken_once_and_kept(office: Office, name: str) -> None:
    word = own_word()
    task = office.until_ended(office.upload(name, made.born_digital(word, 1)))
    assert task["status"] == "completed"
    assert task["filename"] == name
    (hit,) = office.find(word, mode="text")
    assert hit["filename"] == name


@pytest.mark.parametrize("name", ["oficio con espacios.pdf", "a+b%20c.pdf", "año ñ 🗂️.pdf", "y" * 240 + ".pdf"])
def test_an_odd_name_of_a_scanner_is_taken_once(office: Office, device: dict[str, str], name: str) -> None:
    word, key = own_word(), f"{device['prefix']}{uuid4().hex[:4]}/{name}"
    s3 = office.s3(device["access_key"], device["secret_key"])
    s3.put_object(Bucket=office.bucket, Key=key, Body=made.born_digital(word, 1))
    found = wait_for(lambda: office.task_of(key), f"a row for {key}")
    assert office.until_ended(found["task_id"])["status"] == "completed"
    assert len(office.find(word, mode="text")) == 1


def test_temporary_names_are_left_alone_until_they_are_final(office: Office, device: dict[str, str]) -> None:
    s3, final = office.s3(device["access_key"], device["secret_key"]), f"{device['prefix']}{uuid4()}.pdf"
    s3.put_object(Bucket=office.bucket, Key=f"{final}.part", Body=made.born_digital("parte", 1))
    s3.put_object(Bucket=office.bucket, Key=final, Body=made.born_digital("entera", 1))
    wait_for(lambda: office.task_of(final), "a row for the final name")
    assert office.task_of(f"{final}.part") is None


def test_a_second_identical_event_changes_nothing(office: Office) -> None:
    word = own_word()
    task = office.until_ended(office.upload("dos veces.pdf", made.born_digital(word, 1)))
    head = office.service_s3().head_object(Bucket=office.bucket, Key=task["object_key"])
    entity = {
        "key": task["object_key"].replace("/", "%2F").replace(" ", "+"),
        "size": head["ContentLength"],
        "eTag": head["ETag"].strip('"'),
        "versionId": head["VersionId"],
        "sequencer": f"{int(head['LastModified'].timestamp() * 1e9):X}",
    }
    record = {"eventName": "s3:ObjectCreated:Post", "s3": {"bucket": {"name": office.bucket}, "object": entity}}
    for road in ("instant", "durable", "durable"):
        answer = httpx.post(
            f"{office.env['BANDEJA_LISTENER_URL']}/events/{road}",
            content=json.dumps({"EventName": record["eventName"], "Key": "x", "Records": [record]}),
            headers={"Authorization": f"Bearer {office.env['BANDEJA_WEBHOOK_TOKEN']}"},
        )
        assert answer.status_code == 200
    assert office.task(task["task_id"]) == task
    assert len(office.find(word, mode="text")) == 1


def test_a_form_sent_twice_gives_one_document(office: Office) -> None:
    first, second = own_word(), own_word()
    one, two = made.born_digital(first, 1), made.born_digital(second, 1)
    size = max(len(one), len(two))
    one, two = one.ljust(size, b"\n"), two.ljust(size, b"\n")
    announced = office.announce("dos.pdf", one)
    office.send(announced, one).raise_for_status()
    task = office.until_ended(announced["task_id"])
    office.send(announced, two).raise_for_status()
    third = office.until_ended(office.upload("después.pdf", made.born_digital(own_word(), 1)))
    assert third["status"] == "completed", "the second version's event has passed the door by now"
    assert office.task(task["task_id"]) == task
    assert office.find(second, mode="text") == []


def test_the_webhook_has_its_token(office: Office) -> None:
    for token in ("", "Bearer wrong", "Basic d3Jvbmc="):
        for road in ("instant", "durable"):
            answer = httpx.post(
                f"{office.env['BANDEJA_LISTENER_URL']}/events/{road}", content=b"{}", headers={"Authorization": token}
            )
            assert answer.status_code == 401


def test_a_known_hash_needs_no_second_upload(office: Office) -> None:
    body = made.born_digital(own_word(), 1)
    task = office.until_ended(office.upload("original.pdf", body))
    answer = office.api.post(
        "/api/v1/uploads",
        json={"filename": "copia.pdf", "content_type": "application/pdf", "size": len(body), "sha256": sha256_hex(body)},
    )
    assert answer.status_code == 200
    assert answer.json()["document_id"] == task["document_id"]
    assert answer.json()["duplicate"] is True


def test_celery_sees_what_the_api_says(office: Office) -> None:
    good = office.until_ended(office.upload("bueno.pdf", made.born_digital(own_word(), 1)))
    bad = office.until_ended(office.upload("malo.pdf", b"nada de nada"))
    waiting = office.announce("nunca.pdf", b"x")
    cancelled = office.api.post(f"/api/v1/tasks/{waiting['task_id']}/cancel").json()

    seen = office.seen_by_celery(good["task_id"])
    assert (seen.state, seen.info["progress"]) == (good["state"], 100)
    assert (seen.info["stage"], seen.info["stage_name"]) == (good["stage_label"], good["stage"]) == ("Finalizando", "finalize")
    seen = office.seen_by_celery(bad["task_id"])
    assert seen.state == bad["state"] == "FAILURE"
    assert (seen.info["progress"], seen.info["stage_name"]) == (bad["progress"], bad["stage"])
    assert seen.info["stage"] == bad["stage_label"] == "Extrayendo texto"
    assert office.seen_by_celery(cancelled["task_id"]).state == cancelled["state"] == "REVOKED"


def test_a_replay_starts_from_pending_and_ends_well(office: Office) -> None:
    task = office.until_ended(office.upload("otra vez.pdf", made.born_digital(own_word(), 1)))
    answer = office.api.post(f"/api/v1/tasks/{task['task_id']}/retry", json={"from": "clean"})
    assert answer.status_code == 202
    again = office.until_ended(task["task_id"])
    assert (again["status"], again["attempt"]) == ("completed", 2)
    assert office.seen_by_celery(task["task_id"]).state == "SUCCESS"


def test_a_deleted_document_is_gone_from_search_and_store(office: Office) -> None:
    word = own_word()
    task = office.until_ended(office.upload("borrar.pdf", made.born_digital(word, 1)))
    assert office.api.delete(f"/api/v1/documents/{task['document_id']}").status_code == 204
    assert office.find(word, mode="text") == []
    assert office.api.get(f"/api/v1/documents/{task['document_id']}").status_code == 404
    s3 = office.service_s3()

    def gone() -> bool | None:
        left = s3.list_object_versions(Bucket=office.bucket, Prefix=task["object_key"])
        return True if not left.get("Versions") and not left.get("DeleteMarkers") else None

    assert wait_for(gone, "the erasure of every version")
    assert office.task(task["task_id"])["status"] == "deleted"


def test_an_object_removed_behind_our_back_leaves_search(office: Office, device: dict[str, str]) -> None:
    word, key = own_word(), f"{device['prefix']}{uuid4()}.pdf"
    s3 = office.service_s3()
    s3.put_object(Bucket=office.bucket, Key=key, Body=made.born_digital(word, 1))
    wait_for(lambda: office.find(word, mode="text") or None, "a hit")
    s3.delete_object(Bucket=office.bucket, Key=key)
    assert wait_for(lambda: True if not office.find(word, mode="text") else None, "its absence")


def test_an_object_without_any_event_is_found_by_the_listing(office: Office) -> None:
    word, key = own_word(), f"inbox/otros/{uuid4()}.pdf"
    put_without_event(office, office.service_s3(), key, made.born_digital(word, 1))
    found = wait_for(lambda: office.task_of(key), "a row from the listing")
    assert office.until_ended(found["task_id"])["status"] == "completed"


def test_events_follow_a_task_until_its_end(office: Office) -> None:
    announced = office.announce("seguido.pdf", body := made.scan("seguimiento", 2))
    said: list[dict[str, object]] = []
    ids: list[str] = []
    with office.api.stream("GET", f"/api/v1/tasks/{announced['task_id']}/events", timeout=90) as stream:
        office.send(announced, body).raise_for_status()
        for line in stream.iter_lines():
            if line.startswith("data: "):
                said.append(json.loads(line.removeprefix("data: ")))
            elif line.startswith("id: "):
                ids.append(line.removeprefix("id: "))
    assert said[0]["status"] == "awaiting_upload"
    assert said[-1]["status"] == "completed"
    progress = [one["progress"] for one in said]
    assert progress == sorted(progress)
    again = office.api.get(f"/api/v1/tasks/{announced['task_id']}/events", headers={"Last-Event-ID": ids[-1]})
    assert again.status_code == 204
