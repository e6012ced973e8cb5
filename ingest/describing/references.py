"""The references in a letter's text: which numbers mean other documents, and which of them it answers.

Numbers are looked for first and the kind's word before each, as far as an office writes it ("OFICIO MÚLTIPLE N.º"); so the time
taken grows with the text alone. What OCR makes of either is allowed for: `0FlCIO N* O45-2O25`.
"""

import re
from bisect import bisect_right
from typing import NamedTuple

from ingest.describing.lines import plain as plain_of
from ingest.describing.reply_words import known_by_variants, meant, reference_lines, replies
from ingest.domain.pages import CleanText
from ingest.domain.references import Reference

MOST = 500  # references of a document; a register of thousands of letters answers none of them
_MOST_WORDS = 240  # characters of evidence

# As `ingest.domain.numbers` names them.
_KINDS = {
    spelling: spellings.split()[0]
    for spellings in (
        "oficio oficios ofic ofi of",
        "resolucion resoluciones resol res rd rdr rm rvm rde rsg",
        "memorando memorandum memorandums memorandos memoranda memo mem",
        "informe informes inf",
        "expediente expedientes exp expte expdte",
        "directiva directivas",
        "decreto ds",
        "carta cartas",
        "solicitud solicitudes",
        "circular",
        "acta actas",
        "constancia",
        "certificado",
        "contrato",
        "hoja",
    )
    for spelling in spellings.split()
}
_KNOWN_KINDS = known_by_variants(list(_KINDS))
_SEVERAL = known_by_variants(["multiple", "multiples", "circular"])
# Numbers of these are numbers of no document.
_NO_DOCUMENTS = frozenset(
    [
        "ley",
        "leyes",
        "articulo",
        "art",
        "dni",
        "ruc",
        "cuenta",
        "cta",
        "codigo",
        "telefono",
        "telef",
        "tel",
        "celular",
        "cel",
        "anexo",
        "folio",
        "folios",
        "lote",
        "item",
        "ie",
        "iei",
        "iep",
        "institucion",
        "colegio",
        "cas",
        "convocatoria",
        "licitacion",
        "concurso",
        "adjudicacion",
        "meta",
        "registro",
        "suministro",
        "av",
        "jr",
        "calle",
        "pagina",
        "pag",
        "cap",
        "inciso",
        "siaf",
        "cci",
        "placa",
        "partida",
        "orden",
        "factura",
        "boleta",
        "recibo",
        "rnssc",
    ]
)
_BIT = r"[0-9a-zñ|]{1,20}"
_JOIN = r"(?: ?\n?[-–—_~] ?\n?|[./])"
_SIGN = r"(?:n ?[.,]? ?[º°o0*?'\"”^]{1,3}\.?|nros?\.?|num\.?|numero|n\.)"
_WRITTEN = re.compile(
    rf"(?<![a-z0-9ñ])(?P<sign>{_SIGN}[ \n]{{0,2}}[:.]? ?)?(?<![0-9][.,/-])"
    rf"(?P<run>(?:[a-z]{{2,5}}(?=20\d\d-))?[0-9oil|sbz]{{1,8}}(?![0-9a-zñ|])(?:{_JOIN}{_BIT}){{0,9}})"
    r"(?P<said>(?: de(?:l| el)?)?(?: ano)? (?P<year>(?:19|20|2o)[\doil]{2})(?![\w]))?"
)
_SPLIT = re.compile(rf"({_JOIN})")
_MISREAD = str.maketrans("oil|sbz", "0111582")
_YEAR = re.compile(r"(?:19|20)\d\d")
_PARTS = re.compile(r"[a-z]+|\d+")
_WORD = re.compile(r"[a-z0-9|]{2,}")
_INITIALS = re.compile(r"\b(?:[a-z]\. ?){2,4}")
_KIND_REACH = 80  # characters from a kind's word to its number: RESOLUCIÓN DIRECTORAL REGIONAL SECTORIAL
_KIND_WORDS = 7
_SENTENCE_END = re.compile(r"[a-z]{4,}\. ?\n? ?[a-z]|[;:!]|\n\n|\f")
# Between two references that a list joins.
_LISTED = re.compile(
    r"(?:[\s,;()./-]|\b(?:y|e|o|u|el|la|los|las|del?|al?|fecha|con|asi|como|tambien|[a-h1-9]|dia|\d{1,4}|ambos|n[º°]?"
    r"|enero|febrero|marzo|abril|mayo|junio|julio|agosto|setiembre|septiembre|octubre|noviembre|diciembre)\b)*"
)
_LONGEST_LIST_GAP = 70


