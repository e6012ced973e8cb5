"""What the API's process holds, made once at its start."""

from dataclasses import dataclass
from typing import cast

from fastapi import Request

from ingest.ports import Embedder
from ingest.queue import Queue
from ingest.reading.ports import DocumentReader
from ingest.services import Services
from ingest.settings import Settings
from ingest.shutdown import Shutdown


@dataclass(frozen=True, slots=True)
class State:
    """Services, the queue, the embedder of questions, the reader that draws page pictures, and whether to end."""

    settings: Settings
    services: Services
    queue: Queue
    embedder: Embedder
    reader: DocumentReader
    shutdown: Shutdown


def state_of(request: Request) -> State:
    """The state of the application that answers this request."""
    return cast(State, request.app.state.bandeja)
