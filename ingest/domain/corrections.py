"""What people correct in a description: it stands above whatever is read, until they take it back."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from ingest.domain.descriptions import Description, Details
from ingest.domain.documents import folded
from ingest.domain.numbers import mention_terms
from ingest.domain.spellings import joined_terms

Value = str | int | list[str] | None  # as JSON has it; a day as in ISO 8601, "" and [] for what the document does not say

# The answer's name of each, and the description's.
_COLUMNS = {
    "document_type": "document_type",
    "document_number": "number",
    "office": "office",
    "sender": "sender",
    "subject": "subject",
    "title": "title",
    "date": "issued_on",
}
_DETAILS = ("expediente", "signed_by", "signed_on", "recipients", "summary", "keywords", "people", "deadline_days", "folios")
CORRECTABLE = (*_COLUMNS, *_DETAILS)
_DAYS = frozenset(("date", "signed_on"))
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Correction:
    """What somebody wrote in place of what was read (`was`), and when."""

    value: Value
    was: Value
    by: str
    at: datetime

    def as_json(self) -> dict[str, Any]:
        """As the row and the object in the derived bucket have it."""
        return {**asdict(self), "at": self.at.isoformat()}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Correction":
        """What `as_json` made."""
        return cls(kept["value"], kept["was"], str(kept["by"]), datetime.fromisoformat(kept["at"]))


Corrections = Mapping[str, Correction]


def of_json(kept: Mapping[str, Any]) -> dict[str, Correction]:
    """Corrections as they are kept; a field that can no longer be corrected is left out."""
    return {name: Correction.of(one) for name, one in kept.items() if name in CORRECTABLE}


def as_json(corrections: Corrections) -> dict[str, Any]:
    """As they are kept."""
    return {name: one.as_json() for name, one in corrections.items()}


def changed(corrections: Corrections, changes: Mapping[str, Value], by: str, at: datetime) -> dict[str, Correction]:
    """The corrections after these changes; None takes one back. `was` is put right by `applied`."""
    kept = {name: one for name, one in corrections.items() if name not in changes}
    new = {name: Correction(tidy(name, value), None, by, at) for name, value in changes.items() if value is not None}
    return {**kept, **new}


def tidy(name: str, value: Value) -> Value:
    """The value as it is kept: each text one line of printable characters, a type as types are stored."""
    if isinstance(value, list):
        return [line for line in map(_line, value) if line]
    if isinstance(value, str):
        return folded(_line(value)) if name == "document_type" else _line(value)
    return value


def _line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def applied(read: Description, corrections: Corrections) -> tuple[Description, dict[str, Correction]]:
    """What was read with what people corrected in it, and the corrections with `was` as it was read."""
    kept = {name: replace(one, was=_json(value_of(read, name))) for name, one in corrections.items()}
    columns = {_COLUMNS[name]: _said(name, one.value) for name, one in corrections.items() if name in _COLUMNS}
    details = {name: _said(name, one.value) for name, one in corrections.items() if name not in _COLUMNS}
    return replace(read, details=replace(read.details, **details), **columns), kept


def undone(shown: Description, corrections: Corrections) -> Description:
    """What was read, of columns that show it corrected; the details are as read."""
    columns = {_COLUMNS[name]: _said(name, one.was) for name, one in corrections.items() if name in _COLUMNS}
    return replace(shown, **columns)


def value_of(described: Description, name: str) -> Any:
    """The value of a field by the answer's name."""
    return getattr(described, _COLUMNS[name]) if name in _COLUMNS else getattr(described.details, name)


def terms(corrections: Corrections) -> set[str]:
    """By which a document is found, of what people wrote: its words, numbers and spellings, which its text may not hold."""
    said = " \n".join(str(part) for one in corrections.values() for part in _parts(one.value))
    return {word.lower() for word in _WORD.findall(said)} | mention_terms(said) | joined_terms(said)


def _parts(value: Value) -> list[str]:
    return value if isinstance(value, list) else [value] if isinstance(value, str) else []


def _json(value: Any) -> Value:
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if isinstance(value, date) else value


_EMPTY = {one.name: getattr(Details(), one.name) for one in fields(Details)}


def _said(name: str, value: Value) -> Any:
    """The value as the description has it."""
    if name in _DAYS:
        return date.fromisoformat(value) if isinstance(value, str) and value else None
    if isinstance(value, list):
        return tuple(value)
    return _EMPTY.get(name, "") if value in ("", None) else value
