"""Pages that cannot be read: one costs its own text, and no other page's."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from ingest.domain.pages import Page
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
    unread = [page for page in pages if is_unread(page)]
    check_unread(unread, len(pages))
    return [page.number for page in pages if page.fault]


def is_unread(page: Page) -> bool:
    """Whether a fault left nothing of it."""
    return bool(page.fault) and not page.text.strip()


def check_unread(unread: Sequence[Page], page_count: int) -> None:
    """Raises the error of the first unread page where they are more than half of all."""
    if 2 * len(unread) > page_count:
        raise by_code().get(unread[0].fault, BandejaError)(f"page {unread[0].number}")