class _Number(NamedTuple):
    number: str
    year: str
    unit: tuple[str, ...]
    signed: bool
    end: int


class _Found(NamedTuple):
    reference: Reference
    start: int
    end: int


def references(clean: CleanText) -> list[Reference]:
    """What the text refers to, each once, in order, the document's own number too; the first 500."""
    plain = plain_of(clean.text)
    blocks = reference_lines(plain)
    kept: dict[tuple[object, ...], Reference] = {}
    before: _Found | None = None
    for found in _WRITTEN.finditer(plain):
        before = _read(clean, plain, found, before, blocks) or before
        if before is None or before.end != _end(found):
            continue
        read = before.reference
        same = (read.kind, read.several, read.number, read.year, read.unit)
        if same not in kept and len(kept) == MOST:
            break
        if same not in kept or (read.answers and not kept[same].answers):
            kept[same] = read
    return list(kept.values())


def _end(found: re.Match[str]) -> int:
    return found.end("said") if found["said"] else found.end("run")


def _read(
    clean: CleanText, plain: str, found: re.Match[str], before: _Found | None, blocks: list[tuple[int, int]]
) -> _Found | None:
    number = _number(clean.text, found)
    if number is None:
        return None
    back = max(before.end if before else 0, found.start() - _KIND_REACH)
    kind, several, start = _kind(plain, back, found.start())
    listed = bool(before) and _is_listed(plain, before.end if before else 0, start)
    if not kind and kind is not None and listed and before and before.reference.kind and (number.signed or number.year):
        kind, several = before.reference.kind, before.reference.several
    if kind is None or not _is_document(found, number, kind, start):
        return None
    place = bisect_right(blocks, (start, len(plain))) - 1
    in_block = place >= 0 and blocks[place][0] <= start < blocks[place][1]
    formula = replies(plain, before.end if before else 0, start)
    answers = in_block or formula is not None or (listed and before is not None and before.reference.answers)
    words = _evidence(clean.text, start if formula is None else formula, number.end)
    page = clean.page_at(found.start("run"))
    read = Reference(kind, several, number.number, number.year, number.unit, answers, page, words)
    return _Found(read, start, _end(found))


def _evidence(text: str, start: int, end: int) -> str:
    return " ".join(text[max(start, end - _MOST_WORDS) : end].split())


def _number(text: str, found: re.Match[str]) -> _Number | None:
    """The number, its year and its unit; None for dates, amounts and single figures."""
    pieces = _SPLIT.split(found["run"])
    tokens, joins = pieces[0::2], pieces[1::2]
    sign = bool(found["sign"])
    if not any(map(str.isdigit, tokens[0])):
        return None
    tokens, cut = _kept(text[slice(*found.span("run"))], tokens, joins)
    end = found.start("run") + cut
    prefix = "".join(letter for letter in tokens[0] if letter.isalpha()) if tokens[0][:2].isalpha() else ""
    first = tokens[0].removeprefix(prefix).translate(_MISREAD)
    rest = [_figures(token) for token in tokens[1:]]
    if not first.isdigit():
        return None
    if _YEAR.fullmatch(first) and not any(_YEAR.fullmatch(token) for token in rest):
        last = next((token for token in reversed(rest) if token.isdigit() and len(token) >= 3), "")
        if last:  # 2025-00123, MPT2025-EXT-00123
            return _Number(last.lstrip("0") or last, first, (), sign, end)
    number = first.lstrip("0")
    if not number or len(number) > 7 or _is_date_or_amount(first, rest, joins):
        return None
    year, rest = _year(rest)
    if not year and found["said"]:
        year, end = (found["year"] or "").translate(_MISREAD), found.end("said")
    unit = tuple(part.lstrip("0") or part for token in rest if token != year for part in _PARTS.findall(token))
    return _Number(number, year, unit[:12], sign, end)


