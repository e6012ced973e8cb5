"""Live streams of tasks: one look at the database serves all of a process's, and a key may hold only so many."""

from asyncio import Event, Task, create_task, sleep, timeout
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from contextvars import Context
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import structlog
from anyio import CapacityLimiter, to_thread

from ingest.db import documents, keys
from ingest.domain.documents import Document
from ingest.errors import DatabaseUnavailable, RateLimited
from ingest.queue import CeleryQueue
from ingest.services.backing import Services

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.4
_ROOM_AGAIN = 10.0  # seconds: streams end when their document does, mostly within so many


class Seen(NamedTuple):
    """What a look at the database says: rows that changed, ids without a row, keys that are still good."""

    changed: Collection[Document]
    gone: Collection[UUID]
    live_keys: Collection[UUID]


Look = Callable[[Mapping[UUID, datetime], Collection[UUID]], Seen]


class Stream:
    """One client's view of one document; `ended` says that nothing more comes."""

    def __init__(self, key_id: UUID, document: Document) -> None:
        self.key_id = key_id
        self.document = document
        self.ended = False
        self._news = Event()

    async def wait(self, seconds: float) -> bool:
        """Whether there is news before these seconds are over."""
        with suppress(TimeoutError):
            async with timeout(seconds):
                await self._news.wait()
        if not self._news.is_set():
            return False
        self._news.clear()
        return True

    def tell(self, document: Document) -> None:
        """The document has changed to this."""
        self.document = document
        self._news.set()

    def end(self) -> None:
        """Nothing more comes."""
        self.ended = True
        self._news.set()


class Streams:
    """All streams of this process. A stream costs no thread and no connection while it waits."""

    def __init__(self, look: Look, most_a_key: int, is_ending: Callable[[], bool]) -> None:
        """`look` runs in a thread; `is_ending` says whether the process was asked to end."""
        self._look = look
        self._most_a_key = most_a_key
        self._is_ending = is_ending
        self._open: set[Stream] = set()
        self._thread = CapacityLimiter(1)
        self._poller: Task[None] | None = None

    def open(self, key_id: UUID, document: Document) -> Stream:
        """A stream of this document from now on; to be closed. Raises RateLimited where the key holds too many."""
        if sum(stream.key_id == key_id for stream in self._open) >= self._most_a_key:
            raise RateLimited("streams", retry_after=_ROOM_AGAIN)
        stream = Stream(key_id, document)
        self._open.add(stream)
        if self._poller is None or self._poller.done():
            self._poller = create_task(self._poll(), context=Context())  # no request's
        return stream

    def close(self, stream: Stream) -> None:
        """Forget it."""
        self._open.discard(stream)

    async def _poll(self) -> None:
        try:
            while self._open and not self._is_ending():
                await sleep(POLL_SECONDS)
                await self._look_once()
        except DatabaseUnavailable:
            pass  # the clients come again with Last-Event-ID
        except Exception:  # this task's outermost loop: nobody else would see it
            log.exception("streams_failed")
        finally:
            for stream in self._open:
                stream.end()

    async def _look_once(self) -> None:
        asked = list(self._open)  # others may be opened during the look
        # Of two streams of one document, the one that has seen less counts.
        seen: dict[UUID, datetime] = {}
        for stream in asked:
            moment = stream.document.updated_at
            seen[stream.document.id] = min(moment, seen.get(stream.document.id, moment))
        keys = {stream.key_id for stream in asked}
        found = await to_thread.run_sync(self._look, seen, keys, limiter=self._thread)
        changed = {document.id: document for document in found.changed}
        for stream in asked:
            if stream.key_id not in found.live_keys or stream.document.id in found.gone:
                stream.end()
            elif (document := changed.get(stream.document.id)) and document.updated_at != stream.document.updated_at:
                stream.tell(document)


def looking(services: Services, queue: CeleryQueue, always_live: UUID) -> Look:
    """How streams look at the database; one key is never revoked."""

    def look_once(seen: Mapping[UUID, datetime], key_ids: Collection[UUID]) -> Seen:
        with services.database.begin() as connection:
            changed, gone = documents.changed(connection, seen)
            live = keys.live(connection, key_ids)
        for document in changed:
            queue.wait_until_shown(document)
        return Seen(changed, gone, live | {always_live})

    return look_once
