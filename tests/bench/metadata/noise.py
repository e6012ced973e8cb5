"""What a scanner and OCR leave of a letter: letters misread, accents and signs lost, lines joined, specks read as signs."""

import random
import re

RATE = 0.02  # characters misread; Tesseract leaves 0.5 to 1.5 % on scans of 150 to 300 dpi, twice that on photocopies

_LOOKALIKES = {
    "0": "O", "O": "0Q", "1": "lI", "l": "1I", "I": "l1", "5": "S", "S": "5", "8": "B", "B": "8", "2": "Z", "6": "G", "º": "°*?", "°": "º*?'",
    "e": "c", "c": "e", "a": "o", "o": "a", "u": "ii", "n": "u", "h": "b", "i": "l", "r": "t", "t": "f", "f": "t", "ñ": "n", "Ñ": "N", ":": ";.",
    ".": ",", ",": ".", "-": "—_", "á": "a", "é": "e", "í": "i", "ó": "o", "ú": "u", "Á": "A", "É": "E", "Í": "I", "Ó": "O", "Ú": "U",
    "E": "F", "D": "O", "C": "G", "A": "4", "R": "P", "N": "H", "T": "I", "m": "rn",
}  # fmt: skip
_SPECKS = ["|", "~", "*", "' ", "_", "- "]


def scanned(text: str, dice: random.Random, rate: float = RATE) -> str:
    """The text as OCR would give it."""
    lines = [_misread(line, dice, rate) for line in text.split("\n")]
    kept: list[str] = []
    for line in lines:
        if not line.strip() and kept and not kept[-1].strip():
            continue
        if line and dice.random() < rate:
            line = dice.choice(_SPECKS) + line  # noqa: PLW2901
        kept.append(re.sub(" {2,}", lambda gap: gap[0] if dice.random() < 0.5 else " ", line))
    # Blank lines are the first that a page's layout loses.
    return "\n".join(line for line in kept if line.strip() or dice.random() > 10 * rate)


def _misread(line: str, dice: random.Random, rate: float) -> str:
    read = []
    for letter in line:
        drawn = dice.random()
        if drawn < rate and letter in _LOOKALIKES:
            read.append(dice.choice(_LOOKALIKES[letter]))
        elif drawn < rate / 6 and letter in ".,:'-":
            continue
        else:
            read.append(letter)
    return "".join(read)
