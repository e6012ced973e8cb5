"""MinIO's event records, read with suspicion.

Facts, seen in the records of tests/fixtures/events.json: the object's key in a record is query-escaped and must be unescaped
exactly once; `size`, `eTag`, `contentType`, `userMetadata` and `versionId` are left out when empty; nothing
about host, principal or origin is to be believed.
"""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from ingest.domain.objects import ObjectVersion, comparable

CREATED = {
    "s3:ObjectCreated:Put",
    "s3:ObjectCreated:Post",
    "s3:ObjectCreated:CompleteMultipartUpload",
    "s3:ObjectCreated:Copy",
}
REMOVED = {"s3:ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated"}

MOST_BYTES = 1 << 20  # an event is some 2 KB

_SEQUENCER = re.compile(r"[0-9A-F]{0,16}|[0-9A-F]{18}")  # MinIO's and AWS's


class NotUnderstood(Exception):
    """The body is no event that we take; the text says why."""


@dataclass(frozen=True, slots=True)
class Removal:
    """An object version is gone, or with `version_id` None, the whole key is hidden."""

    bucket: str
    key: str
    version_id: str | None
    sequencer: str


def parse(body: bytes) -> list[ObjectVersion | Removal]:
    """What the envelope's records say. Raises NotUnderstood."""
    if len(body) > MOST_BYTES:
        raise NotUnderstood("longer than 1 MB")
    try:
        envelope = json.loads(body)
        records = envelope["Records"]
        if not records:
            raise NotUnderstood("no records")
        return [_read(record) for record in records]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise NotUnderstood(f"malformed: {type(error).__name__}") from error


def _read(record: Any) -> ObjectVersion | Removal:
    name = str(record["eventName"])
    if not name.startswith("s3:"):
        name = f"s3:{name}"
    entity = record["s3"]["object"]
    bucket, key = _text(record["s3"]["bucket"]["name"], 63), _text(unquote_plus(entity["key"], errors="strict"), 1024)
    if not bucket or not key:
        raise NotUnderstood("no bucket or key")
    version_id, sequencer = _text(entity.get("versionId"), 64), _text(entity.get("sequencer"), 18).upper()
    if not _SEQUENCER.fullmatch(sequencer):
        raise NotUnderstood("the sequencer is no hexadecimal number")
    sequencer = sequencer and sequencer.zfill(16)
    if name in CREATED:
        return ObjectVersion(
            bucket=bucket,
            key=key,
            version_id=version_id,
            etag=_text(entity.get("eTag"), 128),
            size=_size(entity.get("size", 0)),
            content_type=_text(entity.get("contentType"), 256),
            sequencer=sequencer,
            metadata=_metadata(entity.get("userMetadata")),
        )
    if name in REMOVED:
        marker = name.endswith("DeleteMarkerCreated")
        return Removal(bucket, key, None if marker else version_id or None, comparable(sequencer))
    raise NotUnderstood(f"event name {name[:100]}")


def _text(given: Any, most: int) -> str:
    """A string that PostgreSQL can hold and index, of at most `most` bytes in UTF-8; "" where it was left out."""
    text = "" if given is None else given
    if not isinstance(text, str) or "\0" in text:
        raise NotUnderstood("a value is no text or holds NUL")
    if len(text.encode()) > most:  # a lone surrogate raises UnicodeEncodeError, a ValueError
        raise NotUnderstood(f"a value has more than {most} bytes")
    return text


def _size(given: Any) -> int:
    size = int(given)
    if not 0 <= size < 1 << 63:
        raise NotUnderstood("impossible size")
    return size


def _metadata(given: Any) -> dict[str, str]:
    prefix = "x-amz-meta-"
    return {
        _text(name, 256).lower().removeprefix(prefix): _text(value, 8192)
        for name, value in (given or {}).items()
        if name.lower().startswith(prefix)
    }
