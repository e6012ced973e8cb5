"""Spanish words and how often they are written: tells which of several readings of a damaged word is one."""

from collections.abc import Mapping
from functools import cache, lru_cache

from ingest.domain.stream_safe import without_marks

_COMMON = 1000
# Words of Peruvian offices that pyspellchecker's list, made of film subtitles, lacks.
_OF_OFFICES = "directoral distrital jefatural ministerial pedagógica prevea rectoral registral subdirección ugel viceministerial"
# Its list has few plurals, and of most verbs the infinitive alone.
_FORMS = tuple(
    (ending, base)
    for endings, base in (
        ("s es", ""),
        ("ciones", "ción"),
        ("ces", "z"),
        ("a as os", "o"),
        ("a e an en ada ado adas ados", "ar"),
        ("e en ida ido idas idos", "er"),
        ("e en ida ido idas idos", "ir"),
        ("iene", "ener"),
    )
    for ending in endings.split()
)
_SHORTEST_FORM = 5


def frequency(word: str) -> int:
    """How often this word, in small letters, or its base form is written; 0 where it is none."""
    return _frequency(word, _words())


@lru_cache(maxsize=20_000)  # a document says the same words page after page
def frequency_without_accents(word: str) -> int:
    """The same for a word whose accents were left away or lost."""
    return frequency(word) or _frequency(without_marks(word), _bare_words())


def _frequency(word: str, listed: Mapping[str, int]) -> int:
    if found := listed.get(word, 0):
        return found
    if len(word) < _SHORTEST_FORM:
        return 0
    forms = (word.removesuffix(ending) + base for ending, base in _FORMS if word.endswith(ending))
    return max((listed.get(form, 0) for form in forms), default=0)


@cache
def _words() -> Mapping[str, int]:
    from spellchecker import SpellChecker  # noqa: PLC0415  0.1 s and 20 MB, which most documents do not need

    listed: Mapping[str, int] = SpellChecker(language="es").word_frequency.dictionary
    return dict.fromkeys(_OF_OFFICES.split(), _COMMON) | dict(listed)


@cache
def _bare_words() -> Mapping[str, int]:
    bare: dict[str, int] = {}
    for word, times in _words().items():
        if not word.isascii():
            plain = without_marks(word)
            bare[plain] = max(times, bare.get(plain, 0))
    return bare
