"""The letters around a letter: whom it answers and mentions, and who answers and mentions it.

A reference means the one document in search that bears its number, year and kind and whose unit does not speak against it. Of
several, the one that shares most of the unit; where that is not one alone, or only a part fits, nothing is guessed: they are
candidates.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection

from ingest.db import letter_links
from ingest.db.letter_links import Bearer, Cited
from ingest.domain.references import Reference

_DATED = re.compile(r"o:(?:(?P<kind>[a-z]+)-)?(?P<number>\d+)-(?P<year>\d{4})")
_CONFUSED = str.maketrans("oilszbgq", "01152899")
MOST_CANDIDATES = 20


@dataclass(frozen=True, slots=True)
class Link:
    """A reference, where it was read, and the document at its other end."""

    document: Bearer | None
    kind: str | None
    number: str
    read_in: UUID
    page: int
    words: str


@dataclass(frozen=True, slots=True)
class Candidates:
    """A reference that fits several documents, or one not for sure."""

    documents: list[Bearer]
    answers: bool
    kind: str | None
    number: str
    read_in: UUID
    page: int
    words: str


@dataclass(slots=True)
class Thread:
    """The letters around a letter."""

    answers: list[Link] = field(default_factory=list)
    answered_by: list[Link] = field(default_factory=list)
    mentions: list[Link] = field(default_factory=list)
    mentioned_by: list[Link] = field(default_factory=list)
    candidates: list[Candidates] = field(default_factory=list)


def thread(connection: Connection, document_id: UUID) -> Thread:
    """What is in search around this document; nothing where it is not in search itself."""
    found = Thread()
    me = letter_links.bearer(connection, document_id)
    if me is None:
        return found
    mine = [one for one in letter_links.of_document(connection, document_id) if not _is_own(one.reference, me)]
    known = letter_links.bearers(connection, {term for one in mine for term in _terms(one.reference)})
    for cited in mine:
        _add_own(found, cited, resolve(cited, known))
    citing = letter_links.to_numbers(connection, {(match["number"], match["year"]) for match in _own_numbers(me)})
    citing = [one for one in citing if one.document_id != document_id]
    rivals = letter_links.bearers(connection, {term for one in citing for term in _terms(one.reference)})
    _add_citing(connection, found, me, [(one, resolve(one, rivals)) for one in citing])
    return found


def resolve(cited: Cited, known: Sequence[Bearer]) -> tuple[Bearer | None, list[Bearer]]:
    """The document that is meant, or those that may be."""
    sure: list[tuple[tuple[int, ...], Bearer]] = []
    perhaps: list[Bearer] = []
    for bearer in known:
        if bearer.document_id == cited.document_id:
            continue
        rank = _fit(cited.reference, bearer)
        if rank is None:
            continue
        if rank:
            sure.append((rank, bearer))
        else:
            perhaps.append(bearer)
    if not sure:
        return None, perhaps[:MOST_CANDIDATES]
    best = max(rank for rank, _ in sure)
    meant = [bearer for rank, bearer in sure if rank == best]
    return (meant[0], []) if len(meant) == 1 else (None, meant[:MOST_CANDIDATES])


def _fit(reference: Reference, bearer: Bearer) -> tuple[int, ...] | None:
    """How well a document fits, () for perhaps; None where it does not."""
    numbered = [match for match in _own_numbers(bearer) if match["number"] == reference.number]
    kinds = {match["kind"] for match in numbered if not reference.year or match["year"] == reference.year}
    bare = not kinds and not reference.year and f"o:{reference.kind}-{reference.number}" in bearer.own
    if not kinds and not bare:
        return None
    kinds.discard(None)
    if reference.kind and kinds and reference.kind not in kinds:
        return None
    theirs, ours = _folded(term[2:] for term in bearer.own if term.startswith("u:")), _folded(reference.unit)
    shared = len(theirs & ours)
    speaks_against = bool(theirs - ours and ours - theirs)
    if speaks_against and not shared:
        return None
    if speaks_against or not reference.year or not (shared or (reference.kind and kinds)):
        return ()
    to_many = bool(bearer.document_type and ("multiple" in bearer.document_type or "circular" in bearer.document_type))
    return (int(to_many == reference.several), 1 + shared)


def _folded(parts: Iterable[str]) -> frozenset[str]:
    return frozenset(part.translate(_CONFUSED) for part in parts)


def _own_numbers(bearer: Bearer) -> list[re.Match[str]]:
    return [match for term in bearer.own if (match := _DATED.fullmatch(term))]


def _is_own(reference: Reference, me: Bearer) -> bool:
    """Whether this is the document's own number, in its heading or in those of its later pages."""
    return bool(_fit(reference, me))


def _terms(reference: Reference) -> set[str]:
    if reference.year:
        return {f"o:{reference.number}-{reference.year}"}
    return {f"o:{reference.kind}-{reference.number}"} if reference.kind else set()


def _written(reference: Reference) -> str:
    """`45-2025-UGEL-5`: the number as it is compared."""
    return "-".join(filter(None, (reference.number, reference.year, *(part.upper() for part in reference.unit))))


def _link(cited: Cited, document: Bearer | None) -> Link:
    read = cited.reference
    return Link(document, read.kind or None, _written(read), cited.document_id, read.page, read.words)


def _add_own(found: Thread, cited: Cited, resolved: tuple[Bearer | None, list[Bearer]]) -> None:
    meant, perhaps = resolved
    among = found.answers if cited.reference.answers else found.mentions
    among.append(_link(cited, meant))
    if perhaps:
        _add_candidates(found, cited, perhaps)


def _add_candidates(found: Thread, cited: Cited, perhaps: list[Bearer]) -> None:
    read = cited.reference
    number = _written(read)
    found.candidates.append(
        Candidates(perhaps, read.answers, read.kind or None, number, cited.document_id, read.page, read.words)
    )


def _add_citing(
    connection: Connection, found: Thread, me: Bearer, citing: Sequence[tuple[Cited, tuple[Bearer | None, list[Bearer]]]]
) -> None:
    """A letter that answers in one place and mentions in another answers."""
    meaning = [cited for cited, (meant, _) in citing if meant is not None and meant.document_id == me.document_id]
    answering = {cited.document_id for cited in meaning if cited.reference.answers}
    seen: set[UUID] = set()
    for cited in sorted(meaning, key=lambda one: not one.reference.answers):
        if cited.document_id not in seen:
            seen.add(cited.document_id)
            among = found.answered_by if cited.document_id in answering else found.mentioned_by
            among.append(_link(cited, letter_links.bearer(connection, cited.document_id)))
    for cited, (_, perhaps) in citing:
        if any(one.document_id == me.document_id for one in perhaps):
            _add_candidates(found, cited, perhaps)
