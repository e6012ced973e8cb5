"""Which versions of a key are one letter: clients that mount a bucket write a file in more than one go.

s3fs, Cyberduck and the like put an object without bytes, then the body, then copy the object onto itself to note its
time or rights: three versions, one letter. A scanner that calls every file `scan0001.pdf` sends other bytes each time.
"""

from collections.abc import Sequence
from itertools import pairwise
from uuid import UUID

from ingest.domain.documents import Document

# Between the parts of one letter: the largest scan that is taken (200 MB) needs nine minutes at 3 Mbit/s.
WITHIN_NANOSECONDS = 10 * 60 * 10**9
_DIGITS = 16  # of a sequencer that is a time


def stand_ins(versions: Sequence[Document]) -> dict[UUID, UUID]:
    """By the id of each of these versions of one key, newest first, that is no letter of its own: the one that is it.

    No letter of its own is a version with the bytes of the next newer one that has any, and one without bytes beside one
    with, both within minutes.
    """
    written = [version for version in versions if version.size]
    found: dict[UUID, UUID] = {}
    for newer, older in pairwise(written):
        if _have_same_bytes(newer, older) and _are_close(newer, older):
            found[older.id] = found.get(newer.id, newer.id)
    for place, version in enumerate(versions):
        if not version.size and (letter := _beside(versions, place)) is not None:
            found[version.id] = found.get(letter.id, letter.id)
    return found


def _beside(versions: Sequence[Document], place: int) -> Document | None:
    """What was written next after the version at this place, or before it."""
    newer = next((one for one in reversed(versions[:place]) if one.size), None)
    older = next((one for one in versions[place + 1 :] if one.size), None)
    return next((one for one in (newer, older) if one is not None and _are_close(one, versions[place])), None)


def _have_same_bytes(one: Document, other: Document) -> bool:
    """By the hashes of what we read, else by size and eTag: of an object sent in parts the eTag may change as it is copied."""
    if one.content_sha256 is not None and other.content_sha256 is not None:
        return one.content_sha256 == other.content_sha256
    return one.size == other.size and one.etag == other.etag != ""


def _are_close(one: Document, other: Document) -> bool:
    if len(one.sequencer) != _DIGITS or len(other.sequencer) != _DIGITS:
        return False  # no time is known
    return abs(int(one.sequencer, 16) - int(other.sequencer, 16)) <= WITHIN_NANOSECONDS


def span(sequencer: str) -> tuple[str, str]:
    """The earliest and the latest sequencer that may be of the same letter; no more than itself where it is no time."""
    if len(sequencer) != _DIGITS:
        return sequencer, sequencer
    moment = int(sequencer, 16)
    return f"{max(0, moment - WITHIN_NANOSECONDS):016X}", f"{min(moment + WITHIN_NANOSECONDS, (1 << 64) - 1):016X}"
