"""The buckets through minio-py: download, stat, list, erase. Set-up and users are in `admin`."""

from bisect import bisect_left
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from io import BytesIO
from itertools import islice, takewhile
from pathlib import Path
from typing import TypeVar

import urllib3
from minio import Minio
from minio.commonconfig import Tags
from minio.datatypes import Object
from minio.deleteobjects import DeleteObject

from ingest.adapters.minio import notification
from ingest.adapters.minio.failures import ABSENT, not_done, outages
from ingest.domain.objects import Fetched, ObjectVersion, sequencer_of, stored_version
from ingest.errors import ObjectMissing, StorageRefused, StorageUnavailable, TooLarge
from ingest.ports import Listed

_PART = 1 << 20
_TAGS = 10  # an object has at most (S3)
_ANSWER = 1000  # entries of a listing in one answer, at most (S3)

_Answer = TypeVar("_Answer")


class _NoRoom(StorageUnavailable):
    """The disk that an object is written to does not take it: no word of the store's."""


def connect(
    endpoint: str, access_key: str, secret_key: str, *, secure: bool, region: str, read_seconds: float = 30, retries: int = 2
) -> Minio:
    """A client that gives up soon: an outage is waited for by the pipeline, not by a socket."""
    http = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=3, read=read_seconds),
        maxsize=10,
        retries=urllib3.Retry(total=retries, backoff_factor=0.1, status_forcelist=[502, 503, 504]),
    )
    return Minio(endpoint, access_key, secret_key, secure=secure, region=region, http_client=http)


