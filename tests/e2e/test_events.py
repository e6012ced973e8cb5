"""Intake under fire, against the real MinIO: odd keys, lost events, a listener that hangs, Redis away."""

import json
import os
import signal
import unicodedata
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any
from urllib.parse import quote_plus
from uuid import uuid4

import httpx
import pytest
from botocore.exceptions import ClientError

from ingest.stack.stack import Stack
from tests.support import processes
from tests.support.office import Office, put_without_event, wait_for

pytestmark = pytest.mark.stack

ODD = [
    "con espacios y  dos.pdf",
    " espacio al principio.pdf",
    "espacio al final.pdf ",
    "a+b.pdf",
    "100%.pdf",
    "a%20b%2Fc.pdf",
    "%00.pdf",
    "a&b=c;d?e#f.pdf",
    '<a>&\'"b".pdf',
    unicodedata.normalize("NFC", "año.pdf"),
    unicodedata.normalize("NFD", "año.pdf"),
    "👨‍👩‍👧 🗂️.pdf",
    "\u202efdp.exe",
    "tab\tnueva\nlínea.pdf",
    "\x01\x1b[31m\x7f.pdf",
    "a\\b\\c.pdf",
    "…/‥/a.pdf",
    "a:b*c|d.pdf",
    "/".join(["y" * 200] * 4) + ".pdf",
    "ñ" * 125 + ".pdf",
]
LONGEST = 1024  # bytes of a key


def keys_below(prefix: str) -> list[str]:
    keys = [prefix + name for name in ODD]
    long = f"{prefix}{'z' * 200}/{'z' * 200}/{'z' * 200}/{'z' * 200}/"
    # What looks like an upload and is none.
    keys += [long + "z" * (LONGEST - len(long)), f"{prefix}upload/no-uuid/a.pdf", f"{prefix}upload/{uuid4()}/a.pdf"]
    return sorted(keys, key=str.encode)


@pytest.mark.parametrize("events", ["sent", "suppressed"])
def test_every_odd_key_becomes_its_row_once(office: Office, rows: Callable[[str], list[Any]], events: str) -> None:
    s3, prefix = office.service_s3(), f"inbox/raros {uuid4().hex[:6]}/"
    keys = keys_below(prefix)
    for key in keys:
        if events == "sent":
            s3.put_object(Bucket=office.bucket, Key=key, Body=b"")
        else:
            put_without_event(office, s3, key)

    def all_ended() -> list[Any] | None:
        found = rows(prefix)
        return found if len(found) >= len(keys) and all(row.finished_at for row in found) else None

    found = wait_for(all_ended, f"rows for {len(keys)} keys")
    assert sorted((row.object_key for row in found), key=str.encode) == keys
    assert {row.error_code for row in found} == {"empty_file"}


@pytest.mark.parametrize("name", ["../a.pdf", "./a.pdf", "a//b.pdf", "a/../b.pdf", "x" * 256])
def test_what_minio_itself_refuses_never_comes(office: Office, name: str) -> None:
    with pytest.raises(ClientError):
        office.service_s3().put_object(Bucket=office.bucket, Key=f"inbox/{uuid4().hex[:6]}/{name}", Body=b"")


def test_an_upload_with_a_wrong_id_is_a_document_like_any_other(office: Office, rows: Callable[[str], list[Any]]) -> None:
    s3 = office.service_s3()
    ids = ["no-uuid", str(uuid4()).upper(), uuid4().hex, "{" + str(uuid4()) + "}"]
    for wrong in ids:
        s3.put_object(Bucket=office.bucket, Key=f"inbox/upload/{wrong}/a.pdf", Body=b"")
        (row,) = wait_for(lambda wrong=wrong: rows(f"inbox/upload/{wrong}/") or None, f"a row for {wrong}")
        assert (row.source, row.device) == ("other", None)


def event(key: str, bucket: str, **entity: Any) -> str:
    entity = {"key": quote_plus(key), "size": 9, "versionId": str(uuid4()), "sequencer": "17A1B2C3D4E5F607", **entity}
    record = {"eventName": "s3:ObjectCreated:Put", "s3": {"bucket": {"name": bucket}, "object": entity}}
    return json.dumps({"Records": [record]})


