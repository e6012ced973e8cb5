"""Letters in fifteen layouts, each with what is true of it."""

import random
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.bench.metadata import words


@dataclass(slots=True)
class Letter:
    """A letter's text and what is true of it; a field that is not named is not said in it."""

    layout: str
    text: str = ""
    truth: dict[str, str] = field(default_factory=dict)


class Maker:
    """Draws the parts of one letter and notes what is true of it."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.truth: dict[str, str] = {}
        self.day = date(2024, 1, 8) + timedelta(days=dice.randrange(700))
        self.truth["date"] = self.day.isoformat()

    def note(self, name: str, value: str) -> str:
        """The value, which is true of the letter."""
        self.truth[name] = value
        return value

    def person(self) -> str:
        """First name and two surnames."""
        dice = self.dice
        return f"{dice.choice(words.FIRST)} {dice.choice(words.LAST)} {dice.choice(words.LAST)}"

    def titled(self, person: str) -> str:
        """The name with a degree before it, in capitals or not."""
        shown = person.upper() if self.dice.random() < 0.6 else person
        return f"{self.dice.choice(words.DEGREES)} {shown}".strip()

    def written_day(self) -> str:
        """The letter's day in words."""
        day, month, year = self.day.day, words.MONTHS[self.day.month - 1], self.day.year
        return self.dice.choice(
            [
                f"{day} de {month} de {year}",
                f"{day:02d} de {month} del {year}",
                f"{day:02d} de {month.capitalize()} de {year}",
                f"{day} de {month.upper()} del {year}",
            ]
        )

    def place_and_day(self) -> str:
        """As the first line of a letter has it."""
        return f"{self.dice.choice(words.PLACES)}, {self.written_day()}{self.dice.choice(['', '.'])}"

    def figures_day(self) -> str:
        """The letter's day in figures."""
        return self.day.strftime(self.dice.choice(["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"]))

    def number(self, called: str, kind: str, *, unit: bool = True) -> str:
        """The heading that gives type and number."""
        figures = f"{self.dice.randrange(3, 2400):0{self.dice.choice([1, 3, 4, 5])}d}"
        self.note("type", kind)
        self.note("number", f"{int(figures)}-{self.day.year}")
        sign = self.dice.choice(["N.º", "N°", "Nº", "N.°", "Nro.", "No."])
        behind = f"{self.dice.choice(['-', '/', ' - '])}{self.dice.choice(words.UNITS)}" if unit else ""
        return f"{called} {sign} {figures}{self.dice.choice(['-', '-', ' - '])}{self.day.year}{behind}"

    def expediente(self) -> str:
        """An expediente's number, as one of the systems of registry writes it."""
        dice, year = self.dice, self.day.year
        number = dice.choice(
            [
                f"MPT{year}-EXT-{dice.randrange(10**7):07d}",
                f"{dice.randrange(1, 99999):07d}-{year}",
                f"{year}-{dice.randrange(1, 99999):05d}",
                f"{dice.randrange(1000, 99999)}-{year}",
            ]
        )
        return self.note("expediente", number)

    def expediente_line(self) -> str:
        """A line that shows one."""
        return self.dice.choice(
            [
                "EXPEDIENTE N.º {0}",
                "Expediente : {0}",
                "Exp. N° {0}",
                "EXP. SINAD N.° {0}",
                "EXPEDIENTE: {0}",
                "N.º de expediente: {0}",
            ]
        ).format(self.expediente())

    def subject(self) -> str:
        """What the letter is about."""
        said = self.note("subject", self.dice.choice(words.SUBJECTS))
        return said.upper() if self.dice.random() < 0.2 else said

    def labelled(self, label: str, value: str, *, wide: int = 12, width: int = 62) -> str:
        """`ASUNTO      : …`, run on below where it is long."""
        indent = " " * (wide + 2)
        lines = textwrap.wrap(value, width - wide) or [""]
        return f"{label:<{wide}}: " + f"\n{indent}".join(lines)

    def body(self, paragraphs: int = 2) -> str:
        """Greeting, paragraphs and a closing."""
        dice = self.dice
        said = [
            dice.choice(words.GREETINGS),
            *dice.sample(words.PARAGRAPHS, paragraphs),
            *self.extras(),
            dice.choice(words.CLOSINGS),
        ]
        return "\n\n".join(textwrap.fill(one, dice.choice([72, 84, 95])) for one in said)

    def extras(self) -> list[str]:
        """Sentences with an amount, a term, an identity."""
        dice, said = self.dice, []
        if dice.random() < 0.3:
            amount = dice.randrange(100, 99999)
            self.note("amount", f"{amount}.50")
            said.append(f"El monto total del servicio asciende a S/ {amount:,}.50, incluidos los impuestos de ley.")
        if dice.random() < 0.3:
            days = self.note("deadline", str(dice.choice([2, 3, 5, 7, 10, 15])))
            said.append(f"Se le otorga un plazo de {days} días hábiles para remitir el descargo que corresponda.")
        if dice.random() < 0.3:
            dni = self.note("dni", f"{dice.randrange(10**7, 8 * 10**7)}")
            said.append(f"La recurrente se identifica con D.N.I. N.º {dni} y domicilia en esta ciudad.")
        return said

    def signed(self, sender: str) -> str:
        """The end of a letter, whose signer sends it."""
        rule = self.dice.choice(["", "_" * 28 + "\n", "-" * 24 + "\n"])
        shown = self.titled(self.note("signed_by", sender))
        return f"{self.dice.choice(words.FAREWELLS)}\n\n\n{rule}{shown}\n{self.dice.choice(words.HEADS)}{self.foot(sender)}"

    def foot(self, signer: str) -> str:
        """What stands under a signature."""
        initials = "".join(part[0] for part in signer.split()[:3]).upper()
        return self.dice.choice(
            ["", "", f"\n\n{initials}/jqr\nC.c. Archivo", f"\n\n{initials}\nAdj. ({self.dice.randrange(2, 40):02d}) folios"]
        )

    def addressee(self) -> str:
        """Señor, name, post, office, Presente."""
        dice, to = self.dice, self.note("recipient", self.person())
        return "\n".join(
            [
                dice.choice(["Señor", "Señora:", "SEÑOR (A) :", "Señorita", "Sr."]),
                self.titled(to),
                dice.choice(words.HEADS),
                *dice.choice([[], [dice.choice(words.SCHOOLS)]]),
                dice.choice(["Presente.-", "PRESENTE", "Ciudad.-", "Presente. -"]),
            ]
        )

    def letterhead(self) -> str:
        """The office's names and the year's motto."""
        return "\n".join([*self.dice.choice(words.OFFICES), *self.dice.choice([[], [self.dice.choice(words.MOTTOES)]])])

    def reference(self) -> str:
        """A line that names another letter, as `REFERENCIA` does."""
        year = self.dice.choice([self.day.year, self.day.year - 1])
        said = [f"Oficio N.º {self.dice.randrange(1, 999):03d}-{year}-DRE", f"Informe N° {self.dice.randrange(1, 99)}-{year}/ESC"]
        return self.dice.choice(said)


