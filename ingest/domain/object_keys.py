"""Names and keys: what a key in the bucket says, which keys are left alone, and how a file's name goes into one.

A key's segment holds 255 bytes at most and object metadata is ASCII, so the name a user gave travels twice: made
safe in the key, and percent-encoded whole in `x-amz-meta-original-name`, where a rebuild finds it again.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from secrets import token_hex
from typing import NamedTuple
from urllib.parse import quote, unquote
from uuid import UUID

from ingest.domain.documents import Document, Source, Status
from ingest.domain.stream_safe import normalized
from ingest.errors import InvalidRequest, Text

ORIGINAL_NAME = "original-name"
MAX_SEGMENT_BYTES = 255  # a segment is a folder's name on MinIO's disks
MAX_METADATA_BYTES = 2048  # S3's limit for all user metadata, names and values; a PUT over it is refused (measured)
_NAME_BYTES = 1024  # of which the original name gets at least this
_PREFIX_BYTES = len("x-amz-meta-")  # MinIO counts it with each name

_UNNAMED = "documento"
# Names under which clients write until a file is whole (WinSCP, rclone, browsers), and Office's locks.
_TEMPORARY = (".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload")
_LOCK = "~$"
# Separators, controls, line and paragraph separators, direction overrides (which let a name lie about its ending),
# lone surrogates, what XML cannot hold, and the `$` of `${filename}`, which a form upload would replace.
_UNSAFE = re.compile("[/\\\\\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]|\\$(?={)")
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,10}$")
_LEADING = re.compile(r"^[\s.]+")  # dots and white space of every kind, however they take turns


class Place(NamedTuple):
    """Through which door an object came, and what its key names: a device, or the document of an upload."""

    source: Source
    device: str | None = None
    document_id: UUID | None = None


def classify(key: str, inbox_prefix: str) -> Place:
    """What a key says: `upload/<uuid>/<name>`, `scan/<device>/…` below the inbox prefix, or anything else."""
    parts = key.removeprefix(inbox_prefix).split("/") if key.startswith(inbox_prefix) else []
    match parts:
        case ["upload", document_id, name] if name and _is_uuid(document_id):
            return Place(Source.UPLOAD, document_id=UUID(document_id))
        case ["scan", device, *_, name] if device and name:
            return Place(Source.SCANNER, device=device)
    return Place(Source.OTHER)


def _is_uuid(text: str) -> bool:
    # UUID() also reads braces, capitals and no dashes: many keys would name one document.
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def erased_key(document: Document) -> str:
    """What stands for the key of an erased document: without a word of its own, and of no other document.

    An upload keeps its folder, by whose id a late use of its URL is recognised.
    """
    if document.source is Source.UPLOAD:
        return document.object_key.rpartition("/")[0] + "/"
    return f"erased/{document.id}"


def is_erased(document: Document) -> bool:
    """Whether our own user deleted the document: its object is gone for good, or about to be."""
    return document.status is Status.DELETED and (document.erasing or document.object_key == erased_key(document))


def is_ignored(key: str) -> bool:
    """Whether the key is a folder, a dot-file, a lock or a temporary name of a transfer that is still going on."""
    name = key.rpartition("/")[2]
    return not name or name.startswith((".", _LOCK)) or name.lower().endswith(_TEMPORARY)


def safe_segment(filename: str) -> str:
    """The name as one segment of a key: at most 255 bytes of UTF-8 in NFC, its extension kept, never ignored.

    Separators, controls and the like become `_`; leading dots and spaces go; `.tmp` becomes `_tmp`, `~$` becomes `_$`.
    """
    name = _LEADING.sub("", normalized("NFC", _UNSAFE.sub("_", filename)).rstrip())
    if name.startswith(_LOCK):
        name = f"_{name[1:]}"
    if name.lower().endswith(_TEMPORARY):
        stem, _, ending = name.rpartition(".")
        name = f"{stem}_{ending}"
    extension = found[0] if (found := _EXTENSION.search(name)) else ""
    stem = _cut(name.removesuffix(extension), MAX_SEGMENT_BYTES - len(extension)).rstrip()
    return stem + extension or _UNNAMED


def _cut(text: str, size: int) -> str:
    return text.encode("utf-8", "replace")[:size].decode("utf-8", "ignore")


def upload_metadata(filename: str, metadata: Mapping[str, str]) -> dict[str, str]:
    """What goes into `x-amz-meta-*`: the client's values and the original name, percent-encoded.

    A name too long for S3's 2 KB is cut at its end; the row has it whole. Raises InvalidRequest where the client's
    values alone leave it less than 1 KB.
    """
    encoded = {name: _encode(value) for name, value in metadata.items() if name != ORIGINAL_NAME}
    used = sum(_PREFIX_BYTES + len(name) + len(value) for name, value in encoded.items())
    left = MAX_METADATA_BYTES - _PREFIX_BYTES - len(ORIGINAL_NAME) - used
    if left < _NAME_BYTES:
        raise InvalidRequest(Text(f"metadata ocupa {used} bytes", f"metadata takes {used} bytes"))
    return {**encoded, ORIGINAL_NAME: _encode_within(filename, left)}


def _encode_within(text: str, size: int) -> str:
    encoded = ""
    for character in text:
        more = _encode(character)
        if len(encoded) + len(more) > size:
            break
        encoded += more
    return encoded


def _encode(text: str) -> str:
    # Spaces too: a header loses those at its ends, and a signature those in a row.
    return quote(text, safe="()", errors="replace")


def original_name(key: str, metadata: Mapping[str, str]) -> str:
    """The file's name as its sender knew it: from the metadata, else the key's last segment. Never empty."""
    name = unquote(metadata.get(ORIGINAL_NAME, "")) or key.rpartition("/")[2]
    return name.replace("\0", "") or _UNNAMED


def client_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    """The values that the client gave, decoded, without ours."""
    return {name: unquote(value).replace("\0", "") for name, value in metadata.items() if name != ORIGINAL_NAME}


def device_id(name: str) -> str:
    """A short plain name for a device, always the same."""
    return f"{_readable(name)}-{sha256(name.encode()).hexdigest()[:8]}"


def new_access_key(name: str) -> str:
    """A new name for the device's user, which nobody had before: MinIO allows 3 to 20 characters."""
    return f"{_readable(name)}-{token_hex(4)}"


def _readable(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:9] or "device"


def device_prefix(name: str, inbox: str) -> str:
    """Where a device may write. Letters, digits, space, dot, dash and underscore of its name stay."""
    segment = re.sub(r"[^\w .-]+", "_", name).strip(" .") or device_id(name)
    return f"{inbox}scan/{segment}/"


CORRECTIONS = "corrections/"  # of the derived bucket: what people corrected, an object a document


def corrections_key(document_id: UUID) -> str:
    """Where the derived bucket keeps what people corrected in this document."""
    return f"{CORRECTIONS}{document_id}.json"


def derived_prefix(document: Document) -> str:
    """Where the derived bucket keeps what was made of this document."""
    return f"{document.id}/"