def post(office: Office, body: str) -> int:
    return httpx.post(
        f"{office.env['BANDEJA_LISTENER_URL']}/events/durable",
        content=body,
        headers={"Authorization": f"Bearer {office.env['BANDEJA_WEBHOOK_TOKEN']}"},
        timeout=30,
    ).status_code


def test_an_event_for_an_object_that_is_gone_ends_by_name(office: Office, rows: Callable[[str], list[Any]]) -> None:
    key = f"inbox/nunca {uuid4()}.pdf"
    assert post(office, event(key, office.bucket)) == 200
    # The listing may notice too that it is not there, before the worker or after.
    assert office.until_ended(str(rows(key)[0].id))["status"] in {"error", "deleted"}
    assert rows(key)[0].error_code in {"object_missing", None}


def test_what_is_parked_is_seen_tried_again_and_forgotten(office: Office) -> None:
    word = uuid4().hex
    assert post(office, f'{{"Records": "{word}"}}') == 200
    listed = office.api.get("/api/v1/parked", params={"limit": 1}).json()
    (item,) = listed["items"]
    assert (item["source"], word in item["excerpt"]) == ("durable", True)
    assert item["reason"].startswith("malformed")
    place = f"/api/v1/parked/{item['id']}"
    assert word in office.api.get(place).json()["body"]
    assert office.api.post(f"{place}/retry").json() == {"outcomes": ["parked"], "document_ids": []}
    assert office.api.delete(place).status_code == 204
    assert office.api.delete(place).status_code == office.api.get(place).status_code == 404
    assert office.api.post(f"{place}/retry").status_code == 404
    assert office.api.get("/api/v1/parked/9223372036854775808").status_code == 422
    assert office.api.get("/api/v1/parked", params={"cursor": "x"}).status_code == 422


def test_a_hanging_listener_slows_no_upload_and_loses_nothing(office: Office, rows: Callable[[str], list[Any]]) -> None:
    s3, prefix, count = office.service_s3(), f"inbox/colgado {uuid4().hex[:6]}/", 60

    def put_seconds(name: str) -> float:
        began = perf_counter()
        s3.put_object(Bucket=office.bucket, Key=f"{prefix}{name}", Body=b"")
        return perf_counter() - began

    before = median(put_seconds(f"a{number}") for number in range(count))
    (listener,) = processes.of_stack(office.env, "listeners.main:app")
    os.kill(listener, signal.SIGSTOP)
    try:
        during = median(put_seconds(f"b{number}") for number in range(count))
        found = wait_for(lambda: len(rows(prefix)) == 2 * count or None, "rows by the listing alone")
        assert found
    finally:
        os.kill(listener, signal.SIGCONT)
    assert during < 20 * before, "a put that waited for the listener would take a thousand times as long"
    s3.put_object(Bucket=office.bucket, Key=f"{prefix}c", Body=b"")
    wait_for(lambda: rows(f"{prefix}c") or None, "events again")
    assert len({row.object_key for row in rows(prefix)}) == len(rows(prefix)) == 2 * count + 1


def test_with_redis_frozen_events_are_taken_and_work_goes_on_after(
    office: Office, stack: Stack, rows: Callable[[str], list[Any]]
) -> None:
    prefix = f"inbox/sin redis {uuid4().hex[:6]}/"
    s3 = office.service_s3()
    redis = next(service.pid for service in stack.services() if service.name == "redis")
    os.kill(redis, signal.SIGSTOP)
    try:
        for number in range(20):
            s3.put_object(Bucket=office.bucket, Key=f"{prefix}{number}", Body=b"")
            wait_for(lambda number=number: rows(f"{prefix}{number}") or None, "its row")
        assert post(office, event(f"{prefix}nunca", office.bucket)) == 200
        assert {row.status for row in rows(prefix)} == {"queued"}
    finally:
        os.kill(redis, signal.SIGCONT)

    def all_ended() -> bool | None:
        return all(row.finished_at for row in rows(prefix)) or None

    assert wait_for(all_ended, "the end of what waited")
