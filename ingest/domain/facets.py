"""What the documents of a list are counted by."""

from dataclasses import dataclass
from enum import StrEnum


class Facet(StrEnum):
    """A filter of search, by the name that its counts have."""

    TYPE = "type"
    OFFICE = "office"
    DEVICE = "device"
    YEAR = "year"
    MONTH = "month"
    SENDER = "sender"


@dataclass(frozen=True, slots=True)
class Counted:
    """A value of a facet, as its filter takes it, and how many of the documents found have it."""

    value: str
    count: int
