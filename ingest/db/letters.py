"""Versions that are one letter (`ingest.domain.letters`): one of them is the document, the others give way to it.

The newest with its bytes is the one that stays, because old versions are what buckets are told to forget.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Connection, or_, select, update

from ingest.db import versions
from ingest.db.rows import document_of
from ingest.db.schema import documents
from ingest.domain import letters
from ingest.domain.documents import Document, Status
from ingest.domain.life_cycle import Move, sources

_row = documents.c


def end_repeats(connection: Connection, arrived: Document) -> list[Document]:
    """End what is no letter of its own now that this version is there, and is not in search; the arrived one too.

    To be called under `versions.lock_key`, so that of two that come at once one sees the other. Returns the rows.
    """
    near = _near(connection, arrived)
    repeats = letters.stand_ins(near)
    return _supersede(connection, [one.id for one in near if one.id in repeats and not one.searchable])


def newer_is_stored(connection: Connection, document: Document) -> bool:
    """Whether search shows the same letter already, by a newer version of its key."""
    near = _near(connection, document)
    letter = letters.stand_ins(near).get(document.id)
    return any(one.id == letter and one.searchable for one in near)


def supersede_older(connection: Connection, document: Document) -> list[Document]:
    """Take older versions that are the same letter out of search; returns their rows. Their workers lose their leases."""
    near = _near(connection, document)
    upto = near[next(place for place, one in enumerate(near) if one.id == document.id) :]
    return _supersede(connection, [one for one, letter in letters.stand_ins(upto).items() if letter == document.id])


def erase_repeats(connection: Connection, document: Document) -> list[Document]:
    """Delete with the document the versions that are no letter beside it, their objects still to be erased."""
    repeats = [one for one, letter in letters.stand_ins(_near(connection, document)).items() if letter == document.id]
    erased = connection.execute(
        update(documents)
        .where(_row.id.in_(repeats), _row.status.in_(sources(Move.ERASE)))
        .values(**versions.FORGOTTEN, erasing=True, upload_metadata={}, corrections={})
        .returning(documents)
    )
    return [document_of(row._mapping) for row in erased]


def _near(connection: Connection, document: Document) -> list[Document]:
    """The document and the versions of its key that may be the same letter, newest first; none that is gone."""
    found = connection.execute(
        select(documents)
        .where(
            _row.bucket == document.bucket,
            _row.object_key == document.object_key,
            _row.version_id.is_not(None),
            _row.sequencer.between(*letters.span(document.sequencer)),
            or_(_row.status != Status.DELETED, _row.id == document.id),
        )
        .order_by(_row.sequencer.desc(), _row.version_id.desc())
    )
    return [document_of(row._mapping) for row in found]


def _supersede(connection: Connection, ids: Collection[UUID]) -> list[Document]:
    """In the order in which everybody locks the rows of a key."""
    locked = (
        select(_row.id)
        .where(_row.id.in_(ids), _row.status.in_(sources(Move.SUPERSEDE)))
        .order_by(_row.sequencer.desc(), _row.version_id.desc())
        .with_for_update()
    )
    return versions.supersede(connection, connection.execute(locked).scalars().all()) if ids else []