def _is_date_or_amount(first: str, rest: list[str], joins: list[str]) -> bool:
    """Whether figures that come first are those of a year (2025-UGEL), a day (12-03-2025) or an amount (1.234)."""
    if not rest or _YEAR.fullmatch(rest[0]):
        return False
    if not rest[0].isdigit():
        return bool(_YEAR.fullmatch(first)) and not any(_YEAR.fullmatch(token) for token in rest)
    if len(rest) > 1 and rest[1].isdigit():
        return True
    return not (len(rest[0]) == 2 and joins[0].strip() in "-–—/")


def _year(rest: list[str]) -> tuple[str, list[str]]:
    """The year among what follows the number, and what follows without a year of two figures; "" for none."""
    year = next((token for token in rest if _YEAR.fullmatch(token)), "")
    if year or not rest or not rest[0].isdigit():
        return year, rest
    return f"20{rest[0]}" if rest[0] < "60" else f"19{rest[0]}", rest[1:]


def _kept(written: str, tokens: list[str], joins: list[str]) -> tuple[list[str], int]:
    """The tokens as far as they belong to the number, and where it ends: behind a full stop or a dash a sentence may go on."""
    end = len(tokens[0])
    for place, join in enumerate(joins, start=1):
        token = tokens[place]
        as_written = written[end + len(join) : end + len(join) + len(token)]
        spaced = join != join.strip() or join == "."
        if spaced and not (as_written.isupper() or any(map(str.isdigit, token))):
            return tokens[:place], end
        end += len(join) + len(token)
    return tokens, end


def _figures(token: str) -> str:
    """The token with misread figures put right, where it is made of figures."""
    figures = token.translate(_MISREAD)
    digits = sum(map(str.isdigit, token))
    return figures if figures.isdigit() and digits and digits * 2 >= len(token) else token


def _kind(plain: str, start: int, end: int) -> tuple[str | None, bool, int]:
    """The kind's word nearest before a number, whether it goes to several, and where its words begin.

    "" where there is none, None where the number is one of no document.
    """
    breaks = [found.end() - 1 for found in _SENTENCE_END.finditer(plain, start, end)]
    start = breaks[-1] if breaks else start
    window = _INITIALS.sub(lambda found: found[0].replace(".", "").replace(" ", "").ljust(len(found[0])), plain[start:end])
    words = list(_WORD.finditer(window))[-_KIND_WORDS:]
    several, several_at = False, end
    for word in reversed(words):
        if word[0] in _NO_DOCUMENTS:
            return None, False, end
        if meant(word[0], _SEVERAL):
            several, several_at = True, start + word.start()
        elif spelling := meant(word[0], _KNOWN_KINDS):
            return _KINDS[spelling], several, start + word.start()
    if several:
        return ("circular" if meant(plain[several_at : several_at + 8], {"circular": "circular"}) else ""), True, several_at
    return "", False, end


def _is_document(found: re.Match[str], number: _Number, kind: str, start: int) -> bool:
    """Whether a number with this kind, or without one, is that of a document."""
    short = "-" in found["run"][:12] and not re.search(r"(?:19|20|2o)[\doil]{2}", found["run"])
    if number.year and not kind:
        named = any(map(str.isalpha, number.unit))
        return not short and (number.signed or (named and bool(re.match(r"[0-9oil|]+ ?[-–—]", found["run"]))))
    if number.year:
        return True
    gap = found.start() - start
    return bool(kind) and number.signed and gap < 45 and (len(number.number) >= 2 or kind != "hoja")


def _is_listed(plain: str, end: int, start: int) -> bool:
    return start - end <= _LONGEST_LIST_GAP and bool(_LISTED.fullmatch(plain, end, max(end, start)))
