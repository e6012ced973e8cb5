"""The life of a row, written down once: which status follows which, and by what.

The SQL takes its from-statuses from here; a test holds this table against docs/architecture.md, and another
one plays the whole game against a real database.
"""

from dataclasses import dataclass
from enum import StrEnum

from ingest.domain.documents import Status


class Move(StrEnum):
    """What changes a row's status, or keeps it from changing."""

    ANNOUNCE = "announce"
    ARRIVE = "arrive"
    PUT = "put"
    EXPIRE = "expire"
    CLAIM = "claim"
    WORK = "work"
    RETRY = "retry"
    BURY = "bury"
    FAIL = "fail"
    COMPLETE = "complete"
    GIVE_WAY = "give way"
    SUPERSEDE = "supersede"
    REPLAY = "replay"
    CANCEL = "cancel"
    DELETE = "delete"
    REMOVE = "remove"
    ERASE = "erase"
    UNDELETE = "undelete"


@dataclass(frozen=True, slots=True)
class Transition:
    """From any of `sources` (empty: there is no row yet) to one of `targets`."""

    sources: tuple[Status, ...]
    targets: tuple[Status, ...]


_HAS_OBJECT = (Status.QUEUED, Status.PROCESSING, Status.COMPLETED, Status.ERROR, Status.CANCELLED)

LIFE_CYCLE: dict[Move, Transition] = {
    Move.ANNOUNCE: Transition((), (Status.AWAITING_UPLOAD,)),
    Move.ARRIVE: Transition((), (Status.QUEUED,)),
    Move.PUT: Transition((Status.AWAITING_UPLOAD, Status.EXPIRED), (Status.QUEUED,)),
    Move.EXPIRE: Transition((Status.AWAITING_UPLOAD,), (Status.EXPIRED,)),
    Move.CLAIM: Transition((Status.QUEUED, Status.PROCESSING), (Status.PROCESSING,)),
    Move.WORK: Transition((Status.PROCESSING,), (Status.PROCESSING,)),
    Move.RETRY: Transition((Status.PROCESSING,), (Status.QUEUED, Status.ERROR)),
    Move.BURY: Transition((Status.PROCESSING,), (Status.QUEUED, Status.ERROR)),
    Move.FAIL: Transition((Status.PROCESSING,), (Status.ERROR,)),
    Move.COMPLETE: Transition((Status.PROCESSING,), (Status.COMPLETED,)),
    Move.GIVE_WAY: Transition((Status.PROCESSING,), (Status.SUPERSEDED,)),
    Move.SUPERSEDE: Transition(_HAS_OBJECT, (Status.SUPERSEDED,)),
    Move.REPLAY: Transition((Status.QUEUED, Status.COMPLETED, Status.ERROR, Status.CANCELLED), (Status.QUEUED,)),
    Move.CANCEL: Transition((Status.AWAITING_UPLOAD, Status.QUEUED, Status.PROCESSING), (Status.CANCELLED,)),
    Move.DELETE: Transition((Status.AWAITING_UPLOAD, Status.EXPIRED, *_HAS_OBJECT), (Status.DELETED,)),
    Move.REMOVE: Transition(_HAS_OBJECT, (Status.DELETED,)),
    Move.ERASE: Transition((Status.SUPERSEDED,), (Status.DELETED,)),
    Move.UNDELETE: Transition((Status.DELETED, Status.SUPERSEDED), (Status.QUEUED,)),
}


def sources(move: Move) -> tuple[Status, ...]:
    """The statuses out of which the move goes."""
    return LIFE_CYCLE[move].sources
