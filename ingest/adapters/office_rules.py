"""Descriptions by rules over the Spanish office language of Peruvian public offices; free and offline.

A letter says what it is in its first lines: `OFICIO N.º 0123-2025-MINEDU/UGEL.05-AGP`, a place and a date, a
line `ASUNTO`. The rules look at the beginning alone, and every pattern is linear: the text is hostile until read.
"""

import re
import unicodedata
from datetime import date

from ingest.documents import Description

_HEAD = 6_000  # characters; where a letter names itself, its date and its subject
_LONGEST_LINE = 400
_LONGEST_SUBJECT = 300

# Heading as written, without accents, to the type's word; longer ones first.
_TYPES = {
    "oficio multiple": "oficio_multiple",
    "oficio circular": "oficio_multiple",
    "oficio": "oficio",
    "resolucion": "resolucion",
    "memorandum multiple": "memorando_multiple",
    "memorando multiple": "memorando_multiple",
    "memorandum": "memorando",
    "memorando": "memorando",
    "informe": "informe",
    "carta notarial": "carta",
    "carta": "carta",
    "formulario unico de tramite": "solicitud",
    "solicitud": "solicitud",
    "solicito": "solicitud",
    "acta": "acta",
    "constancia": "constancia",
    "certificado": "certificado",
    "directiva": "directiva",
    "decreto": "decreto",
    "citacion": "citacion",
    "convenio": "convenio",
    "contrato": "contrato",
    "comunicado": "comunicado",
    "circular": "circular",
    "dictamen": "dictamen",
    "hoja de envio": "hoja_de_envio",
    "hoja de ruta": "hoja_de_envio",
    "requerimiento": "requerimiento",
    "orden de servicio": "orden_de_servicio",
    "orden de compra": "orden_de_compra",
    "nota de pedido": "requerimiento",
    "proveido": "proveido",
    "ayuda memoria": "ayuda_memoria",
    "esquela": "citacion",
    "invitacion": "invitacion",
}
_HEADINGS = "|".join(sorted(_TYPES, key=len, reverse=True))
_HEADING = re.compile(rf"^[\W_]{{0,6}}(?P<heading>{_HEADINGS})\b(?P<rest>[^\n]{{0,160}})$", re.MULTILINE)

# N.º, N°, Nº, Nro., N.?, No. and a number with its year; OCR reads 0 as O and 1 as l.
_SIGN = r"(?:n\s?[.,]?\s?[o°º?*\"'”]{0,2}|nro\.?|num\.?|numero)"
_YEAR = r"(?:19|20)\d\d"
_NUMBER = re.compile(
    rf"{_SIGN}\s{{0,3}}[:.]?\s{{0,3}}(?P<digits>[\dol]{{1,7}})(?:\s?[-–—/]\s?(?P<year>{_YEAR}|\d\d)(?!\d))?"
    r"(?P<unit>(?:\s?[-–—/.]\s?[a-z][\w.]{0,20}){0,8})"
)
_MISREAD = str.maketrans("ol", "01")

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "enero ene",
            "febrero feb",
            "marzo mar",
            "abril abr",
            "mayo may",
            "junio jun",
            "julio jul",
            "agosto ago",
            "setiembre septiembre set sep",
            "octubre oct",
            "noviembre nov",
            "diciembre dic",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_WRITTEN_DATE = re.compile(rf"\b(?P<day>[\dol]{{1,2}})\s(?:de\s|del?\s)?(?P<month>{_MONTH})\.?,?\s(?:del?\s)?(?P<year>{_YEAR})\b")
_NUMERIC_DATE = re.compile(rf"\b(?P<day>\d{{1,2}})\s?[/.-]\s?(?P<month>\d{{1,2}})\s?[/.-]\s?(?P<year>{_YEAR})\b")

_SUBJECT = re.compile(
    r"^[\W_]{0,4}(?:asunto|sumilla|motivo|ref(?:erencia)? asunto)\s{0,12}[:;.-]{0,3}\s{0,12}(?P<first>[^\n]{3,})$", re.MULTILINE
)
_SUMILLA = re.compile(r"^[\W_]{0,4}sumilla\b", re.MULTILINE)
_SOLICITS = re.compile(r"^[\W_]{0,4}solicit[oa]\s{0,3}:?\s{0,3}(?P<first>[^\n]{3,})$", re.MULTILINE)
# The next label, an address or a blank line ends a subject that runs over lines.
_LABEL = re.compile(
    r"^\s*(?:$|[\W_]{0,3}(?:ref(?:erencia)?|fecha|de|a|para|atencion|asunto|lugar|anexo|exp(?:ediente)?|visto|senor|se[nñ]or(?:a|es)?)\b\s{0,12}[.:;])"
)
_OPENING = re.compile(
    r"^\s*(?:de mi|tengo el|es grato|me dirijo|mediante|por (?:el|medio)|yo,?\s|senor|estimad|previo|con especial|visto)"
)

_UGEL = re.compile(r"\bugel\s?[.\-]?\s?(?:n\s?[.]?[o°º]?\s?)?(?P<number>[\do]?\d)\b")
_OFFICES = (
    (re.compile(r"\bdireccion regional de educacion de (?P<place>[a-zñ]+(?: metropolitana)?)\b"), "DRE {place}"),
    (re.compile(r"\bunidad de gestion educativa local (?:de |n[.]?[o°º]? ?)?(?P<place>[a-zñ]+|\d{1,2})\b"), "UGEL {place}"),
    (re.compile(r"\bugel\s?[.\-]?\s?(?P<place>[a-zñ]{4,})\b"), "UGEL {place}"),
    (re.compile(r"\bdrelm\b"), "DRE Lima Metropolitana"),
    (re.compile(r"\bdre\b"), "DRE"),
    (re.compile(r"\bministerio de educacion\b"), "MINEDU"),
    (re.compile(r"\bminedu\b"), "MINEDU"),
    (re.compile(r"\bmunicipalidad (?P<kind>distrital|provincial) de (?P<place>[a-zñ]+)\b"), "Municipalidad {kind} de {place}"),
)
_SCHOOL = re.compile(r"\b(?:i\.?\s?e\.?|institucion educativa)\s(?:n\s?[.]?[o°º]?\s?)?(?P<number>\d{2,6})\b")


