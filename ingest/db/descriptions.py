"""Descriptions in the database: as rows of documents have them, and as they were paid for, by (content SHA-256, recipe)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from ingest.db.schema import descriptions, document_details, document_texts, documents
from ingest.domain.descriptions import Amount, Description, Details, Evidence
from ingest.domain.documents import Document


def find(connection: Connection, content_sha256: bytes, recipe: str) -> Description | None:
    """What this recipe said of these bytes, or None."""
    kept = connection.execute(
        select(descriptions.c.description).where(descriptions.c.content_sha256 == content_sha256, descriptions.c.recipe == recipe)
    ).scalar_one_or_none()
    if kept is None:
        return None
    said = {
        "issued_on": _day(kept["issued_on"]),
        "details": details_of(kept.get("details", {})),
        "evidence": evidence_of(kept.get("evidence", {})),
    }
    return Description(**{**kept, **said})


def save(connection: Connection, content_sha256: bytes, made: Description) -> None:
    """Keep it; one that is there already stays."""
    kept = {
        **asdict(made),
        "issued_on": _written(made.issued_on),
        "details": details_json(made.details),
        "evidence": evidence_json(made.evidence),
    }
    connection.execute(
        insert(descriptions).values(content_sha256=content_sha256, recipe=made.recipe, description=kept).on_conflict_do_nothing()
    )


def columns(described: Description) -> dict[str, Any]:
    """A document's columns that say this."""
    return {
        "document_type": described.document_type,
        "document_number": described.number,
        "office": described.office,
        "sender": described.sender,
        "subject": described.subject,
        "title": described.title,
        "issued_on": described.issued_on,
        "described_by": described.recipe,
    }


def of_row(document: Document) -> Description:
    """What the document's columns say, without its details."""
    return Description(
        document_type=document.document_type,
        number=document.document_number,
        office=document.office,
        sender=document.sender,
        subject=document.subject,
        title=document.title,
        issued_on=document.issued_on,
        recipe=document.described_by,
    )


def keep_details(connection: Connection, document_id: UUID, described: Description) -> None:
    """Keep what has no column of the document's, with where it was read; its text is there already."""
    new = insert(document_details).values(
        document_id=document_id, details=details_json(described.details), evidence=evidence_json(described.evidence)
    )
    connection.execute(
        new.on_conflict_do_update(
            index_elements=["document_id"], set_={name: new.excluded[name] for name in ("details", "evidence")}
        )
    )


def details(connection: Connection, document_id: UUID) -> tuple[Details, dict[str, tuple[Evidence, ...]]]:
    """What `keep_details` kept; nothing where that is nothing yet."""
    row = connection.execute(select(document_details).where(document_details.c.document_id == document_id)).one_or_none()
    return (details_of(row.details), evidence_of(row.evidence)) if row else (Details(), {})


def outdated(connection: Connection, recipes: Sequence[str]) -> UUID | None:
    """A document in search that was described by one of these, locked; None where there is none that nobody else has locked."""
    return connection.execute(
        select(documents.c.id)
        .join(document_texts, document_texts.c.document_id == documents.c.id)
        .where(documents.c.described_by.in_(recipes), documents.c.searchable_at.is_not(None))
        .limit(1)
        .with_for_update(skip_locked=True, of=documents)
    ).scalar_one_or_none()


def details_json(said: Details) -> dict[str, Any]:
    """As the column keeps them: what is empty is left out."""
    kept = {name: value for name, value in asdict(said).items() if value not in ("", (), None)}
    return {**kept, **({"signed_on": _written(said.signed_on)} if said.signed_on else {})}


def details_of(kept: Mapping[str, Any]) -> Details:
    """What the column keeps."""
    known = {one.name for one in fields(Details)}
    said: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in kept.items()}
    said |= {"signed_on": _day(kept.get("signed_on")), "amounts": tuple(Amount(*each) for each in kept.get("amounts", ()))}
    return Details(**{name: value for name, value in said.items() if name in known})


def evidence_json(evidence: Mapping[str, Sequence[Evidence]]) -> dict[str, list[list[object]]]:
    """As the column keeps it."""
    return {name: [list(one) for one in several] for name, several in evidence.items()}


def evidence_of(kept: Mapping[str, Any]) -> dict[str, tuple[Evidence, ...]]:
    """What the column keeps."""
    return {name: tuple(Evidence(*one) for one in several) for name, several in kept.items()}


def _day(written: Any) -> date | None:
    return date.fromisoformat(written) if written else None


def _written(day: date | None) -> str | None:
    return day.isoformat() if day else None