def oficio(make: Maker) -> str:
    sender, number = make.note("sender", make.person()), make.number("OFICIO", "oficio")
    top = [make.place_and_day(), number] if make.dice.random() < 0.6 else [number, make.place_and_day()]
    about = [make.labelled(make.dice.choice(["ASUNTO", "Asunto"]), make.subject())]
    if make.dice.random() < 0.7:
        line = make.reference() if make.dice.random() < 0.5 else f"Expediente N.º {make.expediente()}"
        about.append(make.labelled(make.dice.choice(["REFERENCIA", "Ref."]), line))
    opening = "De mi especial consideración:"
    return "\n\n".join(
        [make.letterhead(), "\n".join(top), make.addressee(), "\n".join(about), opening, make.body(), make.signed(sender)]
    )


def oficio_multiple(make: Maker) -> str:
    sender = make.note("sender", make.person())
    to = "Señores:\nDIRECTORES DE LAS INSTITUCIONES EDUCATIVAS PÚBLICAS\nUGEL 08\nPresente.-"
    about = "\n".join([make.labelled("ASUNTO", make.subject(), wide=8), make.labelled("REF.", make.reference(), wide=8)])
    head = make.number(make.dice.choice(["OFICIO MÚLTIPLE", "OFICIO CIRCULAR", "Oficio Múltiple"]), "oficio_multiple")
    return "\n\n".join([make.letterhead(), make.place_and_day(), head, to, about, make.body(), make.signed(sender)])


