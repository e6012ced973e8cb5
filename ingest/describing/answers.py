"""What of Gemini's answer is believed: what stands in the document. Where it says nothing that does, the rules' reading stays."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from ingest.describing import figures, prompt
from ingest.describing.dates import days_in
from ingest.describing.heading import KINDS
from ingest.describing.lines import lines_within, plain
from ingest.describing.standing import Standing
from ingest.domain.descriptions import Amount, Description, Details, Found, evidence_of
from ingest.domain.documents import folded
from ingest.domain.numbers import numbers

_LONGEST = {"number": 80, "number_written": 120, "expediente": 80, "office": 160, "subject": 500, "sender": 160, "signed_by": 160}
_LONGEST_TITLE, _LONGEST_SUMMARY = 200, 1_000
_MOST_LISTED = 30
_ALIKE = 0.7  # share of a title's or a summary's words that must stand in the text: they need not stand side by side
_DETAILS = ("number_written", "expediente", "signed_by")
_COLUMNS = ("number", "office", "sender", "subject")
_ANSWERED = {"number": "document_number", "number_written": "number_written"}


def believed(answer: Mapping[str, Any], text: str, read: Description, recipe: str) -> Description:
    """The description that the answer is worth; `read` is what the rules read of the same text."""
    return _Answer(answer, text, read).believed(recipe)


class _Answer:
    """An answer, and the text that it must stand in."""

    def __init__(self, answer: Mapping[str, Any], text: str, read: Description) -> None:
        stretches = prompt.sent(text)
        self._answer = answer
        self._text = text
        self._read = read
        self._standing = Standing(text, stretches)
        self._lines = lines_within(text, stretches)
        self._found: dict[str, list[Found]] = {}

    def believed(self, recipe: str) -> Description:
        """The rules' reading with all that the answer says and the text bears out."""
        said = {name: found.value for name in (*_COLUMNS, *_DETAILS) if (found := self._line(name))}
        columns: dict[str, Any] = {name: value for name, value in said.items() if name in _COLUMNS}
        read = self._read
        return replace(
            read,
            **columns,
            document_type=self._kind(),
            issued_on=self._day("date") or read.issued_on,
            title=self._alike("title", _LONGEST_TITLE) or read.title,
            details=self._details({name: value for name, value in said.items() if name in _DETAILS}),
            evidence={**read.evidence, **evidence_of(self._text, self._found)},
            recipe=recipe,
        )

    def _details(self, said: dict[str, Any]) -> Details:
        lists = {name: several for name in ("recipients", "people", "annexes", "references") if (several := self._list(name))}
        said |= {name: tuple(several) for name, several in lists.items()}
        read = self._read.details
        return replace(
            read,
            **said,
            signed_on=self._day("signed_on") or read.signed_on,
            summary=self._alike("summary", _LONGEST_SUMMARY) or read.summary,
            keywords=tuple(self._keywords()) or read.keywords,
            identities=tuple(self._identities()) or read.identities,
            amounts=tuple(self._amounts()) or read.amounts,
            deadline_days=self._count("deadline_days", r"dias?\b"),
            folios=self._count("folios", r"fol"),
            language=self._language() or read.language,
        )

    def _line(self, name: str) -> Found | None:
        """A value of one line that stands in the text, in another spelling of its number too."""
        said = _printable(self._answer.get(name), _LONGEST[name])
        found = self._standing.found(said) or (self._numbered(said) if name == "number" else None)
        if found is not None:
            self._found[_ANSWERED.get(name, name)] = [found]
        return found

    def _numbered(self, said: str) -> Found | None:
        own = next(numbers(said), None)
        if own is None or not own.year:
            return None
        for line in self._lines:
            if any((one.number, one.year) == (own.number, own.year) for one in numbers(line.text)):
                return Found(said, line.start, line.start + len(line.text))
        return None

    def _day(self, name: str) -> date | None:
        """A day that the text bears, however it is written there."""
        said = _date(self._answer.get(name))
        found = next((one for one in days_in(self._lines) if one.day == said), None) if said else None
        if found is None:
            return None
        self._found[name] = [found.found]
        return said

    def _list(self, name: str) -> list[str]:
        found = [one for said in self._listed(name) if (one := self._standing.found(said))]
        if found:
            self._found[name] = found
        return list(dict.fromkeys(one.value for one in found))

    def _listed(self, name: str) -> list[str]:
        several = self._answer.get(name)
        said = several[:_MOST_LISTED] if isinstance(several, list) else []
        return [line for line in (_printable(one, 200) for one in said) if line]

    def _kind(self) -> str:
        """What the heading says where the rules read one; else the answer's, if it is a type's word."""
        kind = folded(_printable(self._answer.get("document_type"), 60))
        known = kind in KINDS or self._standing.found(kind.replace("_", " ")) is not None
        if "document_type" in self._read.evidence or not (known and re.fullmatch("[a-z_]{2,40}", kind)):
            return self._read.document_type
        return kind

    def _alike(self, name: str, longest: int) -> str:
        said = _printable(self._answer.get(name), longest)
        return said if self._standing.share(said) >= _ALIKE else ""

    def _count(self, name: str, unit: str) -> int | None:
        """A number that stands within a word or two of its unit, before or behind it."""
        said = _printable(self._answer.get(name), 4)
        number = int(said) if re.fullmatch(r"[1-9]\d{0,3}", said) else 0
        near = re.compile(rf"\b0{{0,3}}{number}\b\W{{0,3}}(?:\w{{1,12}}\s)?{unit}|\b{unit}\w{{0,4}}\W{{0,3}}0{{0,3}}{number}\b")
        for line in self._lines if number else ():
            if found := near.search(line.plain):
                self._found[name] = [Found(said, line.start + found.start(), line.start + found.end())]
                return number
        read: int | None = getattr(self._read.details, name)
        return read

    def _keywords(self) -> list[str]:
        return [word for word in self._listed("keywords")[:8] if self._standing.share(word) == 1.0]

    def _identities(self) -> list[str]:
        known = [re.sub(r"\D", "", said) for said in self._listed("identities")]
        return [number for number in known if len(number) in (8, 11) and self._standing.found(number)]

    def _amounts(self) -> list[Amount]:
        standing = {one.value for line in self._lines for one in figures.amounts(plain(line.text))}
        said = (next((one.value for one in figures.amounts(plain(_as_sum(one)))), "") for one in self._listed("amounts"))
        return [Amount(*one.split()) for one in said if one in standing]

    def _language(self) -> str:
        said = _printable(self._answer.get("language"), 2).lower()
        return said if re.fullmatch("[a-z]{2}", said) else ""


def _as_sum(said: str) -> str:
    """A sum as offices write it: `PEN 12.50` is `S/ 12.50`."""
    return said.replace("PEN", "S/").replace("USD", "US$").replace("EUR", "€")


def _printable(value: Any, most: int) -> str:
    """A value as one line of printable text; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    printable = "".join(character if character.isprintable() else " " for character in value)
    return " ".join(printable.split())[:most]


def _date(value: Any) -> date | None:
    try:
        said = date.fromisoformat(value[:10])
    except (ValueError, TypeError):
        return None
    return said if 1800 <= said.year <= 2200 else None
