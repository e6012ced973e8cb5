"""Which office issued a letter: from the letters behind its number, its letterhead or its sender, never its addressee."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from ingest.describing.labels import Part
from ingest.describing.lines import Line, plain

_LETTERHEAD = 12  # lines at most above the heading
_LONGEST = 80  # characters of a name
_LONGEST_SHORT = 4  # letters of a place that is abbreviated: UGEL-HGA
_LONGEST_SPEECH = 150  # characters of a line in which its office is named
_MISREAD = str.maketrans("ol", "01")

_NUMBER = r"(?:n(?:ro)?\s?\.?\s?[o°º?*\"'”]{0,2}\s?)?"
_PLACE = r"[\"“']?(?P<place>[a-zñ]+(?: [a-zñ]+){0,5})"
# The narrowest office first: a school's letterhead names its UGEL and the ministry too.
_OFFICES = (
    (
        re.compile(rf"\b(?:i\.? ?e\.?(?: ?[ip]\.?)?|institucion educativa(?: [a-z]{{5,8}})?) ?{_NUMBER}(?P<number>\d{{2,7}})\b"),
        "I.E. {number}",
    ),
    (re.compile(rf"\b(?:i\.e\.(?: ?[ip]\.)?|institucion educativa(?: (?:inicial|privada|publica))?) {_PLACE}"), "I.E. {place}"),
    (re.compile(rf"\bu\.?g\.?e\.?l\.?\s?[.\-]?\s?{_NUMBER}(?P<two>[\do]?\d)\b"), "UGEL {two}"),
    (re.compile(rf"\bunidad de gestion educativa local {_NUMBER}(?P<two>[\do]?\d)\b"), "UGEL {two}"),
    (re.compile(rf"\b(?:unidad de gestion educativa local|u\.?g\.?e\.?l\.?)\s?[.\-]?\s?(?:de )?{_PLACE}"), "UGEL {place}"),
    (re.compile(r"\bdrelm\b"), "DRE Lima Metropolitana"),
    (re.compile(rf"\b(?:direccion regional de educacion|dre)[ -](?:de )?{_PLACE}"), "DRE {place}"),
    (re.compile(rf"\bgerencia regional de educacion (?:de )?{_PLACE}"), "GRE {place}"),
    (re.compile(r"\bdre\b"), "DRE"),
    (re.compile(rf"\bmunicipalidad (?P<kind>distrital|provincial) de {_PLACE}"), "Municipalidad {kind} de {place}"),
    (re.compile(rf"\bgobierno regional (?:de )?{_PLACE}"), "Gobierno Regional de {place}"),
    (re.compile(r"\b(?:minedu|ministerio de educacion)\b"), "MINEDU"),
)
# The areas of a UGEL by the letters that its numbers end in (Manual de Operaciones, UGEL of Lima Metropolitana).
_AREAS = {
    "aaj": "Área de Asesoría Jurídica",
    "adm": "Área de Administración",
    "aga": "Área de Gestión Administrativa",
    "agebatp": "Área de Gestión de la Educación Básica Alternativa y Técnico-Productiva",
    "agebre": "Área de Gestión de la Educación Básica Regular y Especial",
    "agi": "Área de Gestión Institucional",
    "agp": "Área de Gestión Pedagógica",
    "app": "Área de Planificación y Presupuesto",
    "arh": "Área de Recursos Humanos",
    "asgese": "Área de Supervisión y Gestión del Servicio Educativo",
    "dir": "Dirección",
    "oci": "Órgano de Control Institucional",
    "rrhh": "Área de Recursos Humanos",
}
_AREA = re.compile(
    r"[\W_]{0,3}(?P<area>(?:area|direccion|oficina|jefatura|sub ?direccion) (?:general )?del? [a-z ,]{3,60})[\W_]{0,3}"
)
# "La directora de la I.E. 0150 hace constar": who speaks comes first, and with an article; an addressee without.
_SPEAKER = re.compile(
    r"[\W_]{0,3}(?:el|la|los|las) (?:que suscribe,? |suscrit[oa],? )?(?:sub ?)?(?:director|jef[ea]|coordinador|presidente|comite|equipo)"
)
_SMALL_WORDS = frozenset(("de", "del", "la", "las", "el", "los", "y", "e"))
_NO_PLACE = frozenset(("area", "oficina", "direccion", "jefatura", "unidad", "sede", "mesa"))


@dataclass(frozen=True, slots=True)
class _Passage:
    """Where to look for a name: in `text` from `start` on; `plain` is the same in plain letters."""

    text: str
    plain: str
    start: int = 0


def issuer(unit: str, lines: Sequence[Line], heading: int | None) -> str:
    """The issuing office, or "".

    `unit` is what stands behind the document's number (`-MINEDU/UGEL.05-AGP`), `heading` the place in `lines` of the
    line that names the document.
    """
    top = [place for place, line in enumerate(lines) if line.part is Part.TOP]
    end = 3 if heading is None else min(heading + 1, _LETTERHEAD)
    letterhead = [lines[place] for place in top if place < end]
    below = [lines[place] for place in top if place >= end]
    speakers = [line for line in below if _SPEAKER.match(line.plain)]
    sender = [line for line in lines if line.part is Part.SENDER]
    in_unit = list(_institutions([_Passage(unit, plain(unit))]))
    short = [name for name in in_unit if len(name.rpartition(" ")[2]) <= _LONGEST_SHORT and name[-1].isalpha()]
    names = chain(
        (name for name in in_unit if name not in short),
        _institutions(_passages(letterhead)),
        short,
        _institutions(_passages(sender)),
        _institutions(_passages(speakers)),
        _institutions(_passages(below), at_once=True),
        _areas(unit, letterhead),
    )
    return next(names, "")[:_LONGEST]


def _institutions(passages: Sequence[_Passage], *, at_once: bool = False) -> Iterator[str]:
    """The offices named, the narrowest first; `at_once` says that the name must stand where the search begins."""
    for pattern, form in _OFFICES:
        for passage in passages:
            look = pattern.match if at_once else pattern.search
            if (found := look(passage.plain, passage.start)) and (name := _name(found, form, passage.text)):
                yield name


def _name(found: re.Match[str], form: str, text: str) -> str:
    """The name in its usual form; "" where the words behind it are no name."""
    values = {group: _proper(text[slice(*found.span(group))]) for group in found.re.groupindex}
    if "two" in values:
        values["two"] = f"{int(found['two'].translate(_MISREAD)):02d}"
    return form.format(**values) if all(values.values()) else ""


def _proper(words: str) -> str:
    """The words that make a name, as names are written: `SAN MARTÍN DE PORRES` → `San Martín de Porres`."""
    named: list[str] = []
    for word in words.split():
        small = word.lower() in _SMALL_WORDS
        if plain(word) in _NO_PLACE or not (small or word[0].isupper() or word[0].isdigit()):
            break
        named.append(word.lower() if small and named else word.capitalize())
    while named and named[-1].lower() in _SMALL_WORDS:
        named.pop()
    return " ".join(named) if plain(" ".join(named)) != "n" else ""  # the N of N.º


def _passages(lines: Sequence[Line]) -> list[_Passage]:
    return [_Passage(line.text[:_LONGEST_SPEECH], line.plain[:_LONGEST_SPEECH], line.value) for line in lines]


def _areas(unit: str, letterhead: Sequence[Line]) -> Iterator[str]:
    for part in re.findall("[a-z]+", plain(unit)):
        if part in _AREAS:
            yield _AREAS[part]
    for line in letterhead:
        if found := _AREA.fullmatch(line.plain):
            yield _written(line.text[slice(*found.span("area"))])


def _written(words: str) -> str:
    """An area's name in small and capital letters: `ÁREA DE GESTIÓN` → `Área de Gestión`."""
    return " ".join(word.lower() if word.lower() in _SMALL_WORDS else word.capitalize() for word in words.split())