class MinioStore:
    """Implements `ports.ObjectStore` for one inbox bucket and its derived bucket."""

    def __init__(self, client: Minio, bucket: str, derived_bucket: str, inbox_prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._derived = derived_bucket
        self._inbox_prefix = inbox_prefix

    def download(self, key: str, version_id: str, to: Path, *, at_most: int) -> Fetched:
        """Write the object's bytes to `to` as they are stored, whatever encoding it claims; return what they are.

        Raises TooLarge where there are more than `at_most`, ObjectMissing, StorageUnavailable, and StorageRefused where
        the store answers and does not give this object back.
        """
        return self._of_one(lambda: self._download(key, version_id, to, at_most))

    def _download(self, key: str, version_id: str, to: Path, at_most: int) -> Fetched:
        digest, written = sha256(), 0
        with self._opened(self._bucket, key, version_id) as response, closing(_stored_bytes(response)) as parts:
            size = int(response.headers.get("content-length", "-1"))
            if size > at_most:
                raise TooLarge(str(size))
            with _room_at(to), to.open("wb") as file:
                for part in parts:
                    written += len(part)
                    if written > size:
                        break
                    digest.update(part)
                    file.write(part)
            if written != size:
                raise StorageRefused(f"not the {size} bytes that it announced")
            return Fetched(digest.digest(), response.headers.get("etag", "").strip('"'), size)

    @contextmanager
    def _opened(self, bucket: str, key: str, version_id: str = "") -> Iterator[urllib3.BaseHTTPResponse]:
        with outages():
            response = self._client.get_object(
                bucket, key, version_id=stored_version(version_id) or None, request_headers={"Accept-Encoding": "identity"}
            )
        try:
            yield response
        finally:
            response.close()
            response.release_conn()

    def _of_one(self, ask: Callable[[], _Answer]) -> _Answer:
        """The answer about one object. What goes wrong twice, while the store answers, is of this object and no outage."""
        refused = StorageRefused()
        for _ in range(2):  # it may have been away for a moment only, which must cost nobody an attempt
            try:
                return ask()
            except (StorageRefused, _NoRoom):
                raise
            except StorageUnavailable as error:
                self._check_answers()
                refused = StorageRefused(error.detail)
        raise refused

    def _check_answers(self) -> None:
        with outages():
            self._client.bucket_exists(self._bucket)

    def stat(self, key: str, version_id: str = "") -> ObjectVersion:
        """The object's facts. Raises ObjectMissing, StorageUnavailable, StorageRefused where it answers for others."""
        return self._of_one(lambda: self._stat(key, version_id))

    def _stat(self, key: str, version_id: str) -> ObjectVersion:
        with outages():
            found = self._client.stat_object(self._bucket, key, version_id=stored_version(version_id) or None)
        metadata = {
            name.lower().removeprefix("x-amz-meta-"): value
            for name, value in (found.metadata or {}).items()
            if name.lower().startswith("x-amz-meta-")
        }
        return ObjectVersion(
            bucket=self._bucket,
            key=key,
            version_id=found.version_id or "",
            etag=found.etag or "",
            size=found.size or 0,
            content_type=found.content_type or "",
            modified=found.last_modified,
            metadata=metadata,
        )

    def listed(self, prefix: str, after_key: str = "") -> Iterator[Listed]:
        """Every version and delete marker of the keys under `prefix` behind `after_key`, keys in the order of their bytes.

        Streams: MinIO is asked for a thousand at a time, and goes on behind all versions of `after_key`. An object
        `a/b` beside an object `a` is in no listing of MinIO's. Raises ObjectMissing (no such bucket), StorageUnavailable.
        """
        with outages():
            found = self._client.list_objects(
                self._bucket, prefix, recursive=True, include_version=True, start_after=after_key or None
            )
            yield from _in_key_order(self._listed(one) for one in found if one.object_name is not None)

    def _listed(self, found: Object) -> Listed:
        version = ObjectVersion(
            bucket=self._bucket,
            key=found.object_name or "",
            version_id=found.version_id or "",
            etag=(found.etag or "").strip('"'),
            size=found.size or 0,
            sequencer=sequencer_of(found.last_modified) if found.last_modified else "",
            modified=found.last_modified,
        )
        return Listed(version, is_latest=found.is_latest == "true", is_marker=found.is_delete_marker)

    def is_marker(self, key: str, version_id: str) -> bool:
        """Whether this version of the key is a delete marker. Raises StorageUnavailable."""
        try:
            self.stat(key, version_id)
        except ObjectMissing as absent:
            return absent.detail == "MethodNotAllowed"
        return False

    def versions_of(self, key: str) -> list[Listed]:
        """All versions and delete markers of this one key, newest first. Raises ObjectMissing, StorageUnavailable."""
        found = list(takewhile(lambda entry: entry.version.key == key, self.listed(key)))
        # The sort keeps the store's order, newest first, of those put within a millisecond.
        return sorted(found, key=lambda entry: (entry.is_latest, entry.version.sequencer), reverse=True)

    def erase(self, key: str, version_id: str) -> None:
        """Remove that version, or delete marker; an absent one is fine. Raises StorageUnavailable."""
        with outages(absent_is_fine=True):
            self._client.remove_object(self._bucket, key, version_id=stored_version(version_id) or None)

    def erase_up_to(self, key: str, sequencer: str) -> None:
        """Remove the key's versions up to this one, and all of its delete markers when no version is left."""
        entries = self.versions_of(key)
        newer = any(not entry.is_marker and entry.version.order > sequencer for entry in entries)
        doomed = [entry.version for entry in entries if not newer or entry.version.order <= sequencer]
        self._remove(self._bucket, [DeleteObject(key, version.version_id or None) for version in doomed])

    def erase_all(self, prefix: str) -> None:
        """Remove every version and delete marker under the prefix."""
        with outages():
            found = self._client.list_objects(self._bucket, prefix, recursive=True, include_version=True)
            doomed = [DeleteObject(one.object_name, one.version_id) for one in found if one.object_name]
        self._remove(self._bucket, doomed)

    def tag(self, key: str, version_id: str, prefix: str, tags: dict[str, str]) -> None:
        """Make these the version's tags that begin with `prefix`; others stay, and go before where S3's ten are too few.

        Raises ObjectMissing, StorageUnavailable.
        """
        version = stored_version(version_id) or None
        with outages():
            present: dict[str, str] = self._client.get_object_tags(self._bucket, key, version_id=version) or {}
            kept = {name: value for name, value in present.items() if not name.startswith(prefix)}
            wanted = Tags.new_object_tags()
            wanted.update([*kept.items(), *tags.items()][:_TAGS])
            self._client.set_object_tags(self._bucket, key, wanted, version_id=version)

    def put_derived(self, key: str, body: bytes, content_type: str) -> None:
        """Write to the derived bucket."""
        with outages():
            self._client.put_object(self._derived, key, BytesIO(body), len(body), content_type)

    def get_derived(self, key: str) -> bytes | None:
        """Read from the derived bucket; None where absent."""
        try:
            with self._opened(self._derived, key) as response:
                return b"".join(_stored_bytes(response))
        except ObjectMissing:
            return None

    def derived(self, prefix: str) -> list[str]:
        """The keys under `prefix` in the derived bucket."""
        with outages():
            found = self._client.list_objects(self._derived, prefix, recursive=True)
            return [entry.object_name for entry in found if entry.object_name]

    def erase_derived(self, prefix: str) -> None:
        """Remove everything under `prefix` from the derived bucket."""
        self._remove(self._derived, [DeleteObject(key) for key in self.derived(prefix)])

    def bucket_exists(self) -> bool:
        """Whether the inbox bucket is there."""
        with outages():
            return bool(self._client.bucket_exists(self._bucket))

    def is_versioned(self) -> bool:
        """Whether the inbox bucket keeps every version."""
        with outages():
            return self._client.get_bucket_versioning(self._bucket).status == "Enabled"

    def notification_matches(self) -> bool:
        """Whether the bucket's notification rule is the one of `infra/minio-notify.json`."""
        with outages():
            return notification.matches(self._client, self._bucket, self._inbox_prefix)

    def apply_notification(self) -> None:
        """Make it so."""
        with outages():
            notification.apply(self._client, self._bucket, self._inbox_prefix)

    def _remove(self, bucket: str, doomed: list[DeleteObject]) -> None:
        with outages():
            failed = [error for error in self._client.remove_objects(bucket, doomed) if error.code not in ABSENT]
        if failed:
            raise not_done(str(failed[0].code))


def _stored_bytes(response: urllib3.BaseHTTPResponse) -> Generator[bytes, None, None]:
    """The body as it is stored. `Content-Encoding` is its sender's word: decoded, 12 KB of it can be 6 GB."""
    with outages():
        yield from response.stream(_PART, decode_content=False)


@contextmanager
def _room_at(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _NoRoom(f"{path.parent}: {type(error).__name__} {error.errno}") from error


def _in_key_order(entries: Iterator[Listed]) -> Iterator[Listed]:
    """The client gives each answer's versions first, then its delete markers: put the entries of a key together.

    An answer has a thousand entries at most. So what is still to come after a chunk of a thousand belongs to an answer
    that began in that chunk or later, and its keys are no less than any before the chunk.
    """
    held: list[Listed] = []
    whole_below = ""
    while chunk := list(islice(entries, _ANSWER)):
        held = sorted([*held, *chunk], key=_key)
        whole = bisect_left(held, whole_below, key=_key)
        yield from held[:whole]
        held = held[whole:]
        whole_below = max(whole_below, *map(_key, chunk))
    yield from held


def _key(entry: Listed) -> str:
    return entry.version.key
