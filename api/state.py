"""What the API's process holds, made once at its start."""

from dataclasses import dataclass
from typing import cast

from fastapi import Request

from api.questions import Questions
from ingest.intake.uploads import Uploads
from ingest.ports import Embedder, Passwords, Presigner
from ingest.queue import CeleryQueue
from ingest.services.backing import Services
from ingest.settings import Settings
from ingest.shutdown import Shutdown
from ingest.viewing.pictures import Pictures


@dataclass(frozen=True, slots=True)
class State:
    """Services, the queue, and what the API alone needs: for questions, for page pictures, for signing; whether to end."""

    settings: Settings
    services: Services
    queue: CeleryQueue
    embedder: Embedder
    questions: Questions
    pictures: Pictures
    uploads: Uploads
    passwords: Passwords
    presigner: Presigner
    shutdown: Shutdown


def state_of(request: Request) -> State:
    """The state of the application that answers this request."""
    return cast(State, request.app.state.bandeja)
