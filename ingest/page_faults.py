"""Pages that cannot be read: one costs its own text, and no other page's."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from ingest.documents import Page
from ingest.errors import BandejaError, CorruptFile, ParserMemory, ParserTimeout, WorkerLost, by_code

PAGE_FAULTS = (ParserTimeout, ParserMemory, CorruptFile)

Read = TypeVar("Read")


def page_or_fault(read: Callable[[int], Read], number: int) -> Read | Page:
    """What `read` makes of the page, or, where the page meets a limit or is damaged, an unreadable one."""
    try:
        return read(number)
    except PAGE_FAULTS as fault:
        return unreadable(number, fault.code)


def unreadable(number: int, code: str) -> Page:
    """What is kept of a page that could not be read."""
    return Page(number, "", "none", 0.0, 0.0, 0.0, fault=code)


def lost(numbers: Sequence[int]) -> list[Page]:
    """What is kept of pages that killed their worker again and again."""
    return [unreadable(number, WorkerLost.code) for number in numbers]


def degraded_pages(pages: Sequence[Page]) -> list[int]:
    """The pages that were not read, or in part only.

    Raises the error of the first bad page where fewer than half could be read.
    """
    faulty = [page for page in pages if page.fault]
    unread = [page for page in faulty if not page.text.strip()]
    if 2 * len(unread) > len(pages):
        raise by_code().get(unread[0].fault, BandejaError)(f"page {unread[0].number}")
    return [page.number for page in faulty]
