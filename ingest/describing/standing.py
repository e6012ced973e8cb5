"""Where a value stands in a text, however its spaces, signs, accents and capitals are; so that nothing invented is believed."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from ingest.describing.lines import plain
from ingest.domain.descriptions import Found

_WORD = re.compile(r"\w+")
# A sentence that speaks to a machine: what stands nowhere else is what somebody wants it to say.
_ADDRESSES_A_MACHINE = re.compile(
    r"\b(?:ignor[ae]\w{0,2}|omit[ae]\w{0,2}|prompt|json|instruccion(?:es)?|instructions?|modelo de lenguaje|language model|asistente de ia"
    r"|inteligencia artificial|chatbot|gemini|gpt|system message|mensaje de sistema|eres una? (?:ia|asistente|modelo)|you are an?"
    r"|respond[ea]\w{0,2} (?:solo|unicamente|que|con)|disregard|override)\b"
)
_MOST_PERMUTED = 6  # words of a name whose order may be another


class Standing:
    """The words of some stretches of a text, to look values up in."""

    def __init__(self, text: str, stretches: Sequence[tuple[int, int]]) -> None:
        self._spans = [
            (start + at, start + end)
            for start, stop in stretches
            for line_start, line in _lines(plain(text[start:stop]))
            if not _ADDRESSES_A_MACHINE.search(line)
            for at, end in ((line_start + word.start(), line_start + word.end()) for word in _WORD.finditer(line))
        ]
        self._words = [plain(text[start:end]) for start, end in self._spans]
        self._joined = f" {' '.join(self._words)} "
        self._starts: list[int] = []
        at = 1
        for word in self._words:
            self._starts.append(at)
            at += len(word) + 1
        self._known = frozenset(self._words)

    def found(self, value: str) -> Found | None:
        """The value with the stretch that it stands in; None where it stands nowhere."""
        words = _WORD.findall(plain(value))
        if not words:
            return None
        at = self._joined.find(f" {' '.join(words)} ")
        first = bisect_right(self._starts, at + 1) - 1 if at >= 0 else self._permuted(words)
        if first is None or first < 0:
            return None
        return Found(value, self._spans[first][0], self._spans[first + len(words) - 1][1])

    def _permuted(self, words: Sequence[str]) -> int | None:
        """Where these words stand beside each other in another order: surnames before names."""
        if not 2 <= len(words) <= _MOST_PERMUTED or not self._known.issuperset(words):
            return None
        wanted = sorted(words)
        for place, word in enumerate(self._words):
            if word in words and sorted(self._words[place : place + len(words)]) == wanted:
                return place
        return None

    def share(self, value: str) -> float:
        """Which share of the value's words of four letters and more stands in the text; none, where a number does not."""
        words = [word for word in _WORD.findall(plain(value)) if len(word) > 3 or word.isdigit()]
        if any(word.isdigit() and word not in self._known for word in words):
            return 0.0
        return sum(word in self._known for word in words) / len(words) if words else 0.0


def _lines(known: str) -> Iterator[tuple[int, str]]:
    at = 0
    for line in re.split(r"[\n\f]", known):
        yield at, line
        at += len(line) + 1
