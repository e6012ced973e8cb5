"""Descriptions by rules over the Spanish office language of Peruvian public offices; free and offline.

A letter says what it is in its first lines: `OFICIO N.º 0123-2025-MINEDU/UGEL.05-AGP`, a place and a date, a line `ASUNTO`; and
who signs it in its last ones. `lines` tells the parts of a letter; what each says is told by the module named for it.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import chain, islice

from ingest.describing import figures, registry, senders
from ingest.describing import summary as sentences
from ingest.describing.dates import issued_on, signed_on
from ingest.describing.heading import Heading, heading_of
from ingest.describing.labels import Part
from ingest.describing.lines import Line, Place, last_lines_of, lines_of, plain
from ingest.describing.names import issuer
from ingest.describing.persons import person
from ingest.describing.references import references
from ingest.domain.descriptions import Amount, Description, Details, Found, evidence_of
from ingest.domain.pages import CleanText

_LONGEST_SUBJECT = 300
_LONGEST_TITLE = 200
_LOOKED_AT = 20_000  # characters in which sums, identities and a deadline are looked for
_MOST_REFERENCES = 20
RECIPE = "office-rules:3"
# Descriptions by these are made anew (`ingest.upkeep.renewal`).
OLDER_RECIPES = ("office-rules:1", "office-rules:2")


class OfficeRules:
    """Implements `ports.Describer` without any service."""

    recipe = RECIPE
    costs = False

    def describe(self, text: str, filename: str) -> Description:
        """The description of a document, each value with the words that say it; empty where the text does not say."""
        lines, last = lines_of(text), last_lines_of(text)
        heading = heading_of(lines)
        subject = _subject(lines)
        letter = _Letter(text, lines, last, heading, subject)
        found = letter.found()
        issued = letter.issued
        asks = next((line for line in lines if line.part is Part.SUBJECT and _ASKS.match(line.plain)), None)
        return Description(
            # Peruvian requests begin with a sumilla and have no heading.
            document_type=heading.kind if heading else "solicitud" if asks else "",
            number=heading.number if heading else "",
            office=issuer(heading.unit if heading else "", lines, heading.place if heading else None),
            subject=subject.value,
            issued_on=issued[0] if issued else None,
            title=_title(lines, heading, subject.value, filename),
            recipe=self.recipe,
            sender=_first(found["sender"]),
            details=letter.details(found),
            evidence=evidence_of(text, found),
        )


_ASKS = re.compile(r"\W{0,4}(?:sumilla|solicit[oa])\b")


class _Letter:
    """A letter's text with its lines, and what is read in them."""

    def __init__(self, text: str, lines: Sequence[Line], last: Sequence[Line], heading: Heading | None, subject: Found) -> None:
        self._text = text
        self._lines = lines
        self._heading = heading
        self._subject = subject
        self._last = last
        beyond = [line for line in last if line.place is Place.TAIL]
        self._all = [*lines, *beyond]
        self.issued = issued_on(self._all)

    def found(self) -> dict[str, list[Found]]:
        """By field of the API's answer what was read, each value with its stretch."""
        heading, text = self._heading, self._text
        begins = " ".join(plain(text[:_LOOKED_AT]).split("\n")).replace("\f", " ")
        signed = [*senders.signers(text, self._last), *senders.digital_signers(text, self._lines)]
        signature = signed_on(self._all)
        return {
            "document_type": [heading.named] if heading else [],
            "document_number": [heading.numbered] if heading else [],
            "date": [self.issued.found] if self.issued else [],
            "subject": [self._subject],
            "sender": _only(senders.sender(text, self._lines, signed)),
            "signed_by": signed[:1],
            "signed_on": [signature.found] if signature else [],
            "recipients": senders.recipients(text, self._lines),
            "expediente": _only(registry.expediente(self._all)),
            "folios": _only(registry.folios(self._all)),
            "annexes": registry.annexes(self._all),
            "deadline_days": _only(registry.deadline(begins)),
            "identities": list(islice(figures.identities(begins), figures.MOST)),
            "amounts": list(islice(figures.amounts(begins), figures.MOST)),
            "references": self._references(),
            "summary": sentences.summary(text, self._body_start(), self._subject.value),
        }

    def _body_start(self) -> int:
        """Where the letter begins to speak: behind its address, subject and reference."""
        body = next((line.start for line in self._lines if line.part is Part.BODY), None)
        if body is not None:
            return body
        headed = [line for line in self._lines if line.part is not Part.TOP]
        named = self._lines[self._heading.place].start if self._heading else 0
        return max(headed[-1].start + len(headed[-1].text) if headed else 0, named)

    def _references(self) -> list[Found]:
        """The other documents that its first page names, as written there."""
        own = self._heading.number.lstrip("0") if self._heading else ""
        head = self._text[: _LOOKED_AT // 4]
        said = [one for one in references(CleanText(head, (0,))) if f"{one.number}-{one.year}" != own]
        named = (
            f"{one.kind} {'-'.join(filter(None, (one.number, one.year, *map(str.upper, one.unit))))}".strip() for one in said
        )
        shown = [_standing(head, one.words)._replace(value=name) for one, name in zip(said, named, strict=True)]
        title = self._lines[self._heading.place] if self._heading else None
        return [one for one in shown if title is None or not title.start <= one.start < title.start + len(title.text)][
            :_MOST_REFERENCES
        ]

    def details(self, found: Mapping[str, Sequence[Found]]) -> Details:
        """What was read as the schema has it."""
        people = chain(found["sender"], found["signed_by"], found["recipients"])
        signature = signed_on(self._all)
        return Details(
            number_written=_first(found["document_number"]),
            expediente=_first(found["expediente"]),
            signed_on=signature.day if signature else None,
            signed_by=_first(found["signed_by"]),
            recipients=_values(found["recipients"]),
            summary=" ".join(one.value for one in found["summary"]),
            keywords=tuple(sentences.keywords(self._text, self._subject.value)),
            people=tuple(dict.fromkeys(one.value for one in people if person(one.value, 0, len(one.value)))),
            identities=_values(found["identities"]),
            amounts=tuple(Amount(*one.value.split()) for one in found["amounts"]),
            deadline_days=_number(found["deadline_days"]),
            references=_values(found["references"]),
            annexes=_values(found["annexes"]),
            folios=_number(found["folios"]),
            language=sentences.language(self._text),
        )


def _only(found: Found | None) -> list[Found]:
    return [] if found is None else [found]


def _first(found: Sequence[Found]) -> str:
    return found[0].value if found else ""


def _number(found: Sequence[Found]) -> int | None:
    return int(found[0].value) if found else None


def _values(found: Sequence[Found]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.value for one in found if one.value))


