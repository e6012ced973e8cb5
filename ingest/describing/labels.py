"""The labels of a letter's parts, `ASUNTO :` or `DE :`, as written and as OCR leaves them: `A5UNTO ;`, `0E:`."""

import re
from enum import Enum, auto
from typing import NamedTuple

from ingest.describing.reply_words import CONFUSED, known_by_variants, meant


class Part(Enum):
    """What a line does in a letter; a letterhead, headings and dates are TOP."""

    TOP = auto()
    ADDRESSEE = auto()
    SENDER = auto()
    SUBJECT = auto()
    REFERENCE = auto()
    DATE = auto()
    OTHER = auto()
    BODY = auto()


class Label(NamedTuple):
    """A label: the part that it begins, and where the line goes on after it."""

    part: Part
    end: int


_LABELS = {
    "asunto": Part.SUBJECT,
    "sumilla": Part.SUBJECT,
    "motivo": Part.SUBJECT,
    "solicito": Part.SUBJECT,
    "solicita": Part.SUBJECT,
    "resumen de su pedido": Part.SUBJECT,
    "ref": Part.REFERENCE,
    "referencia": Part.REFERENCE,
    "antecedente": Part.REFERENCE,
    "antecedentes": Part.REFERENCE,
    "exp": Part.REFERENCE,
    "expediente": Part.REFERENCE,
    "anexo": Part.REFERENCE,
    "a": Part.ADDRESSEE,
    "al": Part.ADDRESSEE,
    "para": Part.ADDRESSEE,
    "atencion": Part.ADDRESSEE,
    "destinatario": Part.ADDRESSEE,
    "dependencia o autoridad a quien se dirige": Part.ADDRESSEE,
    "de": Part.SENDER,
    "remite": Part.SENDER,
    "remitente": Part.SENDER,
    "solicitante": Part.SENDER,
    "apellidos y nombres": Part.SENDER,
    "nombres y apellidos": Part.SENDER,
    "fecha": Part.DATE,
    "lugar y fecha": Part.DATE,
    "folios": Part.OTHER,
    "domicilio": Part.OTHER,
    "tipo doc": Part.OTHER,
    "tipo de documento": Part.OTHER,
    "plazo": Part.OTHER,
    "dni": Part.OTHER,
    "d.n.i": Part.OTHER,
    "datos del solicitante": Part.OTHER,
    "fundamentacion del pedido": Part.BODY,
    "fundamentos del pedido": Part.BODY,
}
_NAMES = "|".join(re.escape(name) for name in sorted(_LABELS, key=len, reverse=True))
_PLACE = r"[\W_]{0,4}(?:[ivx1-9]{1,4}[.)] ?)?"  # before a label: specks, and the number of a form's part
# A label has a colon or what OCR makes of it; ASUNTO and REF. may do without when they stand in capitals.
_LABEL = re.compile(
    rf"{_PLACE}(?P<name>{_NAMES})(?![a-z0-9])(?P<sign> {{0,40}}(?:\.? ?[:;]|\.)[ .-]{{0,6}}| {{1,40}}(?:[,—] {{1,6}})?| ?$)"
)
_MOTIVE = re.compile(r"\b(?:soy el autor|doy v|doy fe|en senal)")  # of a digital signature, which is no subject
_MAY_LACK_COLON = frozenset(("asunto", "sumilla", "ref", "referencia", "solicito", "solicita"))
# Of a table whose columns OCR read apart, with a line each.
_MAY_STAND_ALONE = frozenset(("a", "al", "para", "de", "fecha", "asunto", "referencia"))

_MISREAD_LABEL = re.compile(rf"{_PLACE}(?P<name>[a-z0-9|]{{1,16}}(?: [a-z0-9|]{{1,12}}){{0,6}})\.? {{0,40}}[:;][ .-]{{0,6}}")
_FOREIGN = frozenset(("assunto",))  # Portuguese, and no misread letter
_KNOWN = known_by_variants([name for name in _LABELS if len(name) >= 6])
_SHORT = {name.translate(CONFUSED): name for name in _LABELS if 3 < len(name) < 6}
_SHORTEST = {"oe": "de", "dc": "de", "0e": "de", "df": "de", "do": "de", "4": "a"}


def label_of(text: str, known: str) -> Label | None:
    """The label that a line begins with; `known` is the line in plain letters."""
    label = _LABEL.match(known)
    if label is not None and label["name"] == "motivo" and _MOTIVE.search(known):
        return None
    if label is None:
        return _misread(known)
    if ":" in label["sign"] or ";" in label["sign"]:
        return Label(_LABELS[label["name"]], label.end())
    named = text[label.start("name") : label.end("name")]
    if named.isupper() and label["name"] in _MAY_STAND_ALONE and not known[label.end() :].strip():
        return Label(_LABELS[label["name"]], label.end())
    sure = label["name"] in _MAY_LACK_COLON and ("." in label["sign"] or named.isupper())
    return Label(_LABELS[label["name"]], label.end()) if sure else None


def _misread(known: str) -> Label | None:
    """A label with a misread letter; its colon stands."""
    found = _MISREAD_LABEL.match(known)
    if found is None:
        return None
    written = found["name"]
    if written in _FOREIGN:
        return None
    folded = written.translate(CONFUSED)
    name = _SHORTEST.get(written) or meant(written, _KNOWN) or next((_SHORT[one] for one in _SHORT if _near(folded, one)), "")
    return Label(_LABELS[name], found.end()) if name else None


def _near(written: str, known: str) -> bool:
    """Whether all letters but one are the same."""
    return len(written) == len(known) and sum(one != other for one, other in zip(written, known, strict=True)) <= 1
