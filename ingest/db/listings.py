"""Walks through the bucket's listing: how far they have come, and where a page of it and the rows differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from ingest.db.rows import document_of
from ingest.domain.documents import Document
from ingest.domain.objects import ObjectVersion
from ingest.errors import LeaseLost

SWEEP = "sweep"
REBUILD = "rebuild"

Pair = tuple[str, str]  # a version's key and identity

_CLAIM = text("""
UPDATE listings
SET lease_token = :token,
    lease_until = clock_timestamp() + make_interval(secs => :seconds),
    began_at = coalesce(began_at, clock_timestamp()),
    seconds = CASE WHEN began_at IS NULL THEN 0 ELSE seconds END,
    objects = CASE WHEN began_at IS NULL THEN 0 ELSE objects END
WHERE purpose = :purpose AND bucket = :bucket AND prefix = :prefix
    AND (lease_until IS NULL OR lease_until < clock_timestamp()
        OR lease_until > clock_timestamp() + make_interval(secs => :seconds + 1))
    AND (began_at IS NOT NULL OR finished_at IS NULL OR finished_at > clock_timestamp()
        OR finished_at + make_interval(secs => greatest(:pause, 9 * seconds)) < clock_timestamp())
RETURNING after_key, objects, began_at
""")

_HOLD = text("""
UPDATE listings SET lease_until = clock_timestamp() + make_interval(secs => :seconds)
WHERE lease_token = :token
""")

_ADVANCE = text("""
UPDATE listings
SET after_key = :until, objects = objects + :objects, seconds = seconds + :spent,
    lease_until = clock_timestamp() + make_interval(secs => :seconds)
WHERE lease_token = :token
""")

_FINISH = text("""
UPDATE listings
SET after_key = '', began_at = NULL, finished_at = clock_timestamp(), lease_token = NULL, lease_until = NULL
WHERE lease_token = :token
""")

_RELEASE = text("UPDATE listings SET lease_token = NULL, lease_until = NULL WHERE lease_token = :token")

# A row deleted through us whose object is not erased yet is still listed, and stays deleted. A version can be put again
# with other bytes, where the bucket's policies allow it: then the row vouches for what is no longer there.
_UNKNOWN = text("""
SELECT listed.place - 1
FROM unnest(CAST(:keys AS text[]), CAST(:identities AS text[]), CAST(:etags AS text[]), CAST(:sizes AS bigint[]))
    WITH ORDINALITY AS listed (key, identity, etag, size, place)
LEFT JOIN documents
    ON documents.bucket = :bucket AND documents.object_key = listed.key AND documents.version_id = listed.identity
    AND documents.object_key COLLATE "C" BETWEEN :first AND :last
WHERE documents.id IS NULL OR (documents.status = 'deleted' AND NOT documents.erasing)
    OR (documents.status NOT IN ('deleted', 'superseded')
        AND (documents.size <> listed.size OR (documents.etag <> listed.etag AND documents.etag <> '' AND listed.etag <> '')))
ORDER BY listed.place
""")

# Keyset by (key, id), because rows that turn out to be there are met again otherwise.
_ABSENT = text("""
SELECT documents.*
FROM documents
WHERE bucket = :bucket
    AND object_key COLLATE "C" >= :first AND object_key COLLATE "C" > :after AND object_key COLLATE "C" < :beyond
    AND (object_key COLLATE "C", id) > (:last_key, CAST(:last_id AS uuid))
    AND version_id IS NOT NULL
    AND status NOT IN ('deleted', 'superseded')
    AND NOT EXISTS (
        SELECT FROM unnest(CAST(:keys AS text[]), CAST(:identities AS text[])) AS listed (key, identity)
        WHERE listed.key = documents.object_key AND listed.identity = documents.version_id)
ORDER BY object_key COLLATE "C", id
LIMIT :limit
""")

_SURPLUS = text("""
SELECT listed.key, listed.identity
FROM unnest(CAST(:ids AS uuid[]), CAST(:keys AS text[]), CAST(:identities AS text[])) AS listed (id, key, identity)
JOIN documents ON documents.id = listed.id
WHERE documents.status <> 'deleted' AND (documents.object_key <> listed.key OR documents.version_id <> listed.identity)
""")


class Upload(NamedTuple):
    """A version under the key of a presigned upload, and the id that stands in that key."""

    document_id: UUID
    key: str
    identity: str


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk that this process holds by a lease; up to `after_key` all has been compared, `objects` versions in all."""

    token: UUID
    seconds: float
    after_key: str
    objects: int
    began_at: datetime


