"""Rows of `documents` as the domain's `Document`."""

from collections.abc import Mapping
from typing import Any

from ingest.domain.documents import Document, Source, Status


def document_of(mapping: Mapping[Any, Any]) -> Document:
    """The row as the domain knows it; its columns are the dataclass's fields."""
    return Document(
        **{
            **{str(name): value for name, value in mapping.items()},
            "status": Status(mapping["status"]),
            "source": Source(mapping["source"]),
        }
    )
