"""Object versions: what an event, a listing or a HEAD says is in the bucket, and what tells one version from another."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid5

# The namespace of ids that derive from where an object lies (a UUIDv5 of bucket, key
# and version, so that a rebuild gives the same ids). Changing it changes every such id.
OBJECT_NAMESPACE = UUID("6f1b1f0e-2b0e-5d3c-9d6a-62616e64656a")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ObjectVersion:
    """One version of one object, as an event, a listing or a HEAD describes it.

    `version_id` is "" in an unversioned bucket. `sequencer` is the store's own order of a
    key's versions in hexadecimal: nanoseconds of the modification time (MinIO, sixteen digits) or a number without
    meaning (AWS, eighteen); "" where unknown. `metadata` holds the
    `x-amz-meta-*` values with that prefix removed and names in lower case.
    """

    bucket: str
    key: str
    version_id: str = ""
    etag: str = ""
    size: int = 0
    content_type: str = ""
    sequencer: str = ""
    modified: datetime | None = None
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def identity(self) -> str:
        """What tells this version from others of its key: the version id, or eTag and time.

        The time is cut to milliseconds, because an event has nanoseconds, a listing milliseconds.
        """
        if self.version_id and self.version_id != "null":
            return self.version_id
        return f"{self.etag}@{int(self.order or '0', 16) // 1_000_000}"

    @property
    def order(self) -> str:
        """Where it stands among the versions of its key: the sequencer, else the time of modification as one, else ""."""
        if self.sequencer:
            return f"{int(self.sequencer, 16):016X}"
        return sequencer_of(self.modified) if self.modified else ""


class Fetched(NamedTuple):
    """An object's bytes as they were read: their hash, their number, and the eTag under which the store gave them."""

    sha256: bytes
    etag: str
    size: int


def sequencer_of(moment: datetime) -> str:
    """A time of modification as MinIO's sequencer: nanoseconds since 1970 in sixteen hexadecimal digits."""
    # In whole numbers: a float of seconds is a microsecond short now and then, and the millisecond with it.
    return f"{(moment - _EPOCH) // timedelta(microseconds=1) * 1000:016X}"


def stored_version(identity: str) -> str:
    """The version id to ask the store for: "" when the identity was made of eTag and time."""
    return "" if "@" in identity else identity


def names_other_bytes(identity: str, etag: str) -> bool:
    """Whether an identity made of eTag and time is of other bytes than those with this eTag: they were overwritten."""
    told = identity.rpartition("@")[0]
    return bool(told) and told != etag


def object_document_id(bucket: str, key: str, version: str) -> UUID:
    """The id of a document that came without an upload call: the same object gives the same id."""
    return uuid5(OBJECT_NAMESPACE, f"{bucket}\0{key}\0{version}")
