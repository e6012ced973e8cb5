"""What AWS sends is understood: names without `s3:`, and sequencers of eighteen digits."""

import json

import pytest

from ingest.domain.objects import ObjectVersion
from ingest.intake.minio_events import NotUnderstood, Removal, parse


def event(name: str, sequencer: str) -> ObjectVersion | Removal:
    entity = {"key": "inbox/a.pdf", "size": 1, "eTag": "e", "versionId": "v", "sequencer": sequencer}
    (read,) = parse(json.dumps({"Records": [{"eventName": name, "s3": {"bucket": {"name": "b"}, "object": entity}}]}).encode())
    return read


def test_a_removal_is_told_from_the_version_before_and_after_it() -> None:
    before, after = event("ObjectCreated:Put", "0055AED6DCD90281E4"), event("ObjectCreated:Put", "0055aed6dcd90281e6")
    removed = event("ObjectRemoved:Delete", "0055AED6DCD90281E5")
    assert isinstance(before, ObjectVersion)
    assert isinstance(after, ObjectVersion)
    assert before.order < removed.sequencer < after.order


@pytest.mark.parametrize("sequencer", ["0" * 17, "0" * 19, "x" * 18, "0055AED6DCD90281E "])
def test_what_no_store_sends_is_not_understood(sequencer: str) -> None:
    with pytest.raises(NotUnderstood):
        event("ObjectCreated:Put", sequencer)
