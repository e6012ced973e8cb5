"""MinIO's event records, read with suspicion.

Facts (docs/architecture.md, "Events"): the object's key in a record is query-escaped and must be unescaped
exactly once; `size`, `eTag`, `contentType`, `userMetadata` and `versionId` are left out when empty; nothing
about host, principal or origin is to be believed.
"""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from ingest.documents import ObjectVersion

CREATED = {
    "s3:ObjectCreated:Put",
    "s3:ObjectCreated:Post",
    "s3:ObjectCreated:CompleteMultipartUpload",
    "s3:ObjectCreated:Copy",
}
REMOVED = {"s3:ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated"}


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
    try:
        envelope = json.loads(body)
        records = envelope["Records"]
        return [_read(record) for record in records]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NotUnderstood(f"malformed: {type(error).__name__}") from error


def _read(record: Any) -> ObjectVersion | Removal:
    name = str(record["eventName"])
    if not name.startswith("s3:"):
        name = f"s3:{name}"
    bucket, entity = record["s3"]["bucket"]["name"], record["s3"]["object"]
    key, sequencer = unquote_plus(entity["key"], errors="strict"), str(entity.get("sequencer", "")).upper()
    if not (isinstance(bucket, str) and isinstance(key, str) and key) or "\0" in key:
        raise NotUnderstood("no bucket or key")
    int(sequencer or "0", 16)
    version_id = str(entity.get("versionId") or "")
    if name in CREATED:
        return ObjectVersion(
            bucket=bucket,
            key=key,
            version_id=version_id,
            etag=str(entity.get("eTag", "")),
            size=int(entity.get("size", 0)),
            content_type=str(entity.get("contentType", "")),
            sequencer=sequencer,
            metadata=_metadata(entity.get("userMetadata")),
        )
    if name in REMOVED:
        marker = name.endswith("DeleteMarkerCreated")
        return Removal(bucket, key, None if marker else version_id or None, sequencer)
    raise NotUnderstood(f"event name {name[:100]}")


def _metadata(given: Any) -> dict[str, str]:
    prefix = "x-amz-meta-"
    return {
        name.lower().removeprefix(prefix): str(value).replace("\0", "")
        for name, value in (given or {}).items()
        if name.lower().startswith(prefix)
    }
