"""What a letter says beside type, number and subject, each value with the words that say it."""

from datetime import date

import pytest

from ingest.describing import figures, registry, summary
from ingest.describing.lines import plain
from ingest.describing.persons import person
from ingest.describing.rules import OfficeRules
from ingest.domain.descriptions import Amount, Description

LETTER = """MINISTERIO DE EDUCACIÓN
Firmado digitalmente por:
SALAS ROJAS Carmen Inés FAU 20131370645 soft
Motivo: Soy el autor del documento
Fecha: 13/03/2025 16:41:02 -0500
Lima, 12 de marzo de 2025
OFICIO N.º 0123-2025-MINEDU/UGEL.05-AGP
Señor
Lic. JULIO PÉREZ DEL SOLAR
Director de la I.E. 0150
Presente.-
ASUNTO : Remite cronograma de visitas
REFERENCIA : Expediente N.º 0045671-2025
De mi consideración:
Tengo el agrado de dirigirme a usted para saludarlo. Se remite el cronograma de visitas de monitoreo a las aulas del distrito.
El costo es de S/ 1,250.50 y el proveedor tiene RUC N.º 20131370645. Deberá responder en un plazo de cinco (5) días hábiles.
Atentamente,

Mg. CARMEN INÉS SALAS ROJAS
Jefa del Área de Gestión Pedagógica
Adj. Cronograma
Folios: 07"""


@pytest.fixture(scope="module")
def described() -> Description:
    return OfficeRules().describe(LETTER, "oficio.pdf")


def test_a_letter_is_read_in_full(described: Description) -> None:
    details = described.details
    assert described.sender == "Carmen Inés Salas Rojas"
    assert (details.number_written, details.expediente) == ("0123-2025-MINEDU/UGEL.05-AGP", "0045671-2025")
    assert (described.issued_on, details.signed_on) == (date(2025, 3, 12), date(2025, 3, 13))
    assert (details.signed_by, details.recipients) == ("Carmen Inés Salas Rojas", ("Julio Pérez del Solar",))
    assert details.people == ("Carmen Inés Salas Rojas", "Julio Pérez del Solar")
    assert (details.amounts, details.identities) == ((Amount("PEN", "1250.50"),), ("20131370645",))
    assert (details.deadline_days, details.folios, details.annexes) == (5, 7, ("Cronograma",))
    assert details.references == ("expediente 45671-2025",)
    assert "cronograma de visitas de monitoreo" in details.summary
    assert "saludarlo" not in details.summary
    assert "cronograma" in details.keywords
    assert details.language == "es"


def test_each_value_is_shown_where_it_stands(described: Description) -> None:
    assert {name: several[0].text for name, several in described.evidence.items() if name != "summary"} == {
        "document_type": "OFICIO",
        "document_number": "0123-2025-MINEDU/UGEL.05-AGP",
        "date": "12 de marzo de 2025",
        "subject": "Remite cronograma de visitas",
        "sender": "CARMEN INÉS SALAS ROJAS",
        "signed_by": "CARMEN INÉS SALAS ROJAS",
        "signed_on": "13/03/2025",
        "recipients": "JULIO PÉREZ DEL SOLAR",
        "expediente": "0045671-2025",
        "folios": "Folios: 07",
        "annexes": "Cronograma",
        "deadline_days": "plazo de cinco (5) días",
        "identities": "20131370645",
        "amounts": "S/ 1,250.50",
        "references": "REFERENCIA : Expediente N.º 0045671-2025",
    }


def test_a_stretch_is_one_of_the_text_and_its_page_counts_form_feeds(described: Description) -> None:
    for several in described.evidence.values():
        for one in several:
            assert " ".join(LETTER[one.start : one.end].split()) == one.text
            assert one.page == 1 + LETTER[: one.start].count("\f")
    assert described.evidence["signed_by"][0].page == 2


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Lic. ANA TORRES PAZ, Jefa de Personal", "Ana Torres Paz"),
        ("Dr. José Luis De la Cruz Ñahui - Director", "José Luis de la Cruz Ñahui"),
        ("Prof. ANA T0RRES PAZ", "Ana Torres Paz"),
        ("Jefe de Personal", None),
        ("ÁREA DE GESTIÓN PEDAGÓGICA", None),
        ("Torres", None),
        ("los directores de escuela", None),
        ("", None),
    ],
)
def test_a_name_is_told_from_a_post(written: str, name: str | None) -> None:
    found = person(written, 0, len(written))
    assert (found.value if found else None) == name


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("S/ 69,253.50", "PEN 69253.50"),
        ("S/. 1 250.00", "PEN 1250.00"),
        ("US$ 100", "USD 100.00"),
        ("1,200.00 soles", "PEN 1200.00"),
        ("12 folios", None),
    ],
)
def test_sums_of_money(said: str, amount: str | None) -> None:
    assert next((one.value for one in figures.amounts(plain(said))), None) == amount


@pytest.mark.parametrize(
    ("said", "identities"),
    [
        ("D.N.I. N.º 45671234", ["45671234"]),
        ("identificada con DNI 4567I234", ["45671234"]),
        ("R.U.C. 20131370645", ["20131370645"]),
        ("el proveedor 20131370645", ["20131370645"]),
        ("la cuenta 20131370644", []),
        ("45671234", []),
    ],
)
def test_identities_are_called_so_or_check(said: str, identities: list[str]) -> None:
    assert [one.value for one in figures.identities(plain(said))] == identities


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("en un plazo de 48 horas", "2"),
        ("dentro de los tres días hábiles", "3"),
        ("en el término de quince (15) días", "15"),
        ("hace 3 días", None),
    ],
)
def test_days_to_answer(said: str, days: str | None) -> None:
    found = registry.deadline(plain(said))
    assert (found.value if found else None) == days


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("the letter of the office is in the box", "en"),
        ("el oficio de la oficina en la caja", "es"),
        ("kay llaqta wan kay", "qu"),
        ("1", ""),
    ],
)
def test_languages(text: str, language: str) -> None:
    assert summary.language(text) == language


def test_a_summary_has_three_sentences_at_most() -> None:
    text = " ".join(f"El área número {number} remite la información solicitada por la oficina." for number in "abcdefgh")
    assert len(summary.summary(text, 0, "información")) == 3