class OfficeRules:
    """Implements `ports.Describer` without any service."""

    recipe = "office-rules:1"
    costs = False

    def describe(self, text: str, filename: str) -> Description:
        """The description of a document; empty where the text does not say."""
        head = _head(text)
        plain = _plain(head)
        kind, number, unit = _identity(plain)
        subject = _subject(head, plain)
        return Description(
            document_type=kind,
            number=number,
            office=_office(unit, plain),
            subject=subject,
            issued_on=_issued_on(plain),
            title=_title(head, plain, number, subject, filename),
            recipe=self.recipe,
        )


def _head(text: str) -> str:
    lines = text[:_HEAD].replace("\f", "\n").split("\n")
    return "\n".join(line[:_LONGEST_LINE].rstrip() for line in lines)


def _plain(text: str) -> str:
    """Lower case without accents, character by character, so that offsets stay; ñ becomes n."""
    return "".join(_plain_character(character) for character in text)


def _plain_character(character: str) -> str:
    lower = character.lower()
    return _PLAIN.get(lower, lower if len(lower) == 1 else character)


def _base(character: str) -> str:
    return unicodedata.normalize("NFD", character)[0]


_PLAIN = {character: _base(character) for character in "áàäâãéèëêíìïîóòöôõúùüûñç"} | {"\u00a0": " ", "\t": " "}


def _identity(plain: str) -> tuple[str, str, str]:
    """Type, number and the unit behind the number, from the first heading that has a number, else the first."""
    first = ""
    for heading in _HEADING.finditer(plain):
        kind = _TYPES[heading["heading"]]
        if kind == "solicitud" and heading["heading"] == "solicito" and first:
            continue
        # A heading may go on in the next line: RESOLUCIÓN DIRECTORAL / N.º 0456-2025
        below = plain[heading.end() : heading.end() + 120].lstrip()
        found = _NUMBER.search(heading["rest"]) or _NUMBER.match(below)
        if found and found["digits"].strip("ol"):
            return kind, _number(found), found["unit"]
        if not _is_heading(heading["rest"]):
            continue
        first = first or kind
    # Peruvian requests begin with a sumilla and have no heading.
    return first or ("solicitud" if _SUMILLA.search(plain) else ""), "", ""


def _is_heading(rest: str) -> bool:
    """Whether a line that begins with a type's word is a title and no sentence."""
    return len(rest.split()) <= 8 and not rest.rstrip().endswith((",", ";"))


def _number(found: re.Match[str]) -> str:
    digits = found["digits"].translate(_MISREAD)
    year = found["year"] or ""
    return f"{digits}-{year}" if year else digits


def _office(unit: str, plain: str) -> str:
    """The issuing office: from the letters behind the number, else from the letterhead."""
    for place in (unit, plain[:1500]):
        if found := _UGEL.search(place):
            return f"UGEL {int(found['number'].translate(_MISREAD)):02d}"
        for pattern, name in _OFFICES:
            if found := pattern.search(place):
                return name.format(**{key: value.title() for key, value in found.groupdict().items()})
        if found := _SCHOOL.search(place):
            return f"I.E. {found['number']}"
    return ""


def _issued_on(plain: str) -> date | None:
    """The first date that exists, written out before in figures: the former stands beside the place of issue."""
    for pattern in (_WRITTEN_DATE, _NUMERIC_DATE):
        for found in pattern.finditer(plain):
            month = _MONTHS.get(found["month"]) or (int(found["month"]) if found["month"].isdigit() else 0)
            try:
                return date(int(found["year"]), month, int(found["day"].translate(_MISREAD)))
            except ValueError:
                continue
    return None


def _subject(head: str, plain: str) -> str:
    """The line after ASUNTO or SUMILLA with the lines it runs on to, else what is asked for."""
    found = _SUBJECT.search(plain) or _SOLICITS.search(plain)
    if found is None:
        return ""
    lines = [head[found.start("first") : found.end("first")]]
    for line in head[found.end() + 1 :].split("\n")[:4]:
        known = _plain(line)
        if any(pattern.search(known) for pattern in (_LABEL, _OPENING, _HEADING, _WRITTEN_DATE, _NUMERIC_DATE)):
            break
        lines.append(line)
    return " ".join(" ".join(lines).split()).strip(" .:;-")[:_LONGEST_SUBJECT]


def _title(head: str, plain: str, number: str, subject: str, filename: str) -> str:
    """The heading as written and the subject; else the first line of words, else the file's name."""
    for heading in _HEADING.finditer(plain):
        line = head[heading.start() : heading.end()].strip(" \t*-–—.:")
        if _is_heading(heading["rest"]) or any(character.isdigit() for character in line):
            words = " ".join(line.split())
            if number and not any(character.isdigit() for character in words):
                words = f"{words} N.º {number}"  # it stands in the next line
            return (f"{words} – {subject}" if subject and subject not in words else words)[:200]
    if subject:
        return subject[:200]
    stem = filename.rpartition(".")[0] or filename
    first = next((line.strip() for line in head.split("\n") if len(re.findall(r"[^\W\d_]{3,}", line)) >= 2), "")
    return (first or stem)[:200]
