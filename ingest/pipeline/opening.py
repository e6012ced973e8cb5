"""How a document is to be read: in which languages, and opened with which passwords. For stage and page batch alike."""

from contextlib import AbstractContextManager
from pathlib import Path

import structlog

from ingest.db import devices
from ingest.domain.documents import Document
from ingest.pipeline.work import Tools
from ingest.reading import ocr_languages
from ingest.reading.ports import OpenDocument

log = structlog.get_logger(__name__)


def opened(tools: Tools, document: Document, path: Path) -> AbstractContextManager[OpenDocument]:
    """The document's file, open; locked ones by the password lent for this run or one of the office's.

    Raises what `DocumentReader.open` raises, and BrokerUnavailable where a password cannot be asked for.
    """
    return tools.reader.open(path, lambda: tools.passwords.for_document(document.id))


def languages_of(tools: Tools, document: Document) -> str:
    """The OCR languages of the document, as Tesseract takes them: its own, else its device's, else the setting's.

    One that is not installed is left out and logged: a document must not wait for ever for an installation.
    """
    wanted = _wanted(tools, document)
    languages, missing = ocr_languages.usable(wanted, tools.ocr_languages, tools.ocr.installed)
    if missing:
        log.warning("ocr_language_missing", document_id=str(document.id), missing=missing, used=languages)
    return languages


def _wanted(tools: Tools, document: Document) -> str:
    own = document.upload_metadata.get(ocr_languages.METADATA_KEY, "")
    if own:
        parsed = ocr_languages.parsed(own)
        if parsed:
            return parsed
        # The API refuses such an upload; an object's own metadata come past it.
        log.warning("ocr_language_unknown", document_id=str(document.id), language=own[:40])
    if document.device is None:
        return ""
    with tools.database.begin() as connection:
        return devices.languages(connection, document)
