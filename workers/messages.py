"""What a message says. One that this worker cannot understand is parked and acknowledged; its row waits for another."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from celery import Task

from ingest.db import parked
from ingest.db.engine import Database
from ingest.errors import DatabaseUnavailable
from ingest.queue import MESSAGE_VERSION, VERSION_HEADER, send_number

log = structlog.get_logger(__name__)


class UnknownMessage(Exception):
    """The message is of a newer version, or says nothing that its task can use."""


@dataclass(frozen=True, slots=True)
class Message:
    """A task's name, the version of what it says, its arguments and the number it was sent under; nothing is believed yet.

    One without a version is of the first, as from `process_document.delay(document_id)`.
    """

    task: str
    version: object
    arguments: Sequence[object]
    named: Mapping[str, object]
    number: int | None = None

    @classmethod
    def of(cls, task: "Task[Any, Any]", arguments: Sequence[object], named: Mapping[str, object]) -> "Message":
        """The message that this task was called by."""
        return cls(
            task.name, (task.request.headers or {}).get(VERSION_HEADER, 1), arguments, named, send_number(task.request.id or "")
        )

    def document_id(self) -> UUID:
        """The document that it speaks of. Raises UnknownMessage."""
        try:
            return UUID(str(self.argument(0, "document_id")))
        except ValueError as error:
            raise UnknownMessage("no document id") from error

    def ordinal(self) -> int:
        """Which of the document's page batches it speaks of. Raises UnknownMessage."""
        ordinal = self.argument(1, "ordinal")
        if not isinstance(ordinal, int):
            raise UnknownMessage("no ordinal")
        return ordinal

    def argument(self, position: int, name: str) -> object:
        """The argument at this position or of this name. Raises UnknownMessage, also where the version is a newer one."""
        if not isinstance(self.version, int) or self.version > MESSAGE_VERSION:
            raise UnknownMessage("a newer version")
        if position < len(self.arguments):
            return self.arguments[position]
        if name in self.named:
            return self.named[name]
        raise UnknownMessage(f"no {name}")

    def body(self) -> str:
        """The message as it is parked; the same for the same document, however often it is sent."""
        said = {"task": self.task, "version": self.version, "arguments": self.arguments, "named": self.named}
        return json.dumps(said, default=repr, sort_keys=True)


def refuse(database: Database, reason: str, body: str) -> None:
    """Park it; where the database is away it is only logged, because the row will be sent again anyway."""
    log.error("message_refused", reason=reason, body=body[:300])
    try:
        with database.begin() as connection:
            parked.park(connection, "queue", reason, body)
    except DatabaseUnavailable:
        log.warning("database_unavailable")
