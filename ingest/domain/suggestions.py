"""What is offered to somebody who types a question."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a suggestion is of a document."""

    WORD = "word"
    NUMBER = "number"
    TITLE = "title"
    OFFICE = "office"
    SENDER = "sender"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text to search for and how many documents in search have it (a thousand stands for more)."""

    text: str
    kind: Kind
    count: int
