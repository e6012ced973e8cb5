"""Unicode's normal forms in time that grows with the text alone."""

import re
import unicodedata
from typing import Literal

# More combining marks in a row than any script writes; normalising sorts them, in the square of their number. Thirty is
# Unicode's own limit (UAX 15, "Stream-Safe Text Format").
_MAX_MARKS = 30
_MANY_SIGNS = re.compile(rf"[^\w\s]{{{_MAX_MARKS + 1},}}")  # no combining mark is a letter


def normalized(form: Literal["NFC", "NFD"], text: str) -> str:
    """The text in this normal form, without the combining marks that follow on thirty others."""
    return text if text.isascii() else unicodedata.normalize(form, _MANY_SIGNS.sub(_without_excess, text))


def without_marks(text: str) -> str:
    """The text without accents and other combining marks, those of single letters too: `ñ` becomes `n`."""
    return text if text.isascii() else "".join(one for one in normalized("NFD", text) if not unicodedata.combining(one))


def _without_excess(signs: re.Match[str]) -> str:
    kept, marks = [], 0
    for sign in signs[0]:
        marks = marks + 1 if unicodedata.combining(sign) else 0
        if marks <= _MAX_MARKS:
            kept.append(sign)
    return "".join(kept)
