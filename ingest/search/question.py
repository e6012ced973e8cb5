"""What a user types into the search box, taken apart: words, "phrases", and -words that must not stand there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

MAX_CHARACTERS = 2000
MAX_WORDS = 60  # what is typed beyond that narrows nothing and costs a look-up each

_QUOTES = '"“”«»'
# A minus counts only before a letter or a quote: 123-2025 and -05 are numbers.
_PART = re.compile(
    rf"(?P<minus>(?<!\S)-(?=[{_QUOTES}]|[^\W\d_]))?(?:[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)[{_QUOTES}]|(?P<word>[^\s{_QUOTES}]+))"
)
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Question:
    """A question and its parts; `written` is as typed, without what no database can hold."""

    written: str
    words: tuple[str, ...]
    phrases: tuple[str, ...]
    without: tuple[str, ...]

    @property
    def asked(self) -> str:
        """What it asks for, without quotes and without what is excluded: the text to embed."""
        kept = (part["phrase"] or part["word"] or "" for part in _PART.finditer(self.written) if not part["minus"])
        return " ".join(" ".join(kept).split())

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
    phrases: list[str] = []
    without: list[str] = []
    for part in _PART.finditer(written):
        if part["minus"]:
            without.append(part["phrase"] or part["word"] or "")
        elif part["word"] is not None:
            words += _WORD.findall(part["word"])
        elif part["phrase"].strip():
            phrases.append(part["phrase"].strip())
    return Question(written, tuple(dict.fromkeys(words))[:MAX_WORDS], tuple(phrases)[:MAX_WORDS], tuple(without)[:MAX_WORDS])
