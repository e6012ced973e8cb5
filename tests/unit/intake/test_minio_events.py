"""MinIO's records are read once, and with suspicion."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.domain.objects import ObjectVersion
from ingest.intake.minio_events import NotUnderstood, Removal, parse


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
        b'{"Records": []}',
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
        envelope("s3:ObjectCreated:Put", "inbox%2Fa.pdf", size=float("inf")),
        envelope("s3:ObjectCreated:Put", "inbox%2Fa.pdf", size=float("nan")),
        envelope("s3:ObjectCreated:Put", "inbox%2Fa.pdf", sequencer="0x1F"),
        envelope("s3:ObjectCreated:Put", "inbox%2Fa.pdf", sequencer="-1"),
        envelope("s3:ObjectCreated:Put", "inbox%2Fa.pdf", userMetadata={"x-amz-meta-\0": "a"}),
        envelope("s3:ObjectCreated:Put", "inbox%2Fa.pdf", userMetadata=["x-amz-meta-a"]),
        envelope("s3:ObjectCreated:Put", "inbox%2F" + "a" * 2000),
        envelope("s3:ObjectCreated:Put", "inbox%2F" + "%F0%9F%97%82" * 300),  # 1,206 bytes in 306 characters
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


words = st.text(max_size=20)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | words
anything: st.SearchStrategy[Any] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4), max_leaves=20
)
# Names that mean something to the reader, so that it gets far in.
NAMES = ["s3:ObjectCreated:Put", "ObjectCreated:Copy", "s3:ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated"]
entities = st.fixed_dictionaries(
    {"key": anything | words},
    optional={
        "size": anything,
        "eTag": anything | words,
        "versionId": anything | words,
        "sequencer": anything | st.from_regex(r"[0-9A-Fa-f]{0,18}", fullmatch=True),
        "contentType": anything,
        "userMetadata": anything | st.dictionaries(words.map(lambda word: f"X-Amz-Meta-{word}"), anything | words, max_size=3),
    },
)
records = st.fixed_dictionaries(
    {
        "eventName": st.sampled_from(NAMES) | anything,
        "s3": st.fixed_dictionaries({"bucket": st.fixed_dictionaries({"name": st.just("b") | anything}), "object": entities}),
    }
)


@given(st.lists(records | anything, max_size=3).map(lambda many: {"Records": many}) | anything)
def test_any_json_is_events_or_not_understood(said: Any) -> None:
    try:
        events = parse(json.dumps(said).encode())
    except NotUnderstood:
        return
    for event in events:
        assert 1 <= len(event.key.encode()) <= 1024
        assert "\0" not in event.key
        event.key.encode()
        if isinstance(event, ObjectVersion):
            assert event.size >= 0
            assert len(event.sequencer) in {0, 16, 18}
            assert event.identity
            json.dumps(event.metadata).encode("ascii")


@given(st.binary(max_size=200))
def test_any_bytes_are_events_or_not_understood(body: bytes) -> None:
    with pytest.raises(NotUnderstood):
        parse(body)


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=250).filter(
        lambda key: len(key.encode()) <= 1024
    )
)
def test_any_key_comes_back_whole(key: str) -> None:
    (event,) = parse(envelope("s3:ObjectCreated:Put", quote_plus(key)))
    assert event.key == key


RECORDED = json.loads((Path(__file__).parents[2] / "fixtures" / "events.json").read_text(encoding="utf-8"))
REMOVALS = {"delete", "delete again", "undelete", "delete version", "suspended delete", "unversioned delete"}
NO_CONCERN = {"tag", "undelete again", "unversioned delete absent"}  # the notification rule does not name them


@pytest.mark.parametrize("name", RECORDED)
def test_what_minio_really_sends(name: str) -> None:
    body = json.dumps(RECORDED[name]).encode()
    if name in NO_CONCERN:
        with pytest.raises(NotUnderstood):
            parse(body)
        return
    (event,) = parse(body)
    assert isinstance(event, Removal if name in REMOVALS else ObjectVersion)
    assert f"{event.bucket}/{event.key}" == RECORDED[name]["Key"]
    assert len(event.sequencer) == 16


def test_an_undelete_looks_like_a_deletion() -> None:
    hidden, undeleted = (parse(json.dumps(RECORDED[name]).encode())[0] for name in ("delete", "undelete"))
    assert isinstance(hidden, Removal)
    assert isinstance(undeleted, Removal)
    assert (hidden.key, hidden.version_id) == (undeleted.key, undeleted.version_id)
    assert hidden.sequencer < undeleted.sequencer
