"""Object versions: what an event, a listing or a HEAD says is in the bucket, and what tells one version from another."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid5

# The namespace of ids that derive from where an object lies (a UUIDv5 of bucket, key
# and version, so that a rebuild gives the same ids). Changing it changes every such id.
OBJECT_NAMESPACE = UUID("6f1b1f0e-2b0e-5d3c-9d6a-62616e64656a")
_DIGITS = 16  # of nanoseconds since 1970, until the year 2554
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ObjectVersion:
    """One version of one object, as an event, a listing or a HEAD describes it.

    `version_id` is "" in an unversioned bucket. `sequencer` is the store's own order
    of a key's versions in hexadecimal, as the event has it, "" where unknown; `order` makes it comparable. `metadata` holds the
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
        return f"{self.etag}@{int(self.order[:_DIGITS] or '0', 16) // 1_000_000}"

    @property
    def order(self) -> str:
        """Where it stands among the versions of its key: the sequencer, else the time of modification as one, else ""."""
        if self.sequencer:
            return comparable(self.sequencer)
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


def comparable(sequencer: str) -> str:
    """A sequencer so that those of a key compare as text, with times of modification too; "" stays.

    MinIO's are nanoseconds in sixteen digits. AWS's eighteen are seconds (ten) and their fraction (eight), which become
    nanoseconds and two digits more: as text they stand behind the same nanosecond without. One that says no time stays.
    """
    if len(sequencer) <= _DIGITS:
        return sequencer and sequencer.upper().zfill(_DIGITS)
    units = int(sequencer, 16) * 10**9 >> 24  # of the 2^32 parts of a second: 256 to a nanosecond
    return f"{units:018X}" if units < 16**18 else sequencer.upper()


def after(order: str) -> str:
    """The next place behind this one."""
    return f"{int(order[:_DIGITS] or '0', 16) + 1:016X}"


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
