"""What a document says of itself, and where it says so: one schema, whoever read it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

LONGEST_EVIDENCE = 300  # characters of the text shown


class Evidence(NamedTuple):
    """Where a value was read: its page, and the stretch of the cleaned text."""

    page: int
    start: int
    end: int
    text: str


class Found(NamedTuple):
    """A value and the stretch of the text that it was read in; an empty stretch stands nowhere."""

    value: str
    start: int = 0
    end: int = 0

    def shown(self, text: str) -> Evidence:
        """The stretch as evidence. Pages are parted by form feeds."""
        words = " ".join(text[self.start : self.end].split())[:LONGEST_EVIDENCE]
        return Evidence(1 + text.count("\f", 0, self.start), self.start, self.end, words)


class Amount(NamedTuple):
    """A sum of money: an ISO 4217 code, and figures with a decimal point."""

    currency: str
    value: str


@dataclass(frozen=True, slots=True)
class Details:
    """What a letter says beside that by which it is listed and filtered; empty where it does not say.

    `number_written` is its number with the letters behind it, as written; `identities` are RUC and DNI, `language` a code
    of ISO 639-1.
    """

    number_written: str = ""
    expediente: str = ""
    signed_on: date | None = None
    signed_by: str = ""
    recipients: tuple[str, ...] = ()
    summary: str = ""
    keywords: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()
    amounts: tuple[Amount, ...] = ()
    deadline_days: int | None = None
    references: tuple[str, ...] = ()
    annexes: tuple[str, ...] = ()
    folios: int | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """What a document says of itself; an empty string or None where it does not say.

    `document_type` is a lower-case Spanish word (`oficio`, `resolucion`, `memorando`, …); `number` is
    as written ("123-2025"), `office` the unit that issued it, `recipe` who described it. `evidence` is by the names of
    the API's answer.
    """

    document_type: str = ""
    number: str = ""
    office: str = ""
    subject: str = ""
    issued_on: date | None = None
    title: str = ""
    recipe: str = ""
    sender: str = ""
    details: Details = field(default_factory=Details)
    evidence: Mapping[str, tuple[Evidence, ...]] = field(default_factory=dict)


def evidence_of(text: str, found: Mapping[str, Iterable[Found]]) -> dict[str, tuple[Evidence, ...]]:
    """By field the stretches that were read; a field that was read nowhere is left out."""
    shown = {name: tuple(one.shown(text) for one in several if one.end > one.start) for name, several in found.items()}
    return {name: several for name, several in shown.items() if several}
