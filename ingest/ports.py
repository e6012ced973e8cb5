"""What stages and entry points need of the outside, as small Protocols.

One implementation lives in `ingest.adapters`, another as a fake in the tests.
All methods raise the errors of `ingest.errors` and nothing of an SDK.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol
from uuid import UUID

from ingest.domain.batches import PageBatch
from ingest.domain.descriptions import Description
from ingest.domain.documents import CeleryState, Document, Progress
from ingest.domain.objects import Fetched, ObjectVersion
from ingest.domain.pages import Vector


class Listed(NamedTuple):
    """An entry of a bucket's listing: a version of an object, or a delete marker; the latest is what its key shows."""

    version: ObjectVersion
    is_latest: bool = True
    is_marker: bool = False


class KeyVersions(Protocol):
    """What the bucket holds of one key."""

    def versions_of(self, key: str) -> list[Listed]:
        """All versions and delete markers of this one key, newest first. Raises ObjectMissing, StorageUnavailable."""


class ObjectStore(KeyVersions, Protocol):
    """The buckets, seen as the service's own user."""

    def download(self, key: str, version_id: str, to: Path, *, at_most: int) -> Fetched:
        """Write the object's bytes to `to` as they are stored; return what they are.

        Raises TooLarge where there are more than `at_most`, ObjectMissing, StorageUnavailable, and StorageRefused where
        the store answers and does not give this object back.
        """

    def stat(self, key: str, version_id: str = "") -> ObjectVersion:
        """The object's facts. Raises ObjectMissing, StorageUnavailable, StorageRefused where it answers for others."""

    def listed(self, prefix: str, after_key: str = "") -> Iterator[Listed]:
        """Every version and delete marker of the keys under `prefix` behind `after_key`, keys in the order of their bytes."""

    def is_marker(self, key: str, version_id: str) -> bool:
        """Whether this version of the key is a delete marker. Raises StorageUnavailable."""

    def erase(self, key: str, version_id: str) -> None:
        """Remove that version; an absent one is fine."""

    def erase_up_to(self, key: str, sequencer: str) -> None:
        """Remove the key's versions up to this one, and all of its delete markers when no version is left."""

    def erase_all(self, prefix: str) -> None:
        """Remove every version and delete marker under the prefix."""

    def tag(self, key: str, version_id: str, prefix: str, tags: dict[str, str]) -> None:
        """Make these the version's tags that begin with `prefix`; others stay. Raises ObjectMissing, StorageUnavailable."""

    def put_derived(self, key: str, body: bytes, content_type: str) -> None:
        """Write to the derived bucket."""

    def get_derived(self, key: str) -> bytes | None:
        """Read from the derived bucket; None where absent."""

    def derived(self, prefix: str) -> list[str]:
        """The keys under `prefix` in the derived bucket."""

    def erase_derived(self, prefix: str) -> None:
        """Remove everything under `prefix` from the derived bucket."""


@dataclass(frozen=True, slots=True)
class SignedUpload:
    """A request that a client may make once: POST with `fields`, or PUT with `headers`."""

    method: str
    url: str
    fields: dict[str, str]
    headers: dict[str, str]


class Credentials(NamedTuple):
    """A store user's name and password, in S3's words."""

    access_key: str
    secret_key: str


class ScannerUsers(Protocol):
    """The store's users for scanners; each may write under its own prefix alone."""

    def add_device(self, name: str, bucket: str, inbox: str) -> tuple[Credentials, str]:
        """Make a user for a scanner, beside those that it has; its credentials, all new, and its prefix.

        Raises StorageUnavailable.
        """

    def renew_device(self, access_key: str, bucket: str, prefix: str) -> None:
        """Give a scanner's user the rights of today in place of those with which it was made. Raises StorageUnavailable."""

    def remove_device(self, access_key: str) -> None:
        """Remove a scanner's user and whatever it made of itself; an absent one is fine. Raises StorageUnavailable."""


class Presigner(Protocol):
    """Signs requests with users that can do no more than that request."""

    def sign_upload(
        self, *, method: str, key: str, content_type: str, size: int, sha256: str, metadata: dict[str, str], seconds: int
    ) -> SignedUpload:
        """One upload of exactly this key, size and type; `method` is "post" or "put"."""

    def sign_download(self, *, key: str, version_id: str, filename: str, seconds: int) -> str:
        """A URL that reads this one version, named `filename` in the browser."""

    def sign_derived(self, *, key: str, filename: str, seconds: int) -> str:
        """A URL that reads this PDF in the derived bucket, likewise."""


class Passwords(Protocol):
    """Passwords for locked PDFs: those of the office, and one that somebody gave for one run of one document."""

    def office(self) -> Sequence[str]:
        """Those tried on every locked file."""

    def lend(self, document_id: UUID, password: str) -> None:
        """Keep one for the document's next run, unreadable on any disk. Raises BrokerUnavailable."""

    def for_document(self, document_id: UUID) -> Sequence[str]:
        """Those to try on this document. Raises BrokerUnavailable."""

    def forget(self, document_id: UUID) -> None:
        """The run has ended."""


class Describer(Protocol):
    """Finds what a text says of itself: type, number, date, sender, subject and the rest of the schema.

    `costs` says whether the text goes to somebody outside who is paid, so that the answer is kept; `recipe` changes whenever answers would.
    """

    recipe: str
    costs: bool

    def describe(self, text: str, filename: str) -> Description:
        """The description of a document. Raises AiRateLimited, AiUnavailable, AiRejected."""


class Embedder(Protocol):
    """Turns text into vectors of length 1; the same model must embed passages and queries.

    `costs` says whether texts go to somebody outside who is paid.
    """

    costs: bool
    model: str
    dimensions: int
    batch_size: int

    @property
    def recipe(self) -> str:
        """What makes the model's vectors here; those of two recipes of one model are compared with each other."""

    def embed_passages(self, texts: Sequence[str], title: str = "") -> list[Vector]:
        """One vector a text, in order. Raises AiRateLimited, AiUnavailable, AiRejected."""

    def embed_query(self, text: str) -> Vector:
        """The vector of a question. Raises as `embed_passages`."""


class DocumentQueue(Protocol):
    """Celery as the runner sees it; PostgreSQL stays the truth, so nothing here raises at an outage."""

    def send(self, waiting: Sequence[Document | PageBatch]) -> int:
        """Send each to its queue; returns how many went, the sweeper sends the rest."""

    def show(self, document_id: UUID, state: CeleryState, progress: Progress, code: str = "") -> bool:
        """Make `AsyncResult(document_id)` say this; whether it could."""

    def show_document(self, document: Document) -> bool:
        """Make it say what the row says."""


class Metrics(Protocol):
    """Counters and timings of all processes together; losing one is acceptable, so nothing raises."""

    def count(self, name: str, amount: int = 1, **labels: str) -> None:
        """Add to a counter."""

    def observe(self, name: str, seconds: float, **labels: str) -> None:
        """Add to a histogram."""