def _standing(text: str, words: str) -> Found:
    """The words with the stretch of the text that they stand in, however its spaces are."""
    found = re.search(r"\s+".join(map(re.escape, words.split())), text)
    return Found(words, *found.span()) if found else Found(words)


def _subject(lines: Sequence[Line]) -> Found:
    """What stands behind ASUNTO, SUMILLA or SOLICITO, with the lines it runs on to."""
    said: list[Line] = []
    for line in lines:
        if line.part is Part.SUBJECT and not (said and line.value):
            said.append(line)
        elif any(line.text[line.value :].strip() for line in said):
            break
        elif line.part is not Part.TOP or line.text:
            said.clear()
    words = " ".join(" ".join(line.text[line.value :] for line in said).split()).strip(" .:;-")[:_LONGEST_SUBJECT]
    if not words:
        return Found("")
    shown = [line for line in said if line.text[line.value :].strip()]
    return Found(words, shown[0].start + shown[0].value, shown[-1].start + len(shown[-1].text))


def _title(lines: Sequence[Line], heading: Heading | None, subject: str, filename: str) -> str:
    """The heading as written and the subject; else the first line of words, else the file's name."""
    if heading is not None:
        words = " ".join(heading.words.split()).strip("*-–—.:|~ ")
        return (f"{words} – {subject}" if subject and plain(subject) not in plain(words) else words)[:_LONGEST_TITLE]
    if subject:
        return subject[:_LONGEST_TITLE]
    first = next((line.text for line in lines if len(re.findall(r"[^\W\d_]{3,}", line.text)) >= 2), "")
    return (first or filename.rpartition(".")[0] or filename)[:_LONGEST_TITLE]
