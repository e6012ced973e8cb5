"""Deleted, undeleted, erased, failed: what real events and the running stack make of it."""

from typing import Any
from uuid import uuid4

import pytest
from redis import Redis
from sqlalchemy import create_engine, select, text

from ingest.db.schema import metadata
from tests.support import made
from tests.support.office import Office, own_word, wait_for

pytestmark = pytest.mark.stack


def test_an_undelete_brings_the_document_back(office: Office) -> None:
    s3, word, key = office.service_s3(), own_word(), f"inbox/otros/{uuid4()}.pdf"
    s3.put_object(Bucket=office.bucket, Key=key, Body=made.born_digital(word, 1))
    (hit,) = wait_for(lambda: office.find(word, mode="text") or None, "a hit")
    marker = s3.delete_object(Bucket=office.bucket, Key=key)["VersionId"]
    wait_for(lambda: None if office.find(word, mode="text") else True, "its absence")
    s3.delete_object(Bucket=office.bucket, Key=key, VersionId=marker)
    (back,) = wait_for(lambda: office.find(word, mode="text") or None, "the hit again")
    assert back["document_id"] == hit["document_id"]


def test_the_version_before_the_removed_one_comes_back(office: Office) -> None:
    s3, first, second, key = office.service_s3(), own_word(), own_word(), f"inbox/otros/{uuid4()}.pdf"
    for word in (first, second):
        put = s3.put_object(Bucket=office.bucket, Key=key, Body=made.born_digital(word, 1))
        wait_for(lambda word=word: office.find(word, mode="text") or None, f"a hit for {word}")
    s3.delete_object(Bucket=office.bucket, Key=key, VersionId=put["VersionId"])
    wait_for(lambda: office.find(first, mode="text") or None, "the first version again")
    assert office.find(second, mode="text") == []


def test_failures_say_where_and_all_of_a_kind_run_again(office: Office) -> None:
    failed = [office.until_ended(office.upload(f"{uuid4()}.pdf", f"<html>{uuid4()}</html>".encode())) for _ in range(2)]
    error = failed[0]["error"]
    assert (error["code"], error["stage"], len(error["trace_id"])) == ("not_a_document", "extract", 32)
    s3 = office.service_s3()

    def tags() -> dict[str, str] | None:
        found = s3.get_object_tagging(Bucket=office.bucket, Key=failed[0]["object_key"])["TagSet"]
        return {tag["Key"]: tag["Value"] for tag in found} or None

    assert wait_for(tags, "the tags") == {
        "bandeja-status": "error",
        "bandeja-code": "not_a_document",
        "bandeja-document": failed[0]["document_id"],
    }
    assert office.task(failed[0]["task_id"]) == failed[0], "a tag runs nothing"
    answer = office.api.post("/api/v1/tasks/retry", json={"code": "not_a_document", "limit": 1})
    assert (answer.status_code, answer.json()["queued"]) == (202, 1)
    rest = office.api.post("/api/v1/tasks/retry", json={"code": "not_a_document", "cursor": answer.json()["next_cursor"]})
    assert rest.json()["queued"] >= 1
    for task in failed:
        again = office.until_ended(task["task_id"])
        assert (again["attempt"], again["error"]["trace_id"] == task["error"]["trace_id"]) == (2, False)
    assert office.api.post("/api/v1/tasks/retry", json={"status": "superseded"}).status_code == 422


def test_an_erased_document_leaves_no_word_anywhere(office: Office) -> None:
    word, name, value = own_word(), own_word(), own_word()
    task = office.until_ended(office.upload(f"{name}.pdf", made.born_digital(word, 1), metadata={"de": value}))
    office.api.get(f"/api/v1/documents/{task['document_id']}/pages/1/image").raise_for_status()
    office.find(word)
    assert traces(office, word, name, value)
    office.api.delete(f"/api/v1/documents/{task['document_id']}").raise_for_status()
    wait_for(lambda: None if traces(office, word, name, value) else True, "the last trace to go")


def traces(office: Office, *words: str) -> list[str]:
    """Tables, keys of Redis and objects in which one of the words stands."""
    found = []
    engine = create_engine(office.env["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg2://"))
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            rows = connection.execute(select(text("CAST(one AS text)")).select_from(table.alias("one"))).scalars()
            found += [table.name for row in rows if any(word in row for word in words)]
    engine.dispose()
    with Redis.from_url(office.env["REDIS_URL"]) as redis:
        for key in redis.scan_iter():
            held = repr((key, _value(redis, key)))
            found += [held for word in words if word in held]
    s3 = office.service_s3()
    for bucket in (office.bucket, f"{office.bucket}-derived"):
        listed = s3.list_object_versions(Bucket=bucket)
        entries = [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]
        found += [entry["Key"] for entry in entries if any(word in entry["Key"] for word in words)]
    return found


def _value(redis: Any, key: bytes) -> object:
    match redis.type(key):
        case b"hash":
            return redis.hgetall(key)
        case b"list":
            return redis.lrange(key, 0, -1)
        case b"set":
            return redis.smembers(key)
        case b"zset":
            return redis.zrange(key, 0, -1)
    return redis.get(key)
