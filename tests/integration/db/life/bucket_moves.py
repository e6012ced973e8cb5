"""Moves of the bucket: files come, go and come back, and its events arrive late, twice or never."""

from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import hypothesis.strategies as st
from hypothesis.stateful import initialize, precondition, rule

from ingest.db import documents
from ingest.domain.documents import Announced, Status
from ingest.domain.life_cycle import Move, sources
from ingest.domain.objects import object_document_id
from ingest.domain.queues import DOCUMENTS
from ingest.intake.door import Intake
from tests.integration.db.life.game import Game, rarely, some
from tests.integration.db.life.model import BUCKET, KEYS, Row, replaces, upload_of, version_of


class BucketMoves(Game):
    """Puts, overwrites, removals, undeletes, uploads."""

    def __init__(self) -> None:
        super().__init__()
        self.intake = Intake(BUCKET, "inbox/", cast(Any, self.bucket))
        self.events: list[tuple[str, int]] = []  # (key, version); version 0: something was removed

    @initialize(keys=st.lists(st.sampled_from(KEYS), min_size=1, max_size=3))
    def files_are_there(self, keys: list[str]) -> None:
        for key in keys:
            self.put(key, late=False)

    @rule(key=st.sampled_from(KEYS), late=rarely)
    def a_file_is_put(self, key: str, late: bool) -> None:
        self.put(key, late)

    @precondition(lambda self: self.bucket.keys)
    @rule(pick=some, what=st.sampled_from(["show", "hide", "show", "remove"]), late=rarely)
    def a_file_is_removed_or_comes_back(self, pick: int, what: str, late: bool) -> None:
        key = list(self.bucket.keys)[pick % len(self.bucket.keys)]
        entries = self.bucket.keys[key]
        if what == "hide":
            entries.insert(0, (self.now(), True))
        elif entries and entries[0][1] == (what == "show"):
            entries.pop(0)
        self.say(key, 0, late)

    @precondition(lambda self: self.events)
    @rule(pick=some)
    def an_event_comes_late_or_again(self, pick: int) -> None:
        self.hear(*self.events[pick % len(self.events)])

    @rule(what=st.sampled_from(["announce", "put", "put", "put", "expire"]), pick=some)
    def an_upload(self, what: str, pick: int) -> None:
        urls = [row.key for row in self.rows.values() if upload_of(row.key)]
        if what == "announce" or not urls:
            self.announce()
        elif what == "put":
            self.put(urls[pick % len(urls)], late=False)
        else:
            self.expire()

    def put(self, key: str, late: bool) -> None:
        number = self.now()
        self.bucket.keys.setdefault(key, []).insert(0, (number, False))
        self.say(key, number, late)

    def say(self, key: str, number: int, late: bool) -> None:
        self.events = [*self.events[-5:], (key, number)]
        if not late:
            self.hear(key, number)

    def hear(self, key: str, number: int) -> None:
        with self.database.begin() as connection:
            if number:
                self.intake.object_created(connection, version_of(key, number), "test")
            else:
                self.intake.object_removed(connection, BUCKET, key, None, "")
        if number:
            self.arrives(key, number)
        else:
            self.agree(key)

    def arrives(self, key: str, number: int) -> None:
        document_id = upload_of(key) or object_document_id(BUCKET, key, version_of(key, number).version_id)
        row = self.rows.get(document_id)
        if row is None:
            row = self.rows[document_id] = Row(key, number, number)
            if replaces(key) and self.newer_is_found(row):
                row.status = Status.SUPERSEDED
        elif not row.order and row.status is not Status.DELETED:
            row.version = row.order = number
            if row.status in sources(Move.PUT):
                self.move(row, Move.PUT, Status.QUEUED)
        elif row.status is Status.DELETED and not row.erasing and row.version == number:
            self.agree(key)  # something says that it is there, so the bucket is asked

    def newer_is_found(self, row: Row) -> bool:
        return any(one.key == row.key and one.order > row.order and one.stored for one in self.rows.values())

    def agree(self, key: str) -> None:
        """The rows of a key made to agree with what the bucket shows of it."""
        shown, rows = self.bucket.shown(key), [row for row in self.rows.values() if row.key == key and row.order]
        for row in rows:
            if row.version not in shown and row.status in sources(Move.REMOVE):
                self.move(row, Move.REMOVE, Status.DELETED)
        known = sorted((row for row in rows if row.version in shown), key=lambda row: -row.version)
        if not known or any(row.erasing for row in rows):
            return
        if replaces(key):
            back = known[:1] if known[0].version == shown[0] else []
        else:
            back = [row for row in known if row.status is Status.DELETED]
        for row in back:
            if row.status in sources(Move.UNDELETE):
                if replaces(key):
                    row.order = max([row.order, *(other.order + 1 for other in known[1:])])
                self.move(row, Move.UNDELETE, Status.QUEUED)
                row.queue, row.retries, row.crashes = DOCUMENTS, 0, 0

    def announce(self) -> None:
        document_id = UUID(int=self.now())
        key = f"inbox/upload/{document_id}/carta.pdf"
        row = Announced(document_id, BUCKET, key, "carta.pdf", datetime.now(UTC))
        with self.database.begin() as connection:
            documents.await_upload(connection, row)
        self.rows[document_id] = Row(key, 0, 0, Status.AWAITING_UPLOAD)

    def expire(self) -> None:
        with self.database.begin() as connection:
            documents.expire_unused(connection, 0)
        for row in self.rows.values():
            if row.status is Status.AWAITING_UPLOAD:
                self.move(row, Move.EXPIRE, Status.EXPIRED)