def memorando(make: Maker) -> str:
    sender, to = make.note("sender", make.person()), make.note("recipient", make.person())
    head = make.number(make.dice.choice(["MEMORANDO", "MEMORÁNDUM"]), "memorando")
    wide = make.dice.choice([8, 10, 14])
    table = [
        make.labelled("A", f"{make.titled(to)}\n", wide=wide) + f"\n{' ' * wide}  {make.dice.choice(words.HEADS)}",
        make.labelled("DE", make.titled(sender), wide=wide) + f"\n{' ' * wide}  {make.dice.choice(words.HEADS)}",
        make.labelled("ASUNTO", make.subject(), wide=wide),
        make.labelled("FECHA", make.dice.choice([make.place_and_day(), make.figures_day(), make.written_day()]), wide=wide),
    ]
    return "\n\n".join(
        [make.letterhead(), head, "\n".join(table), make.dice.choice(["=", "_", "-"]) * 60, make.body(), make.signed(sender)]
    )


def informe(make: Maker) -> str:
    sender, to = make.note("sender", make.person()), make.note("recipient", make.person())
    head = make.number(make.dice.choice(["INFORME", "INFORME TÉCNICO", "INFORME LEGAL"]), "informe")
    table = [
        make.labelled(make.dice.choice(["A", "PARA", "AL"]), f"{make.titled(to)} - {make.dice.choice(words.HEADS)}", width=90),
        make.labelled("DE", f"{make.titled(sender)}, {make.dice.choice(words.HEADS)}", width=90),
        make.labelled("ASUNTO", make.subject()),
        make.labelled("REFERENCIA", f"a) {make.reference()}\nb) Expediente {make.expediente()}", width=90),
        make.labelled("FECHA", make.place_and_day()),
    ]
    body = f"I. ANTECEDENTES\n\n{make.body(3)}\n\nIII. CONCLUSIONES\n\nPor lo expuesto, se recomienda derivar el presente."
    return "\n\n".join([head, "\n\n".join(table) if make.dice.random() < 0.5 else "\n".join(table), body, make.signed(sender)])


def carta(make: Maker) -> str:
    firm, letters = make.dice.choice(words.FIRMS)
    sender = make.note("sender", make.person())
    ruc = make.note("ruc", f"20{make.dice.randrange(10**8, 10**9)}")
    head = make.number("CARTA", "carta", unit=False) + f"-{letters}"
    to = "Señores\nUNIDAD DE GESTIÓN EDUCATIVA LOCAL N° 08\nAtención: Área de Administración\nPresente.-"
    top = [f"{firm}\nRUC: {ruc}", make.place_and_day(), head, to, make.labelled("Asunto", make.subject(), wide=7)]
    return "\n\n".join([*top, "De nuestra consideración:", make.body(), make.signed(sender)])


def resolucion(make: Maker) -> str:
    sender = make.note("sender", make.person())
    called = make.dice.choice(["RESOLUCIÓN DIRECTORAL", "Resolución Jefatural", "RESOLUCIÓN DIRECTORAL REGIONAL"])
    head = make.number(called, "resolucion")
    head = head.replace(called, f"{called}\n", 1) if make.dice.random() < 0.4 else head
    seen = f"VISTO, el expediente N.º {make.expediente()} y demás documentos adjuntos en un total de 14 folios útiles, y;"
    article = f"ARTÍCULO PRIMERO.- APROBAR lo solicitado, con eficacia anticipada a partir del {make.dice.randrange(1, 28)} de marzo de 2023."
    end = (
        f"Regístrese, comuníquese y cúmplase.\n\n\n{make.titled(make.note('signed_by', sender))}\n{make.dice.choice(words.HEADS)}"
    )
    grounds = "\n\n".join(textwrap.fill(one, 80) for one in make.dice.sample(words.PARAGRAPHS, 3))
    parts = [make.letterhead(), head, make.place_and_day(), seen, "CONSIDERANDO:", grounds, "SE RESUELVE:", article, end]
    return "\n\n".join(parts)


