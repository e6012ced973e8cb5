"""Names of people as letters write them: with degrees, in capitals, with a post behind; as one proper name."""

import re
from collections.abc import Iterator, Sequence

from ingest.describing.lines import plain
from ingest.domain.descriptions import Found

_LONGEST = 80  # characters of a name
# A letter that leans over the next one is read apart from it: Y auri.
_WORD = re.compile(r"(?:[TVWY] (?=[a-záéíóúñ]{3}))?[^\W\d_](?:[^\W_]|['’.-](?=[^\W_]))*\.?")
_SMALL = frozenset(("de", "del", "la", "las", "los", "y", "e", "da", "do", "di", "van", "von"))
# Degrees and forms of address, which are no part of a name.
_DEGREES_LIST = (
    "abg abog arq bach bch br cpc cpcc don dona dr dra drs eco econ ing lic lcda licenciado licenciada magister med mag mg "
    "mgtr ms msc mtra mtro obst phd prof profa profesor profesora psic q qf sr sra srta senor senora senorita sres tap tec"
)
_DEGREES = frozenset(_DEGREES_LIST.split())
# What a post, an office or a formula begins with or holds: a line with one of these is no name.
_NO_NAMES_LIST = (
    "abogado acta administracion administrador administrativo alcalde alcaldesa analista area archivo asesor asesora "
    "asesoria asistente asunto atentamente atencion auxiliar auxiliares carta central cas ciudad colegio comision comite "
    "comunicado consejo contador contadora coordinador coordinadora copia cordialmente decano departamento despacho "
    "digitalmente direccion director directora directores distrital docente docentes documento educacion educativa "
    "educativas educativo ejecutiva ejecutivo encargada encargado equipo escuela especialista estado estudiantes expediente "
    "fecha finanzas firma firmado folios general gerencia gerente gestion gobierno institucion institucional instituciones "
    "instituto jefa jefatura jefe jurisdiccion legal local logistica memorando mesa minedu ministerio ministro "
    "municipalidad nacional nombramiento oficina oficio organo padres partes pedagogica pedagogico personal peru "
    "planeamiento presente presidenta presidente presupuesto privada proveido provincial publica publicas publico "
    "recibido recursos humanos red referencia region regional regidor remite representante republica resolucion responsable "
    "sala secretaria secretario sector senores servicio servicios sistema sociedad subgerencia subdirector subdirectora "
    "tecnica tecnico telefono tesorera tesorero tramite ugel unidad usuario viceministerio articulo considerando resuelve "
    "registrese comuniquese adjunto anexo asimismo conclusiones antecedentes analisis recomendaciones conformidad "
    "cumplimiento gracias sin otro particular constancia certificado contrato convenio formulario hoja solicitud "
    "requerimiento trabajo ayuda memoria memorandum circular multiple ano decenio bicentenario lunes martes miercoles "
    "jueves viernes sabado domingo "
    "hora av avenida jr jiron ley decreto oficial directiva informe"
)
_NO_NAMES = frozenset((*_NO_NAMES_LIST.split(), "ii", "iii", "iv", "datos", "solicitante", "dependencia", "autoridad"))
_ENDS = re.compile(r"[,;:|/(]|\s[-–—]\s|\.\s*$|\s{3,}")
_FIGURES = str.maketrans("01|5", "OIIS")  # that OCR takes for letters of a name in capitals


def person(text: str, start: int, end: int) -> Found | None:
    """The person's name that stands at the beginning of `text[start:end]`, as names are written; None where there is none.

    Two to seven words, with capitals all; degrees before it and a post behind it are left out.
    """
    window = text[start : min(end, start + _LONGEST + 40)]
    at = _after_degrees(window)
    stop = _ENDS.search(window, at + 1)
    words = list(_words(window, at, stop.start() if stop else len(window)))
    while words and plain(words[-1][0]).strip(".") in _SMALL | _DEGREES:
        words.pop()
    if not _is_name([word for word, _ in words]):
        return None
    first, last = words[0][1], words[-1][1] + len(words[-1][0])
    return Found(proper([word for word, _ in words]), start + first, start + last)


def _after_degrees(window: str) -> int:
    """Where a name may begin: behind specks, degrees and forms of address."""
    at = len(window) - len(window.lstrip(" \t\n.:;|*~_-–—'\"“”()"))
    while (found := _WORD.match(window, at)) and plain(found[0]).strip(".") in _DEGREES:
        at = found.end()
        at += len(window[at:]) - len(
            window[at:].lstrip(" .:()/aA") if window[at : at + 3] == "(a)" else window[at:].lstrip(" .:")
        )
    return at


def _words(window: str, start: int, end: int) -> Iterator[tuple[str, int]]:
    """The words from `start` on, as long as nothing but spaces parts them and figures are none."""
    at = start
    while found := _WORD.match(window, at, end):
        yield found[0], found.start()
        gap = re.compile(r"[ \t]{0,2}").match(window, found.end(), end)
        at = gap.end() if gap else found.end()
        if at == found.end():
            return


def _is_name(words: Sequence[str]) -> bool:
    """Whether these words are a person's name by their shape."""
    large = [word for word in words if plain(word) not in _SMALL]
    if not (2 <= len(large) <= 6 and len(words) <= 8 and sum(map(len, words)) <= _LONGEST):
        return False
    if not all(word[0].isupper() for word in large) or plain(words[0]) in _SMALL:
        return False
    if any(plain(word).strip(".") in _NO_NAMES or sum(map(str.isdigit, word)) > 1 for word in large):
        return False
    if any("." in word[:-1] for word in large):
        return False  # I.E.P.
    whole = [word for word in large if len(word.strip(".")) >= 3]
    return len(whole) >= 2 and sum(word.endswith(".") for word in large) <= 1


def proper(words: Sequence[str]) -> str:
    """The words of a name as names are written: `ÁNGELA DEL ÁGUILA` → `Ángela del Águila`."""
    return " ".join(_proper(word, first=place == 0) for place, word in enumerate(words))


def _proper(word: str, *, first: bool) -> str:
    bare = word.replace(" ", "").rstrip(".") if len(word) > 3 else word
    if sum(map(str.isupper, bare)) > 1:
        bare = bare.translate(_FIGURES)
        bare = "-".join(part[:1] + part[1:].lower() for part in bare.split("-"))
    return bare.lower() if plain(bare) in _SMALL and not first else bare


def surnames_first(text: str, start: int, end: int) -> Found | None:
    """The name in a digital signature, `QUISPE MAMANI Rosa`, with the surnames last; None where there is none."""
    found = person(text, start, end)
    if found is None:
        return None
    words = text[found.start : found.end].split()
    surnames = [word for word in words if word.isupper() and len(word) > 1]
    given = [word for word in words if word not in surnames]
    return found._replace(value=proper([*given, *surnames])) if given and surnames else found
