"""Looks at the bucket, the database and search, and says in plain values what is there."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.chaos.audit import Audit
from tests.chaos.checks import Facts, Result, Row, Version
from tests.chaos.doors import Doors

_ROWS = """
SELECT id::text, object_key, version_id, status, error_code, searchable_at IS NOT NULL, coalesce(next_run_at > clock_timestamp(), false),
    degraded_pages <> '{}'
FROM documents
"""
_TEXTS = "SELECT document_id::text, text FROM document_texts"
_PASSAGES = """
SELECT document_id::text, char_start, char_end, text, NOT EXISTS (SELECT FROM chunk_vectors WHERE chunk_id = chunks.id)
FROM chunks ORDER BY document_id, ordinal
"""


def versions(listed: Iterable[dict[str, Any]]) -> list[Version]:
    """Each key's versions from the oldest to the newest, from a listing that has the newest first."""
    by_key: dict[str, list[dict[str, Any]]] = {}
    for entry in listed:
        by_key.setdefault(entry["Key"], []).append(entry)
    found: list[Version] = []
    for key, entries in by_key.items():
        # S3 lists versions and markers apart; of the same key the newest comes first in each.
        entries.sort(key=lambda entry: entry["LastModified"], reverse=True)
        hidden, own = False, []
        for entry in entries:
            hidden = hidden or "Marker" in entry
            if "Marker" not in entry:
                own.append(Version(key, entry["VersionId"], entry["ETag"].strip('"'), hidden))
        found += reversed(own)
    return found


def rows(audit: Audit) -> list[Row]:
    """Every row."""
    return [Row(*values) for values in audit.ask_patiently(_ROWS)]


def results(audit: Audit) -> list[Result]:
    """Every text with its passages."""
    passages: dict[str, list[tuple[int, int, str]]] = {}
    bare: dict[str, int] = {}
    for document_id, start, end, text, without_vector in audit.ask_patiently(_PASSAGES):
        passages.setdefault(document_id, []).append((start, end, text))
        bare[document_id] = bare.get(document_id, 0) + without_vector
    return [
        Result(document_id, text, tuple(passages.get(document_id, ())), bare.get(document_id, 0))
        for document_id, text in audit.ask_patiently(_TEXTS)
    ]


def hits(doors: Doors, words: Iterable[str]) -> dict[str, list[str]]:
    """What search finds for each word."""
    asked = sorted(set(filter(None, words)))
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(doors.find_patiently, asked)
    return {word: [hit["document_id"] for hit in own] for word, own in zip(asked, found, strict=True)}


def look(doors: Doors, audit: Audit) -> Facts:
    """All but search, which takes longer and is asked when the rest is right."""
    return Facts(versions(doors.versions()), rows(audit), results(audit))