def solicitud(make: Maker) -> str:
    make.note("type", "solicitud")
    sender = make.note("sender", make.person())
    dni = make.note("dni", f"{make.dice.randrange(10**7, 8 * 10**7)}")
    label = make.dice.choice(["SUMILLA", "SOLICITO", "Solicita"])
    named = f"{sender.upper()}, identificad{make.dice.choice('oa')} con DNI N° {dni}, con domicilio en la Av. Los Incas 455"
    said = textwrap.fill(f"Yo, {named}, ante Ud. con el debido respeto me presento y expongo:", 80)
    plea = "POR LO EXPUESTO:\n\nRuego a usted acceder a mi petición por ser de justicia."
    top = [f"{label}: {make.subject()}", "SEÑORA DIRECTORA DE LA UGEL N° 08 CAÑETE", said]
    sign = f"{'.' * 30}\n{make.note('signed_by', sender).upper()}\nDNI N° {dni}"
    body = "\n\n".join(textwrap.fill(one, 80) for one in make.dice.sample(words.PARAGRAPHS, 2))
    return "\n\n".join([*top, body, plea, make.place_and_day(), sign])


def fut(make: Maker) -> str:
    make.note("type", "solicitud")
    sender, dni = make.note("sender", make.person()), make.note("dni", f"{make.dice.randrange(10**7, 8 * 10**7)}")
    rows = [
        "FORMULARIO ÚNICO DE TRÁMITE (FUT)",
        f"I. RESUMEN DE SU PEDIDO:\n{make.subject()}",
        "II. DEPENDENCIA O AUTORIDAD A QUIEN SE DIRIGE:\nDirector de la UGEL 08",
        f"III. DATOS DEL SOLICITANTE\nApellidos y nombres: {sender}\nD.N.I.: {dni}\nTeléfono: 9{make.dice.randrange(10**7, 10**8)}",
        f"IV. FUNDAMENTACIÓN DEL PEDIDO:\n{textwrap.fill(make.dice.choice(words.PARAGRAPHS), 80)}",
        f"V. LUGAR Y FECHA: {make.place_and_day()}",
        "FIRMA DEL USUARIO",
    ]
    return "\n\n".join(rows)


def hoja_de_envio(make: Maker) -> str:
    head = make.number(make.dice.choice(["HOJA DE ENVÍO", "HOJA DE RUTA", "HOJA DE TRÁMITE"]), "hoja_de_envio", unit=False)
    sender = make.note("sender", make.person())
    folios = make.note("folios", str(make.dice.randrange(2, 90)))
    rows = [
        f"Expediente : {make.expediente()}",
        f"Fecha : {make.figures_day()}",
        f"Remitente : {make.titled(sender)}",
        f"Asunto : {make.subject()}",
        f"Folios : {folios}",
        f"Destinatario : {make.note('recipient', make.person())}",
    ]
    return "\n\n".join([make.letterhead(), head, "\n".join(rows), "1. Acción necesaria   2. Archivo   3. Conocimiento"])


def proveido(make: Maker) -> str:
    head = make.number("PROVEÍDO", "proveido")
    sender = make.note("sender", make.person())
    seen = f"Visto el Expediente N° {make.expediente()}, PASE a la Oficina de Tesorería para su atención en el día."
    end = f"{make.titled(make.note('signed_by', sender))}\n{make.dice.choice(words.HEADS)}"
    return "\n\n".join([make.letterhead(), head, make.place_and_day(), seen, end])


def constancia(make: Maker) -> str:
    make.note("type", "constancia")
    sender = make.note("sender", make.person())
    school = make.dice.choice(words.SCHOOLS)
    who = f"EL DIRECTOR DE LA {school.upper()}, QUE SUSCRIBE,"
    said = (
        f"Que, don {make.person()}, identificado con DNI N.º {make.dice.randrange(10**7, 8 * 10**7)}, laboró en esta institución."
    )
    end = f"{make.titled(make.note('signed_by', sender))}\nDIRECTOR"
    day = f"Se expide la presente a solicitud del interesado.\n\n{make.place_and_day()}"
    return "\n\n".join(["CONSTANCIA DE TRABAJO", who, "HACE CONSTAR:", textwrap.fill(said, 70), day, end])


