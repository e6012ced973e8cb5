"""What a letter says in three sentences of its own, its keywords, and the language it is in."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from ingest.describing.lines import plain
from ingest.domain.descriptions import Found

_SENTENCES = 3
_LONGEST = 600  # characters of a summary
_LOOKED_AT = 12_000  # characters
_KEYWORDS = 8
_SHORTEST, _FEWEST_WORDS = 40, 6  # characters and words of a sentence that says something
# A sentence ends before a capital, a paragraph, or behind a short line that is none: "Atentamente,".
_END = re.compile(r"[.!?][\"”»)]*(?=\s+[A-ZÁÉÍÓÚÑ¿¡«“\"(])|(?<=:)\n|(?<=,)\n(?=\s{0,3}[A-ZÁÉÍÓÚÑ_(-])|\n\s*\n|\f|\Z")
_ABBREVIATED = re.compile(
    r"(?:\b(?:[A-Za-z]|art|arts|inc|núm|nro|lic|mg|dr|dra|sr|sra|prof|ing|abog|av|jr|ref|exp|pág|etc))\.\s*$", re.IGNORECASE
)
_LONGEST_SENTENCE = 400  # characters
# Greetings and farewells say nothing; what asks, sends and informs says most.
_FORMULA = re.compile(
    r"\b(?:agrado|grato|saludar|saludo|consideracion|estima|propicia|particular|atentamente|suscribo|firmado|presente\.-|tengo el)\b"
)
_SAYS = re.compile(
    r"\b(?:solicit|remit|inform|comunic|dispon|apr[uo][eb]|resuelv|requier|otorg|adjunt|conclu|recomiend|invit|convoc|correspond|plazo)"
)
_WORD = re.compile(r"[^\W\d_]{5,}")
_COMMON_LIST = (
    "acuerdo además ahora algun algunos antes aquel asimismo bajo cabe cada caso ciudad como conforme conocimiento "
    "consideracion contra cordialmente corresponde correspondiente correspondientes cual cuales cuando debe deben debera "
    "deberan dentro desde dicha dicho dichos diciembre director directora documento donde durante efecto ellos entre enero "
    "especial estar estas estos estima fecha febrero fines general grato hacer hacia hasta haber informe julio junio manera "
    "marzo mayor mediante misma mismo mismos ministerio noviembre numero octubre oficio otras otros otro para particular "
    "peruana pero persona porque presente presentes punto quien quienes referencia respecto resolucion saludarlo saludarla "
    "segun senor senora senores septiembre setiembre siempre siendo siguiente siguientes sobre solicito tambien tanto tener "
    "tengo tiene todas todos trabajo traves usted ustedes atentamente agosto abril lugar motivo asunto unidad gestion "
    "educativa educacion local nacional agrado dirigirme remite remito expediente"
)
_COMMON = frozenset(_COMMON_LIST.split())
_SPEECH_LISTS = {
    "es": "de la que el en los del las por con para una su al se no lo como",
    "en": "the of and to in is that for with as on are this by be not or",
    "pt": "de que não os em uma do da dos das para com ao pelo são é ou",
    "fr": "le la les des et est une dans pour que qui sur pas aux du ce",
    "qu": "kay chay hina mana ima wan manta kama paq nisqa llaqta runa kachkan hamut",
}
_SPEECH = {name: frozenset(words.split()) for name, words in _SPEECH_LISTS.items()}
_LEAST_SPEECH = 3  # of its commonest words that a text must hold


class _Sentence(NamedTuple):
    said: Found
    worth: int


def summary(text: str, start: int, subject: str) -> list[Found]:
    """Up to three sentences of the text's body, which begins at `start`, in order: those that say the most."""
    topics = frozenset(_keys(subject))
    rated = [_Sentence(found, _worth(found.value, topics)) for found in _sentences(text[: start + _LOOKED_AT], start)]
    best = sorted((one for one in rated if one.worth > 0), key=lambda one: -one.worth)[:_SENTENCES]
    kept, length = [], 0
    for one in sorted(best, key=lambda one: one.said.start):
        length += len(one.said.value) + 1
        if length <= _LONGEST:
            kept.append(one.said)
    return kept


def _sentences(text: str, start: int) -> Iterator[Found]:
    for end in _END.finditer(text, start):
        if end[0] == "." and _ABBREVIATED.search(text, max(start, end.start() - 10), end.end()):
            continue
        said = " ".join(text[start : end.end()].split())
        if _SHORTEST <= len(said) <= _LONGEST_SENTENCE and len(said.split()) >= _FEWEST_WORDS and said[-1] in '.!?"”»)':
            blank = len(text[start : end.end()]) - len(text[start : end.end()].lstrip())
            yield Found(said, start + blank, start + len(text[start : end.end()].rstrip()))
        start = end.end()


def _worth(said: str, topics: frozenset[str]) -> int:
    known = plain(said)
    shared = len(topics & frozenset(_keys(said)))
    return 1 + 2 * min(shared, 3) + 2 * bool(_SAYS.search(known)) - 4 * bool(_FORMULA.search(known)) + said[0].isupper()


def keywords(text: str, subject: str) -> list[str]:
    """The words that the text is about: those of the subject, and those that come often."""
    counted: Counter[str] = Counter()
    shown: dict[str, str] = {}
    for weight, said in ((3, subject), (1, text[:_LOOKED_AT])):
        for word in _WORD.findall(said):
            key = plain(word)
            if key not in _COMMON:
                counted[key] += weight
                shown.setdefault(key, word.lower())
    return [shown[key] for key, count in counted.most_common(_KEYWORDS) if count > 1]


def _keys(text: str) -> Iterator[str]:
    return (key for key in map(plain, _WORD.findall(text)) if key not in _COMMON)


def language(text: str) -> str:
    """The language by its commonest words, as ISO 639-1 has it; "" where they are too few."""
    words = Counter(re.findall(r"[^\W\d_]+", text[:_LOOKED_AT].lower()))
    counted = {name: sum(words[word] for word in speech) for name, speech in _SPEECH.items()}
    best = max(counted, key=lambda name: counted[name])
    return best if counted[best] >= _LEAST_SPEECH else ""
