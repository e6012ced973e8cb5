"""Sending a file's bytes straight to the store, as a presigned upload says."""

import hashlib
import mimetypes
import re
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any

import httpx

from ingest.cli.client import Api
from ingest.cli.problem import ApiProblem
from ingest.domain import media_types
from ingest.reading.ocr_languages import METADATA_KEY

_PART = 1 << 18
_TIMEOUT = httpx.Timeout(60, connect=5)

Moved = Callable[[int], None]


class Counted:
    """An open file that tells how many bytes of it were read."""

    def __init__(self, file: BufferedReader, moved: Moved) -> None:
        self._file = file
        self._moved = moved

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        part = self._file.read(size)
        self._moved(len(part))
        return part

    def fileno(self) -> int:
        """The descriptor, by which httpx learns the length."""
        return self._file.fileno()

    def __iter__(self) -> Iterator[bytes]:
        while part := self.read(_PART):
            yield part


def announce(api: Api, path: Path, method: str, language: str = "") -> dict[str, Any]:
    """Ask for an upload of this file; its SHA-256 goes along, so that a duplicate is known before it is sent.

    `language` is that of its text, for OCR; empty for the office's own.
    """
    with path.open("rb") as file:
        head = file.read(media_types.HEAD_BYTES)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    wanted = {
        "filename": path.name,
        "content_type": _media_type(path.name, head),
        "size": path.stat().st_size,
        "sha256": digest,
        "method": method,
        "metadata": {METADATA_KEY: language} if language else {},
    }
    made: dict[str, Any] = api.post("/uploads", wanted)
    return made


def _media_type(name: str, head: bytes) -> str:
    """By the name, where that says a type that is taken; else by what is inside, which decides in the end."""
    by_name = mimetypes.guess_type(name, strict=False)[0] or ""
    return by_name if by_name in media_types.ACCEPTED else media_types.told_by(head) or by_name or media_types.OCTETS


def send(upload: dict[str, Any], path: Path, moved: Moved) -> None:
    """Stream the file to where `upload` says. Raises ApiProblem."""
    with path.open("rb") as file:
        body = Counted(file, moved)
        try:
            if upload["method"].upper() == "POST":
                # Typed as IO[bytes]; httpx needs no more than read and fileno.
                form: Any = {"file": (path.name, body)}
                answer = httpx.post(upload["url"], data=upload["fields"], files=form, timeout=_TIMEOUT)
            else:
                answer = httpx.put(upload["url"], content=iter(body), headers=upload["headers"], timeout=_TIMEOUT)
        except httpx.TransportError as error:
            raise ApiProblem(f"The object store does not take the file ({type(error).__name__}).") from error
    if answer.is_error:
        said = re.search(r"<Code>(\w+)</Code>(?:\s*<Message>([^<]*))?", answer.text)
        raise ApiProblem(f"The object store answers {answer.status_code} {' '.join(filter(None, said.groups())) if said else ''}")
