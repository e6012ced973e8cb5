"""What a user types into the search box, taken apart: words, prefix*, "phrases", and -words that must not stand there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ingest.errors import InvalidRequest, Text

MAX_CHARACTERS = 2000
# Each word costs a look-up and each phrase one and a search; an office's longest questions are sentences pasted whole.
MAX_WORDS = 100
MAX_PHRASES = 6  # in quotes or excluded

_QUOTES = '"“”«»'
# A minus counts only before a letter or a quote: 123-2025 and -05 are numbers.
_PART = re.compile(
    rf"(?P<minus>(?<!\S)-(?=[{_QUOTES}]|[^\W\d_]))?(?:[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)[{_QUOTES}]|(?P<word>[^\s{_QUOTES}]+))"
)
_WORD = re.compile(r"[^\W_]+")
# A shorter beginning is that of half the words there are: it is taken for a word.
_PREFIX = re.compile(r"([^\W_]{3,})\*(?!\w)")


_TOO_LONG = Text(
    f"q: como máximo {MAX_WORDS} palabras y {MAX_PHRASES} frases o exclusiones",
    f"q: at most {MAX_WORDS} words, {MAX_PHRASES} phrases and exclusions",
)


class QuestionTooLong(InvalidRequest):
    """More parts than a question may have."""

    message = Text(
        f"La pregunta tiene demasiadas partes: se admiten {MAX_WORDS} palabras y {MAX_PHRASES} frases o exclusiones.",
        f"The question has too many parts: {MAX_WORDS} words and {MAX_PHRASES} phrases or exclusions are permitted.",
    )
    action = Text("Quite palabras, frases o exclusiones y repita.", "Leave out words, phrases or exclusions and repeat.")


@dataclass(frozen=True, slots=True)
class Question:
    """A question and its parts; `written` is as typed, without what no database can hold."""

    written: str
    words: tuple[str, ...]
    prefixes: tuple[str, ...]
    phrases: tuple[str, ...]
    without: tuple[str, ...]

    @property
    def asked(self) -> str:
        """What it asks for, without quotes and without what is excluded: the text to embed."""
        kept = (part["phrase"] or part["word"] or "" for part in _PART.finditer(self.written) if not part["minus"])
        return " ".join(" ".join(kept).split())

    def check(self) -> None:
        """Raises QuestionTooLong where it has more parts than are answered."""
        if len(self.words) + len(self.prefixes) > MAX_WORDS or len(self.phrases) + len(self.without) > MAX_PHRASES:
            raise QuestionTooLong(_TOO_LONG)

    def corrected(self, better: Mapping[str, str]) -> "Question":
        """The question with some of its words replaced; phrases and excluded words stay as they are."""

        def replaced(part: re.Match[str]) -> str:
            if part["minus"] or part["word"] is None:
                return part[0]
            return _WORD.sub(lambda word: better.get(word[0], word[0]), part[0])

        return parse(_PART.sub(replaced, self.written))


def parse(text: str) -> Question:
    """Take a question apart. Anything is a question; a quote that stands alone is as good as none."""
    written = text[:MAX_CHARACTERS].replace("\0", " ").encode("utf-8", "replace").decode()
    words: list[str] = []
    prefixes: list[str] = []
    phrases: list[str] = []
    without: list[str] = []
    for part in _PART.finditer(written):
        if part["minus"]:
            without.append(part["phrase"] or part["word"] or "")
        elif part["word"] is not None:
            prefixes += _PREFIX.findall(part["word"])
            words += words_in(_PREFIX.sub(" ", part["word"]))
        elif part["phrase"].strip():
            phrases.append(part["phrase"].strip())
    return Question(written, *(tuple(dict.fromkeys(parts)) for parts in (words, prefixes, phrases, without)))


def words_in(part: str) -> list[str]:
    """The words that signs and spaces part."""
    return _WORD.findall(part)
