"""Letters of offices that cite each other, with the truth of who cites whom: made without any rule of those that read them.

The ways of writing are those of letters published by Peruvian offices; the noise is what Tesseract makes of scans at 150 to 200 dpi.
"""

import random
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field

TITLES = {
    "oficio": ["OFICIO", "OFICIO", "Oficio", "OFICIO MÚLTIPLE"],
    "informe": ["INFORME", "Informe", "INFORME TÉCNICO", "INFORME LEGAL"],
    "memorando": ["MEMORÁNDUM", "MEMORANDO", "Memorando", "MEMORANDO MÚLTIPLE"],
    "resolucion": ["RESOLUCIÓN DIRECTORAL", "Resolución Directoral", "RESOLUCIÓN DIRECTORAL REGIONAL", "RESOLUCIÓN JEFATURAL"],
    "carta": ["CARTA", "Carta"],
}
CALLED = {
    "oficio": ["Oficio", "OFICIO", "oficio", "Of."],
    "informe": ["Informe", "INFORME", "Inf."],
    "memorando": ["Memorándum", "MEMORANDO", "Memo"],
    "resolucion": ["Resolución Directoral", "RESOLUCIÓN DIRECTORAL", "R.D.", "RD"],
    "carta": ["Carta", "CARTA"],
}
UNITS = ["UGEL.05-AGP", "UGEL 05/AGI", "DRELM-OPP", "UGEL-HUAMANGA-DIR", "MINEDU/VMGP-DIGEBR", "GRE-AREQUIPA-OA", "UGEL.03-RRHH"]
SIGNS = ["N.º", "N°", "Nº", "Nro.", "N.°", "N°."]
ANSWERING = [
    "Me dirijo a usted en atención al {0}, mediante el cual solicita información sobre el mantenimiento del local.",
    "En respuesta a su {0}, le informo que el expediente fue derivado al área que corresponde.",
    "Tengo el agrado de dirigirme a usted, en atención a lo solicitado mediante {0}, y remitir lo requerido.",
    "Es grato saludarlo y dar respuesta al {0}, sobre la contratación de personal docente.",
    "Con relación al {0}, cumplo con absolver las consultas formuladas por su despacho.",
    "Acuso recibo del {0} y, al respecto, señalo lo siguiente.",
]
LABELLED = ["REFERENCIA : {0}", "Referencia: {0}", "REF.: {0}", "Ref. : a) {0}", "REFERENCIA    :   {0}"]
MENTIONING = [
    "Cabe precisar que con {0} se aprobó la relación de plazas vacantes del presente año.",
    "Asimismo, se remite copia del {0} para su conocimiento y fines.",
    "Que, mediante {0}, la oficina de administración dispuso la entrega de los materiales.",
    "Se adjunta el {0}, que sustenta lo indicado en los párrafos que preceden.",
    "Lo anterior se encuentra regulado por {0}, vigente a la fecha.",
    "Visto el {0} y demás documentos que se acompañan.",
]
# Numbers that mean no letter.
TRAPS = [
    "De conformidad con la Ley N.º 28044, Ley General de Educación, y el artículo 12 de su reglamento.",
    "El monto asciende a S/ 1,250.00, según la factura N.º 001-004512.",
    "El docente, identificado con DNI N.º 4567{0:04d}, labora en la I.E. N.º {1} del distrito.",
    "La reunión se realizó el 12-03-2025 a horas 10:30, en el auditorio.",
    "Comuníquese al teléfono 01-4567{0:04d} o al anexo {1}.",
    "Se cuenta con 25 folios y 3 anexos, del período 2024-2025.",
    "El proveedor, con RUC N.º 2045678{0:04d}, cumplió con la entrega dentro del plazo de 15 días.",
]
FILLER = [
    "Se pone en su conocimiento que las instituciones educativas vienen desarrollando sus actividades con normalidad.",
    "Los directores deberán presentar la información solicitada en la mesa de partes, dentro del plazo establecido.",
    "Sin otro particular, hago propicia la oportunidad para expresarle las muestras de mi especial consideración.",
    "El equipo de especialistas realizó la visita de monitoreo y acompañamiento a las aulas.",
    "Se recomienda continuar con el trámite, por encontrarse conforme a la normativa.",
]
SUBJECTS = ["mantenimiento de locales", "contratación docente", "entrega de materiales", "licencia por salud", "pago de haberes"]
_PLACES = ["Lima", "San Juan de Lurigancho", "Ayacucho", "Arequipa", "El Agustino"]
_PEOPLE = ["Rosa Quispe Mamani", "Julio Huamán Torres", "Elena Ccopa Rojas", "Marcos Salas Díaz", "Nélida Pari Choque"]
_MONTHS = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "setiembre",
    "octubre",
    "noviembre",
    "diciembre",
]

