"""Where the parser's child was until 0.2: workers that were started before an upgrade still start it by this name.

They name the file instead of sending it, so this one may open files to read them.
"""

import os
from collections.abc import Iterator
from typing import BinaryIO

from ingest.adapters.parser import sheet_finder  # noqa: F401  they cannot ask for it
from ingest.adapters.parser.child import Request, serve
from ingest.adapters.parser.messages import LENGTHS, unpack_header


def main() -> None:
    """Answer until standard input ends."""
    with os.fdopen(os.dup(0), "rb") as requests:
        serve(_named(requests), opens_by_name=True)


def _named(requests: BinaryIO) -> Iterator[Request]:
    while lengths := requests.read(LENGTHS.size):
        header = unpack_header(requests.read(LENGTHS.unpack(lengths)[0]))
        yield header, os.open(header["path"], os.O_RDONLY | os.O_CLOEXEC) if "path" in header else None


if __name__ == "__main__":
    main()
