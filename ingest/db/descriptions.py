"""Descriptions that were paid for: the checkpoint of `describe`, by (content SHA-256, recipe)."""

from dataclasses import asdict
from datetime import date

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from ingest.db.schema import descriptions
from ingest.domain.documents import Description


def find(connection: Connection, content_sha256: bytes, recipe: str) -> Description | None:
    """What this recipe said of these bytes, or None."""
    kept = connection.execute(
        select(descriptions.c.description).where(descriptions.c.content_sha256 == content_sha256, descriptions.c.recipe == recipe)
    ).scalar_one_or_none()
    if kept is None:
        return None
    issued_on = date.fromisoformat(kept["issued_on"]) if kept["issued_on"] else None
    return Description(**{**kept, "issued_on": issued_on})


def save(connection: Connection, content_sha256: bytes, made: Description) -> None:
    """Keep it; one that is there already stays."""
    fields = {**asdict(made), "issued_on": made.issued_on.isoformat() if made.issued_on else None}
    connection.execute(
        insert(descriptions)
        .values(content_sha256=content_sha256, recipe=made.recipe, description=fields)
        .on_conflict_do_nothing()
    )
