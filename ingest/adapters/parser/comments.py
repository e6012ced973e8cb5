"""What people wrote onto a PDF page without changing it: sticky notes, comments on a highlight, their answers.

Imported by the parser process alone. No pixel shows them, so neither the text layer nor OCR has them.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

_MOST = 1000  # a page; a review by a whole office leaves some dozens
_LONGEST = 10_000  # characters; the attack's, not the reader's


def comments_of(page: Any, shown: str) -> list[str]:
    """The comments on the page whose words are not among those that are shown there, each once, in order."""
    words = _plain(shown)
    said = (text.replace("\r", "\n").strip()[:_LONGEST] for text in islice(_contents(page), _MOST))
    # A highlight often carries a copy of what it highlights, a typewritten comment is drawn.
    return list(dict.fromkeys(text for text in said if text and _plain(text) not in words))


def _contents(page: Any) -> Iterator[str]:
    annotation = page.first_annot
    while annotation:
        yield annotation.info.get("content") or ""
        annotation = annotation.next


def _plain(text: str) -> str:
    return " ".join(text.split())