# What a scan makes of single letters, and of none: `0` for O, l for 1, commas for full stops.
_MISREAD = {
    "O": "0", "0": "O", "1": "l", "l": "1", "I": "l", "S": "5", "5": "S", "º": "°", "°": "*", "á": "a", "é": "e", "í": "i",
    "ó": "o", "ú": "u", "e": "c", "c": "e", "n": "ri", "m": "rn", "u": "v", "a": "o", "t": "f", ".": ",", "-": "—", "B": "8",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter: its number, its text, and the places in the set of those that it answers and that it mentions."""

    kind: str
    title: str
    number: int
    year: int
    unit: str
    text: str = ""
    answers: frozenset[int] = field(default=frozenset())
    mentions: frozenset[int] = field(default=frozenset())


def letters(count: int, dice: random.Random) -> list[Letter]:
    """A set of letters that answer and mention one another."""
    heads: dict[tuple[str, int, int, str], Letter] = {}
    while len(heads) < count:
        kind = dice.choice(list(TITLES))
        head = Letter(kind, dice.choice(TITLES[kind]), dice.randrange(1, 900), dice.choice([2024, 2025]), dice.choice(UNITS))
        heads.setdefault((kind, head.number, head.year, head.unit), head)
    known = list(heads.values())
    return [_written(place, known, dice) for place in range(count)]


def _written(place: int, known: Sequence[Letter], dice: random.Random) -> Letter:
    me = known[place]
    others = dice.sample([other for other in range(len(known)) if other != place], 4)
    answered, mentioned = others[: dice.choice([0, 1, 1, 1, 2])], others[2 : 2 + dice.choice([0, 1, 1, 2])]
    top, body = [], []
    for other in answered:
        sentence = dice.choice([*LABELLED, *ANSWERING])
        (top if sentence in LABELLED else body).append(sentence.format(cited(known[other], dice)))
    if top:
        body.insert(0, "Me dirijo a usted con relación al documento de la referencia, a fin de remitir lo solicitado.")
    body += [dice.choice(MENTIONING).format(cited(known[other], dice)) for other in mentioned]
    body += [trap.format(dice.randrange(10_000), dice.randrange(100, 999)) for trap in dice.sample(TRAPS, 2)]
    body += dice.sample(FILLER, 2)
    opening, rest = body[:1], body[1:]
    dice.shuffle(rest)
    day = f"{dice.choice(_PLACES)}, {dice.randrange(1, 29)} de {dice.choice(_MONTHS)} de {me.year}"
    head = f"{me.title} {dice.choice(SIGNS)} {me.number:0{dice.choice([1, 3, 5])}d}-{me.year}-{me.unit}"
    addressed = [f"Señor(a): {dice.choice(_PEOPLE)}", "Presente.-", f"ASUNTO : {dice.choice(SUBJECTS).capitalize()}"]
    heading = [day, head] if dice.random() < 0.5 else [head, day]
    paragraphs = [textwrap.fill(said, dice.choice([70, 85])) for said in [*opening, *rest]]
    text = "\n\n".join(["\n".join([*heading, *addressed, *top]), *paragraphs, f"Atentamente,\n\n{dice.choice(_PEOPLE)}"])
    return Letter(me.kind, me.title, me.number, me.year, me.unit, text, frozenset(answered), frozenset(mentioned))


def cited(letter: Letter, dice: random.Random) -> str:
    """The letter as another one calls it."""
    several = "MÚLTIPLE" in letter.title
    called = dice.choice(CALLED[letter.kind]) + (" Múltiple" if several else "")
    number = f"{letter.number:0{dice.choice([1, 3, 5])}d}"
    sign = dice.choice(SIGNS)
    return dice.choice(
        [
            f"{called} {sign} {number}-{letter.year}-{letter.unit}",
            f"{called} {sign} {number}-{letter.year}-{letter.unit}",
            f"{called} {sign} {number} - {letter.year} - {letter.unit}",
            f"{called} {sign}{number}-{letter.year}-{letter.unit}",
            f"{called} {sign} {number}-{letter.year}/{letter.unit}",
            f"{called} {number}-{letter.year}-{letter.unit}",
        ]
    )


def misread(text: str, rate: float, dice: random.Random) -> str:
    """The text with so many of its characters misread; a few words' spaces are lost too."""
    read = []
    for letter in text:
        drawn = dice.random()
        if letter == " " and drawn < rate / 4:
            continue
        read.append(_MISREAD.get(letter, letter) if drawn < 2 * rate else letter)
    return "".join(read)


def stamped(text: str, dice: random.Random) -> str:
    """The text of a copy that was stamped when it came in."""
    stamp = f"RECIBIDO\nMESA DE PARTES\n{dice.randrange(1, 29)} MAR 2025 HORA {dice.randrange(8, 17)}:{dice.randrange(10, 59)}"
    lines = text.split("\n")
    at = dice.randrange(min(8, len(lines)))
    return "\n".join([*lines[:at], stamp, *lines[at:]])
