"""The bucket's listing compared with the rows, a page of keys at a time, and the differences repaired.

The listing says where to look; only a HEAD says that an object is there, or gone. What is found goes through the
same intake door as an event, so nothing is done twice. Used by the sweeper, `bandeja reconcile` and `rebuild`.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from time import monotonic
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection

from ingest.db import listings
from ingest.db.engine import Database
from ingest.db.listings import KeyRange, Walk
from ingest.domain import object_keys
from ingest.domain.documents import Document
from ingest.domain.objects import ObjectVersion, stored_version
from ingest.errors import DatabaseUnavailable, ObjectMissing, StorageRefused
from ingest.intake.door import LISTING, Intake, IntakeResult
from ingest.ports import Listed, ObjectStore
from ingest.services.backing import Services

PAGE = 1000  # versions compared by one query
BATCH = 100  # differences looked at and repaired in one transaction
LEASE_SECONDS = 30.0  # the longest that a page or a batch may take; its last renewal is that far back at most

Hold = Callable[[Connection], None]
Also = Callable[[Connection, KeyRange], list[Document]]
_Item = TypeVar("_Item")


def _nothing(_connection: Connection) -> None:
    """For repairs that no walk holds."""


class ListingPage(NamedTuple):
    """All entries of the keys behind `after` up to `until`, or of all that are left (None); keys in order."""

    entries: Sequence[Listed]
    after: str
    until: str | None


class Gone(NamedTuple):
    """A row without its object, and the delete marker that hides it where it is still there."""

    document: Document
    marker: ObjectVersion | None


class Seen(NamedTuple):
    """Versions that are there, and those that the store refuses to show."""

    there: list[ObjectVersion]
    refused: list[ObjectVersion]


class Step(NamedTuple):
    """What a walk has just done: rows to be announced, and how many versions it has compared in all."""

    changed: list[Document]
    objects: int


def pages(store: ObjectStore, prefix: str, after: str, size: int) -> Iterator[ListingPage]:
    """The listing behind the key `after` in pages of `size` entries or a little more, because no key is cut in two."""
    entries: list[Listed] = []
    for entry in store.listed(prefix, after):
        if len(entries) >= size and entry.version.key != entries[-1].version.key:
            until = entries[-1].version.key
            yield ListingPage(entries, after, until)
            entries, after = [], until
        entries.append(entry)
    yield ListingPage(entries, after, None)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One bucket's prefix and its rows."""

    database: Database
    store: ObjectStore
    intake: Intake
    bucket: str
    prefix: str
    page_size: int = PAGE

    def keys(self, page: ListingPage) -> KeyRange:
        """The keys that the page speaks of."""
        return KeyRange(self.bucket, self.prefix, page.after, page.until)

    def unknown(self, page: ListingPage) -> list[ObjectVersion]:
        """Visible versions that should have a row and have none, or one that waits for them, says deleted or other bytes.

        Oldest first within a key: of an upload the first version counts.
        """
        visible = [
            version for version, hider in _judged(page.entries) if hider is None and not object_keys.is_ignored(version.key)
        ]
        with self.database.begin() as connection:
            places = listings.unknown(connection, self.bucket, visible)
            found = sorted((visible[place] for place in places), key=lambda version: (version.key, version.sequencer))
            surplus = listings.surplus_uploads(connection, _uploads(found, self.prefix))
        return [version for version in found if (version.key, version.identity) not in surplus]

    def gone(self, page: ListingPage) -> Iterator[list[Gone]]:
        """Rows whose version is not listed, or hidden by a delete marker, as far as the listing says; some at a time."""
        judged = list(_judged(page.entries))
        hiders = {(version.key, version.identity): hider for version, hider in judged if hider is not None}
        visible = [(version.key, version.identity) for version, hider in judged if hider is None]
        last: Document | None = None
        while True:
            with self.database.begin() as connection:
                rows = listings.absent(connection, self.keys(page), visible, last, BATCH)
            if rows:
                yield [Gone(row, hiders.get((row.object_key, row.version_id or ""))) for row in rows]
            if len(rows) < BATCH:
                return
            last = rows[-1]

    def repair(self, page: ListingPage, hold: Hold = _nothing) -> Iterator[list[Document]]:
        """Take in what is unknown, remove what is gone; after each commit, the rows that changed.

        `hold` goes first in each transaction. Raises StorageUnavailable, DatabaseUnavailable, and what `hold` raises.
        """
        for versions in _batches(self.unknown(page)):
            seen = self.seen(versions)
            with self.database.begin() as connection:
                hold(connection)
                taken = [self.intake.object_created(connection, version, LISTING) for version in seen.there]
                for version in seen.refused:
                    self.intake.object_refused(connection, version, LISTING)
            yield [document for each in taken for document in each.documents]
        for rows in self.gone(page):
            # The door looks at all versions of a key, so once is enough.
            sure = {document.object_key: document for document in self.surely_gone(rows)}
            with self.database.begin() as connection:
                hold(connection)
                taken = [self._remove(connection, document) for document in sure.values()]
            yield [document for each in taken for document in each.documents]

    def seen(self, versions: Sequence[ObjectVersion]) -> Seen:
        """Those of them that are still there, by a HEAD, with their metadata; and those of which the store says nothing."""
        there, refused = [], []
        for version in versions:
            try:
                found = self._as_it_is(version)
            except StorageRefused:
                refused.append(version)
            else:
                there += [found] if found is not None else []
        return Seen(there, refused)

    def surely_gone(self, rows: Sequence[Gone]) -> list[Document]:
        """Those of them whose object is gone, by a HEAD."""
        return [row.document for row in rows if self._is_gone(row)]

    def _remove(self, connection: Connection, document: Document) -> IntakeResult:
        return self.intake.object_removed(connection, self.bucket, document.object_key, document.version_id, "")

    def _as_it_is(self, version: ObjectVersion) -> ObjectVersion | None:
        """The listed version with what only a HEAD tells; None where it has been deleted since it was listed."""
        try:
            found = self._newest(version.key)
            if found is None or not _is_version(found, version.identity):
                found = self.store.stat(version.key, version.identity)
        except ObjectMissing:
            return None
        return replace(version, metadata=found.metadata, content_type=found.content_type)

    def _newest(self, key: str) -> ObjectVersion | None:
        """What the key shows; None where the store does not tell. Raises ObjectMissing where it is a delete marker."""
        try:
            return self.store.stat(key)
        except StorageRefused:
            return None

    def _is_gone(self, row: Gone) -> bool:
        key, identity = row.document.object_key, row.document.version_id or ""
        try:
            if row.marker is not None:
                return self.store.is_marker(key, row.marker.version_id)
            return not _is_version(self.store.stat(key, identity), identity)
        except ObjectMissing:
            return True
        except StorageRefused:
            return False  # it is there


