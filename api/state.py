"""What the API's process holds, made once at its start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, cast
from uuid import UUID

from anyio import CapacityLimiter
from fastapi import Depends, Request

from api.page_files import PageFile
from api.questions import Questions
from api.streams import Streams
from api.throttle import KeyThrottle
from ingest.intake.uploads import Uploads
from ingest.ports import Passwords, Presigner
from ingest.queue import CeleryQueue
from ingest.services.ai import SearchEmbedders
from ingest.services.backing import Services
from ingest.settings import Settings
from ingest.shutdown import Shutdown
from ingest.viewing.pictures import Pictures
from ingest.viewing.searchable import SearchableCopies


@dataclass(frozen=True, slots=True)
class State:
    """Services, the queue, and what the API alone needs: for questions, for page pictures, for signing; whether to end.

    Keys and readiness have threads of their own, so that they answer while all others are taken.
    """

    settings: Settings
    services: Services
    queue: CeleryQueue
    embedders: SearchEmbedders
    questions: Questions
    pictures: Pictures
    copies: SearchableCopies
    uploads: Uploads
    passwords: Passwords
    presigner: Presigner
    shutdown: Shutdown
    streams: Streams
    throttle: KeyThrottle
    page: Mapping[str, PageFile]
    store_address: str
    key_threads: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(4))
    health_threads: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(2))

    def task_url(self, task_id: UUID) -> str:
        """Where a client asks how a task stands: at the address that was set, whatever Host it sent."""
        return f"{self.settings.api_url.rstrip('/')}/api/v1/tasks/{task_id}"


def state_of(request: Request) -> State:
    """The state of the application that answers this request."""
    return cast(State, request.app.state.bandeja)


AppState = Annotated[State, Depends(state_of)]
