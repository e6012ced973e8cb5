"""How Spanish office letters say that they answer another: formulas, and the lines labelled REFERENCIA.

The formulas are those of the manuals of administrative writing: "en atención a", "en respuesta a", "dando respuesta a",
"atendiendo a", "en contestación a", "con relación a" (Ministerio para las Administraciones Públicas, *Manual de estilo del
lenguaje administrativo*, Madrid 1990; the forms of MINEDU's own letters), and the part "Ref." or "REFERENCIA" that Peru's
models of an oficio put under the subject.
"""

import re
from collections.abc import Iterator

_SPOKEN = [
    "atencion",
    "respuesta",
    "atendiendo",
    "contestacion",
    "contestando",
    "respondiendo",
    "absolviendo",
    "absolucion",
    "relacion",
    "recibo",
    "respondemos",
    "respondo",
    "contesto",
    "atendemos",
    "responder",
    "absolver",
]
_LABELS = ("referencia", "referencias")
# What OCR confuses, made one, as in the words below.
CONFUSED = str.maketrans("015|l", "oisii")
_WORD = re.compile(r"[a-z0-9|]+")
# Behind a comma the formula's object goes on only by one of these: "en atención a lo pedido, mediante Oficio".
_GOES_ON = re.compile(
    r"[,;]\s{0,3}(?:mediante|a traves|segun|contenid|formulad|presentad|solicitad|remitid|por medio|con (?:el|la)\b)"
)
_OTHER_OBJECT = re.compile(r"\b(?:referencia|remit\w{1,6}|adjunt\w{1,6}|elev[oa]\w{0,5}|alcanz\w{1,6})\b")
_LABEL = re.compile(r"[\W_]{0,4}([a-z0-9|]{3,12})(?P<sign>\.? {0,40}[:;]|\.)?(?: |$)")
_OTHER_LABEL = re.compile(r"[\W_]{0,4}(?:asunto|fecha|para|de|a|presente|anexos?)\b {0,9}[:;]")
_BLOCK_LINES = 12
_REACH = 220  # characters from a formula to the number


def variants(word: str) -> frozenset[str]:
    """The word and what is left of it without one letter: two words one misread letter apart share one of these."""
    return frozenset((word, *(word[:place] + word[place + 1 :] for place in range(len(word)))))


def known_by_variants(words: Iterator[str] | list[str]) -> dict[str, str]:
    """By each variant the word it is of; words of fewer than six letters have none but themselves."""
    known: dict[str, str] = {}
    for word in words:
        folded = word.translate(CONFUSED)
        for variant in variants(folded) if len(folded) >= 6 else (folded,):
            known.setdefault(variant, word)
    known.update({word.translate(CONFUSED): word for word in words})
    return known


def meant(written: str, known: dict[str, str]) -> str:
    """The known word that this is, with a misread letter at most; "" where it is none."""
    folded = written.translate(CONFUSED)
    if folded in known:
        return known[folded]
    if len(folded) < 6:
        return ""
    return next((known[variant] for variant in variants(folded) if variant in known and len(variant) >= 5), "")


_KNOWN_SPOKEN = known_by_variants(_SPOKEN)
_KNOWN_LABELS = known_by_variants([*_LABELS])


def replies(plain: str, start: int, end: int) -> int | None:
    """Where the formula of a reply begins in `plain[start:end]`, whose object stands at `end`; None where there is none."""
    start = max(start, end - _REACH, plain.rfind("\n\n", start, end) + 1)
    before = plain[start:end]
    words = list(_WORD.finditer(before))
    for place in reversed(range(len(words))):
        word = words[place]
        rest = before[word.end() :]
        if word[0] in ("ref", "rf") and rest[:1] in (".", ":", " ") and len(rest) < 40:
            return start + word.start()
        if meant(word[0], _KNOWN_LABELS):
            return start + word.start() if rest.lstrip(" .")[:1] in (":", ";") and "\n" not in rest.strip() else None
        if meant(word[0], _KNOWN_SPOKEN):
            return start + words[max(0, place - 1)].start() if _has_object(word[0], rest) else None
    return None


def _has_object(word: str, rest: str) -> bool:
    """Whether what follows the formula is still what it is about."""
    following = rest.split(None, 2)[:2]
    if following and following[0][:1] not in ("a", "d", "e", "o", "c", "i", "m", "l") and following[0][:1].isalpha():
        return False
    if word.startswith("atenc") and rest.lstrip(" ")[:1] in (":", "."):
        return False  # ATENCIÓN: who is to look after it
    unjoined = _GOES_ON.sub(" ", rest)
    return not _OTHER_OBJECT.search(unjoined) and "," not in unjoined and ". " not in re.sub(r"\bn\. ", "", unjoined)


def reference_lines(plain: str) -> list[tuple[int, int]]:
    """The stretches of the text, in order, that stand behind the label REFERENCIA, with the lines they run on to."""
    found: list[tuple[int, int]] = []
    begun, offset, lines = False, 0, 0
    for line in re.split(r"[\n\f]", plain):
        label = _LABEL.match(line)
        if label and _is_label(label):
            begun, lines = True, 0
            found.append((offset + label.start(1), offset + len(line)))
        elif begun:
            lines += 1
            # A blank line may stand between the label and the first reference, never behind one.
            empty = not line.strip() and re.search(r"\d", plain[slice(*found[-1])])
            begun = not (empty or _OTHER_LABEL.match(line) or lines > _BLOCK_LINES or _is_sentence(line))
            if begun:
                found[-1] = (found[-1][0], offset + len(line))
        offset += len(line) + 1
    return found


def _is_label(label: re.Match[str]) -> bool:
    word = label[1]
    if word in ("ref", "rcf", "rel") and label["sign"]:
        return word == "ref" or ":" in label["sign"]
    return bool(meant(word, _KNOWN_LABELS) and label["sign"] and ("." not in label["sign"] or ":" in label["sign"]))


def _is_sentence(line: str) -> bool:
    """Whether the letter's body begins here."""
    return bool(
        re.match(
            r"[\W_]{0,4}(?:de (?:mi|nuestra)|tengo|es grato|me (?:dirijo|es)|por (?:el|la|medio)|mediante (?:el|la) presente)\b",
            line,
        )
    )