def stamped_oficio(make: Maker) -> str:
    """With the stamp of its arrival at the top, whose day is not the letter's."""
    received = (make.day + timedelta(days=make.dice.randrange(1, 9))).strftime("%d/%m/%Y")
    stamp = f"UGEL 08 - MESA DE PARTES\nRECIBIDO {received} HORA: 10:{make.dice.randrange(10, 59)}\nEXP. N° {make.expediente()}  FOLIOS: 07"
    sender = make.note("sender", make.person())
    about = f"ASUNTO: {make.subject()}"
    letter = [make.letterhead(), make.number("OFICIO", "oficio"), make.place_and_day(), make.addressee(), about, make.body()]
    return "\n\n".join([stamp, *letter, make.signed(sender)])


def digital(make: Maker) -> str:
    """As PCM's SGD prints one: the digital signature in the margin comes first."""
    sender = make.note("sender", make.person())
    given = sender.split()
    reversed_name = f"{' '.join(given[-2:]).upper()} {' '.join(given[:-2])}"
    moment = f"{make.day:%d/%m/%Y} {make.dice.randrange(8, 18)}:{make.dice.randrange(10, 59)}:07 -0500"
    make.note("signed_on", make.day.isoformat())
    margin = (
        f"Firmado digitalmente por:\n{reversed_name} FAU 20131370645 soft\nMotivo: Soy el autor del documento\nFecha: {moment}"
    )
    about = make.labelled("Asunto", make.subject()) + "\n" + make.labelled("Referencia", f"EXPEDIENTE N° {make.expediente()}")
    end = f"Atentamente,\n\n(Documento firmado digitalmente)\n{make.note('signed_by', sender).upper()}\n{make.dice.choice(words.HEADS)}"
    key = "Esta es una copia auténtica imprimible de un documento electrónico archivado en el Ministerio de Educación. Clave: 8C1F2A"
    letter = [margin, make.letterhead(), make.place_and_day(), make.number("OFICIO", "oficio"), make.addressee(), about]
    return "\n\n".join([*letter, make.body(), end, textwrap.fill(key, 80)])


def columns(make: Maker) -> str:
    """An informe whose table came out with labels, colons and values apart."""
    sender, to = make.note("sender", make.person()), make.note("recipient", make.person())
    head = make.number("INFORME", "informe")
    table = (
        f"A\n:\n{make.titled(to)}\nDE\n:\n{make.titled(sender)}\nASUNTO\n:\n{make.subject()}\nFECHA\n:\n{make.place_and_day()}"
    )
    return "\n\n".join([make.letterhead(), head, table, make.body(), make.signed(sender)])


def ayuda_memoria(make: Maker) -> str:
    make.note("type", "ayuda_memoria")
    del make.truth["date"]
    subject = make.note("subject", make.dice.choice(words.SUBJECTS))
    body = "\n\n".join(textwrap.fill(one, 80) for one in make.dice.sample(words.PARAGRAPHS[4:6] + words.PARAGRAPHS[:3], 3))
    return "\n\n".join([make.letterhead(), "AYUDA MEMORIA", f"ASUNTO: {subject}", "1. ANTECEDENTES", body])


LAYOUTS: list[Callable[[Maker], str]] = [
    oficio,
    oficio_multiple,
    memorando,
    informe,
    carta,
    resolucion,
    solicitud,
    fut,
    hoja_de_envio,
    proveido,
    constancia,
    stamped_oficio,
    digital,
    columns,
    ayuda_memoria,
]


def letters(count: int, seed: int) -> list[Letter]:
    """So many letters, each layout in turn."""
    made = []
    for place in range(count):
        make = Maker(random.Random(f"{seed}-{place}"))  # noqa: S311
        layout = LAYOUTS[place % len(LAYOUTS)]
        made.append(Letter(layout.__name__, layout(make), make.truth))
    return made
