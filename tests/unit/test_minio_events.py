"""MinIO's records are read once, and with suspicion."""

import json

import pytest

from ingest.documents import ObjectVersion
from listeners.minio_events import NotUnderstood, Removal, parse


def envelope(name: str, key: str, **entity: object) -> bytes:
    entity = {"key": key, "sequencer": "18A1B2C3D4E5F607", **entity}
    record = {"eventName": name, "s3": {"bucket": {"name": "documentos-ugel"}, "object": entity}}
    return json.dumps({"EventName": name, "Key": f"documentos-ugel/{key}", "Records": [record]}).encode()


def test_the_key_is_unescaped_exactly_once() -> None:
    (event,) = parse(envelope("s3:ObjectCreated:Put", "inbox%2Fscan%2FMesa+1%2Fa%252Fb+c%2B%C3%B1.pdf"))
    assert isinstance(event, ObjectVersion)
    assert event.key == "inbox/scan/Mesa 1/a%2Fb c+ñ.pdf"


def test_what_minio_leaves_out_when_empty_is_empty() -> None:
    (event,) = parse(envelope("s3:ObjectCreated:Put", "inbox%2Fempty.pdf"))
    assert isinstance(event, ObjectVersion)
    assert (event.size, event.etag, event.version_id, event.metadata) == (0, "", "", {})


def test_user_metadata_loses_its_prefix() -> None:
    (event,) = parse(
        envelope("s3:ObjectCreated:Post", "inbox%2Fa.pdf", userMetadata={"X-Amz-Meta-Filename": "a.pdf", "content-type": "x"})
    )
    assert isinstance(event, ObjectVersion)
    assert event.metadata == {"filename": "a.pdf"}


def test_a_delete_marker_hides_the_key_and_a_delete_removes_a_version() -> None:
    (hidden,) = parse(envelope("s3:ObjectRemoved:DeleteMarkerCreated", "inbox%2Fa.pdf", versionId="marker"))
    (removed,) = parse(envelope("s3:ObjectRemoved:Delete", "inbox%2Fa.pdf", versionId="v1"))
    assert isinstance(hidden, Removal)
    assert isinstance(removed, Removal)
    assert hidden.version_id is None
    assert removed.version_id == "v1"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'{"Records": 3}',
        b'{"Records": [3]}',
        b'{"Records": [{}]}',
        b"\xff\xfe",
        b"[" * 100_000,
        envelope("s3:ObjectCreated:PutTagging", "inbox%2Fa.pdf"),
        envelope("s3:Nonsense", "inbox%2Fa.pdf"),
        envelope("s3:ObjectCreated:Put", ""),
        envelope("s3:ObjectCreated:Put", "inbox%2F%00.pdf"),
        envelope("s3:ObjectCreated:Put", "inbox%2F%FF.pdf"),
        envelope("s3:ObjectCreated:Put", "inbox%2Fa.pdf", sequencer="no hex"),
        envelope("s3:ObjectCreated:Put", "inbox%2Fa.pdf", size="many"),
        envelope("s3:ObjectCreated:Put", "inbox%2Fa.pdf", size=10**30),
        envelope("s3:ObjectCreated:Put", "inbox%2Fa.pdf", size=-1),
        envelope("s3:ObjectCreated:Put", "inbox%2F" + "a" * 2000),
        envelope("s3:ObjectCreated:Put", "inbox%2Fa.pdf", eTag="\ud800"),
        envelope("s3:ObjectCreated:Put", "inbox%2Fa.pdf", userMetadata={"x-amz-meta-a": "\0"}),
        envelope("s3:ObjectCreated:Put", "inbox%2Fa.pdf", versionId=7),
    ],
)
def test_what_is_no_event_is_said_so(body: bytes) -> None:
    with pytest.raises(NotUnderstood):
        parse(body)


def test_without_a_version_id_etag_and_milliseconds_are_the_identity() -> None:
    (event,) = parse(envelope("s3:ObjectCreated:Put", "inbox%2Fa.pdf", eTag="abc", sequencer="18A1B2C3D4E5F607"))
    assert isinstance(event, ObjectVersion)
    assert event.identity == f"abc@{0x18A1B2C3D4E5F607 // 1_000_000}"
