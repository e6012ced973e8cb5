"""The messages between us and the parser process: a JSON header and raw bytes, each with its length.

No pickle: the process may be in the hands of the file that it reads.
"""

import json
from struct import Struct
from typing import Any

LENGTHS = Struct(">II")  # bytes of the JSON header, bytes of the body

# A page of 25 megapixels in gray is 25 MB, its PNG in colour at worst three times that.
MAX_BODY_BYTES = 100_000_000
# Words and boxes of a dense page take 100 kB; a page a hundred times as dense is an attack.
MAX_HEADER_BYTES = 16_000_000

# Of `ports.Raster`; its pixels are the body.
RASTER_FIELDS = ("width", "height", "dpi", "placement", "is_straightened", "fault")

# The child's arguments, and its answer where it came without one that a file needs: what straightens photos is to be loaded;
# what decodes HEIC, for which it must be able to start threads.
PHOTOS, HEIC = "photos", "heic"
EXTRAS = (PHOTOS, HEIC)

Header = dict[str, Any]


class MessageTooLong(Exception):
    """More than a page can honestly hold."""


def pack(header: Header, body: bytes = b"") -> list[bytes]:
    """The parts to write, in order; raises MessageTooLong."""
    # Escaped to ASCII, so that a lone surrogate in a text layer passes.
    head = json.dumps(header).encode("ascii")
    check_lengths(len(head), len(body))
    return [LENGTHS.pack(len(head), len(body)), head, body]


def check_lengths(header_bytes: int, body_bytes: int) -> None:
    """Raises MessageTooLong where either passes its limit."""
    if header_bytes > MAX_HEADER_BYTES or body_bytes > MAX_BODY_BYTES:
        raise MessageTooLong(f"{header_bytes} + {body_bytes} bytes")


def unpack_header(raw: bytes | bytearray) -> Header:
    """The header; raises ValueError where it is not a JSON object."""
    header = json.loads(raw)
    if not isinstance(header, dict):
        raise ValueError("not an object")
    return header
