"""How many fields of labelled letters are read right, clean and as OCR leaves them."""

import random
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from ingest.describing.rules import OfficeRules
from ingest.domain.descriptions import Description
from tests.bench.metadata.letters import Letter
from tests.bench.metadata.noise import RATE, scanned

MAIN = ("type", "number", "expediente", "date", "sender", "subject")  # what the aims are set for
ALIKE = 0.85  # of a text whose letters OCR has changed; a clean one must be the same

READ: dict[str, Callable[[Description], str]] = {
    "type": lambda one: one.document_type,
    "number": lambda one: one.number,
    "expediente": lambda one: one.details.expediente,
    "date": lambda one: one.issued_on.isoformat() if one.issued_on else "",
    "sender": lambda one: one.sender,
    "subject": lambda one: one.subject,
    "signed_by": lambda one: one.details.signed_by,
    "signed_on": lambda one: one.details.signed_on.isoformat() if one.details.signed_on else "",
    "recipient": lambda one: one.details.recipients[0] if one.details.recipients else "",
    "dni": lambda one: " ".join(number for number in one.details.identities if len(number) == 8),
    "ruc": lambda one: " ".join(number for number in one.details.identities if len(number) == 11),
    "amount": lambda one: one.details.amounts[0].value if one.details.amounts else "",
    "deadline": lambda one: str(one.details.deadline_days or ""),
    "folios": lambda one: str(one.details.folios or ""),
}
# Where the letter says nothing of these, something else may well be read: only those that say it are counted.
_ONLY_WHERE_SAID = frozenset(("signed_by", "signed_on", "recipient", "dni", "ruc", "amount", "deadline", "folios"))


@dataclass(slots=True)
class Score:
    """By field how often it was right, of how many, and what was not."""

    right: Counter[str] = field(default_factory=Counter)
    of: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, str, str, str]] = field(default_factory=list)

    def accuracy(self, name: str) -> float:
        """The share that was read right."""
        return self.right[name] / self.of[name] if self.of[name] else 1.0

    @property
    def mean(self) -> float:
        """Of the fields that the aims are set for."""
        return sum(self.right[name] for name in MAIN) / sum(self.of[name] for name in MAIN)


def score(letters: Sequence[Letter], texts: Sequence[str], *, noisy: bool) -> Score:
    """Read each text by the rules and compare with what is true of its letter."""
    rules, result = OfficeRules(), Score()
    for letter, text in zip(letters, texts, strict=True):
        described = rules.describe(text, "documento.pdf")
        for name, read in READ.items():
            true, said = letter.truth.get(name, ""), read(described)
            if name in _ONLY_WHERE_SAID and not true:
                continue
            result.of[name] += 1
            if is_right(name, true, said, noisy=noisy):
                result.right[name] += 1
            else:
                result.wrong.append((letter.layout, name, true, said))
    return result


def is_right(name: str, true: str, said: str, *, noisy: bool) -> bool:
    """Whether what was read is what is true: figures exactly, words without case, accents and spaces."""
    if name in {"number", "expediente"}:
        return _figures(true) == _figures(said)
    if name == "dni":
        return true in said
    one, other = _plain(true), _plain(said)
    if noisy and name in {"subject", "sender", "signed_by", "recipient"} and one and other:
        return SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE
    return one == other


def noisy_texts(letters: Sequence[Letter], seed: int, rate: float = RATE) -> list[str]:
    """The letters' texts as OCR leaves them."""
    return [scanned(letter.text, random.Random(f"{seed}-{place}"), rate) for place, letter in enumerate(letters)]  # noqa: S311


def _plain(text: str) -> str:
    bare = "".join(letter for letter in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(letter) != "Mn")
    return " ".join(re.findall(r"[a-z0-9.]+", bare)).strip(" .")


def _figures(text: str) -> str:
    """The parts of a number without leading zeros."""
    parts = re.findall(r"[a-z]+|\d+", text.lower())
    return "-".join(part.lstrip("0") or part for part in parts)