def comparison_of(services: Services) -> Comparison:
    """The inbox, to be compared with its rows."""
    settings = services.settings
    return Comparison(services.database, services.store, services.intake, settings.minio_bucket, settings.inbox_prefix, PAGE)


def begin_walk(comparison: Comparison, purpose: str, pause: float) -> Walk | None:
    """Take the walk that is under way, or begin a new one; None where another process has it, or none is due.

    One is due `pause` seconds after the last, or later where that took long. Raises DatabaseUnavailable.
    """
    with comparison.database.begin() as connection:
        return listings.claim(connection, purpose, comparison.bucket, comparison.prefix, seconds=LEASE_SECONDS, pause=pause)


def go_on(comparison: Comparison, walk: Walk, also: Also | None = None) -> Generator[Step, None, None]:
    """Walk to the end, repairing each page; stops wherever the caller does, and lets go of the walk then.

    `also` runs in the transaction that marks a page as done. Raises StorageUnavailable, DatabaseUnavailable, and
    LeaseLost where another process has taken over.
    """
    objects = walk.objects
    try:
        asked = monotonic()
        for page in pages(comparison.store, comparison.prefix, walk.after_key, comparison.page_size):
            # What the bucket was asked for; a wait for somebody's lock is no reason to come back later.
            spent = monotonic() - asked
            for changed in comparison.repair(page, lambda connection: listings.hold(connection, walk)):
                yield Step(changed, objects)
            objects += len(page.entries)
            with comparison.database.begin() as connection:
                listings.advance(connection, walk, page.until or "", len(page.entries), spent)
                more = also(connection, comparison.keys(page)) if also else []
                if page.until is None:
                    listings.finish(connection, walk)
            yield Step(more, objects)
            asked = monotonic()
    finally:
        _let_go(comparison, walk)


def _let_go(comparison: Comparison, walk: Walk) -> None:
    try:
        with comparison.database.begin() as connection:
            listings.release(connection, walk)
    except DatabaseUnavailable:
        return  # the lease runs out by itself


def _judged(entries: Sequence[Listed]) -> Iterator[tuple[ObjectVersion, ObjectVersion | None]]:
    """Every version, each with a delete marker of its key that is newer, if there is one."""
    for _, same_key in groupby(entries, key=lambda entry: entry.version.key):
        of_key = list(same_key)
        markers = [entry for entry in of_key if entry.is_marker]
        for entry in of_key:
            if not entry.is_marker:
                yield entry.version, next((marker.version for marker in markers if _hides(marker, entry)), None)


def _hides(marker: Listed, entry: Listed) -> bool:
    # A listing has milliseconds: of two entries put within one only the latest of the key is known to be newer.
    if marker.version.sequencer == entry.version.sequencer:
        return marker.is_latest
    return marker.version.sequencer > entry.version.sequencer


def _is_version(found: ObjectVersion, identity: str) -> bool:
    """Whether a HEAD speaks of this version; without version ids it has an eTag and whole seconds to tell it by."""
    if stored_version(identity):
        return found.identity == identity
    etag, _, milliseconds = identity.rpartition("@")
    return found.etag == etag and found.modified is not None and int(found.modified.timestamp()) == int(milliseconds) // 1000


def _uploads(versions: Sequence[ObjectVersion], prefix: str) -> list[listings.Upload]:
    places = ((version, object_keys.classify(version.key, prefix).document_id) for version in versions)
    return [listings.Upload(place, version.key, version.identity) for version, place in places if place is not None]


def _batches(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))