@dataclass(frozen=True, slots=True)
class KeyRange:
    """The keys of one page: those that begin with `prefix`, after `after`, up to `until`, or all there are (None)."""

    bucket: str
    prefix: str
    after: str
    until: str | None

    @property
    def beyond(self) -> str:
        """The first key that is too far, in the order of bytes."""
        if self.until is not None:
            return self.until + "\x01"  # the least that a key can go on with; NUL is none
        return self.prefix[:-1] + chr(ord(self.prefix[-1]) + 1)


def claim(connection: Connection, purpose: str, bucket: str, prefix: str, *, seconds: float, pause: float) -> Walk | None:
    """Take the walk for `seconds`: the one under way, or a new one; None where another has it or none is due.

    A new one is due `pause` seconds after the last, or nine times as long as that took: at most a tenth of the time
    is spent listing. What the row says of the future was written before the clock was set back, and holds nobody up.
    """
    connection.execute(
        text("INSERT INTO listings (purpose, bucket, prefix) VALUES (:purpose, :bucket, :prefix) ON CONFLICT DO NOTHING"),
        {"purpose": purpose, "bucket": bucket, "prefix": prefix},
    )
    token = uuid4()
    values = {"purpose": purpose, "bucket": bucket, "prefix": prefix, "token": token, "seconds": seconds, "pause": pause}
    row = connection.execute(_CLAIM, values).one_or_none()
    return None if row is None else Walk(token, seconds, row.after_key, row.objects, row.began_at)


def hold(connection: Connection, walk: Walk) -> None:
    """Renew the lease and lock it until commit; goes first in a transaction that repairs. Raises LeaseLost.

    The token alone decides, because whoever takes over puts another: a page may take longer than the lease.
    """
    _held(connection.execute(_HOLD, {"token": walk.token, "seconds": walk.seconds}).rowcount)


def advance(connection: Connection, walk: Walk, until: str, objects: int, spent: float) -> None:
    """Note that all up to `until` has been compared, `objects` versions in `spent` seconds. Raises LeaseLost."""
    values = {"token": walk.token, "seconds": walk.seconds, "until": until, "objects": objects, "spent": spent}
    _held(connection.execute(_ADVANCE, values).rowcount)


def finish(connection: Connection, walk: Walk) -> None:
    """End the walk; the next one starts from the first key. Raises LeaseLost."""
    _held(connection.execute(_FINISH, {"token": walk.token}).rowcount)


def release(connection: Connection, walk: Walk) -> None:
    """Let another process go on with it at once; fine where it is finished or lost."""
    connection.execute(_RELEASE, {"token": walk.token})


def _held(rows: int) -> None:
    if not rows:
        raise LeaseLost


def unknown(connection: Connection, bucket: str, visible: Sequence[ObjectVersion]) -> list[int]:
    """Where in `visible`, whose keys are in order, are those without a row of that version and of these bytes.

    A row that says deleted is none; which bytes they are, eTag and size tell.
    """
    if not visible:
        return []
    values = {
        "bucket": bucket,
        "first": visible[0].key,
        "last": visible[-1].key,
        "keys": [version.key for version in visible],
        "identities": [version.identity for version in visible],
        "etags": [version.etag for version in visible],
        "sizes": [version.size for version in visible],
    }
    found = connection.execute(_UNKNOWN, values)
    return [int(place) for (place,) in found]


def absent(connection: Connection, keys: KeyRange, visible: Sequence[Pair], after: Document | None, limit: int) -> list[Document]:
    """Up to `limit` rows of that range, behind the row `after`, whose version is not among `visible`."""
    listed_keys, identities = _columns(visible)
    values = {
        "bucket": keys.bucket,
        "first": keys.prefix,
        "after": keys.after,
        "beyond": keys.beyond,
        "last_key": after.object_key if after else "",
        "last_id": after.id if after else UUID(int=0),
        "keys": listed_keys,
        "identities": identities,
        "limit": limit,
    }
    return [document_of(row._mapping) for row in connection.execute(_ABSENT, values)]


def surplus_uploads(connection: Connection, uploads: Sequence[Upload]) -> set[Pair]:
    """Those of them whose row has another version already, or waits for another key: the first one there counts."""
    if not uploads:
        return set()
    ids, keys, identities = zip(*uploads, strict=True)
    found = connection.execute(_SURPLUS, {"ids": list(ids), "keys": list(keys), "identities": list(identities)})
    return {(key, identity) for key, identity in found}


def _columns(pairs: Sequence[Pair]) -> tuple[list[str], list[str]]:
    return [key for key, _ in pairs], [identity for _, identity in pairs]
