"""Which numbers of a text mean other documents, however people and OCR write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.describing.references import MOST, references
from ingest.domain.pages import CleanText
from ingest.domain.references import Reference


def read(text: str) -> list[Reference]:
    return references(CleanText(text, (0,)))


@pytest.mark.parametrize(
    "written",
    [
        "Oficio N.º 123-2025-UGEL.05",
        "OFICIO N° 0123 - 2025 - UGEL.05",
        "oficio Nro. 123-2025-UGEL.5",
        "OFICIO N* 123-2025-UGEL/05",
        "0FlCIO N.º I23-2O25-UGEL.05",
        "OFICI0 N.° 00123-2025-UGEL.05",
        "Of. N.º 123-2025-UGEL.05",
        "Oficio 123-UGEL.05-2025",
        "OFICIO N.º 123-2025-\nUGEL.05",
        "OFCIO N.º 123-2025-UGEL.05",
    ],
)
def test_however_it_is_written(written: str) -> None:
    (one,) = read(f"Se ha visto el {written}, del año pasado.")
    assert (one.kind, one.number, one.year, one.unit, one.answers) == ("oficio", "123", "2025", ("ugel", "5"), False)


@pytest.mark.parametrize(
    ("written", "kind", "number", "year", "several"),
    [
        ("MEMORÁNDUM MÚLTIPLE N° 045-2025-AGP", "memorando", "45", "2025", True),
        ("OFICIO CIRCULAR N.º 7-2024", "oficio", "7", "2024", True),
        ("R.D. N.º 456-2024-UGEL", "resolucion", "456", "2024", False),
        ("Resolución Directoral Regional N.º 00456-2024-DRELM", "resolucion", "456", "2024", False),
        ("Expediente 2025-00123", "expediente", "123", "2025", False),
        ("expediente N.º MPT2025-EXT-0012345", "expediente", "12345", "2025", False),
        ("Exp. N.º 45678", "expediente", "45678", "", False),
        ("informe N.º 12 de 2025", "informe", "12", "2025", False),
        ("Informe N.º 012-25-AGI", "informe", "12", "2025", False),
        ("el N.º 12-2025-DRELM", "", "12", "2025", False),
    ],
)
def test_every_kind(written: str, kind: str, number: str, year: str, several: bool) -> None:
    (one,) = read(f"Visto {written}, se dispone.")
    assert (one.kind, one.number, one.year, one.several) == (kind, number, year, several)


@pytest.mark.parametrize(
    "text",
    [
        "en atención al OFICIO N.º 9-2025-UGEL",
        "En respuesta a su Oficio N° 9-2025-UGEL",
        "dando respuesta al documento, mediante Oficio N° 9-2025-UGEL",
        "Ref.: Oficio N.º 9-2025-UGEL",
        "REFERENCIA : a) Oficio N.º 9-2025-UGEL",
        "REFERENCIA:\n\na) Oficio N.º 9-2025-UGEL",
        "Atendiendo a lo solicitado por Oficio N.º 9-2025-UGEL",
        "en atenc1ón al 0ficio N.º 9-2025-UGEL",
        "RFERENCIA : Oficio N.º 9-2025-UGEL",
    ],
)
def test_what_it_answers(text: str) -> None:
    (one,) = read(f"ASUNTO: Remite\n{text}\n\nSaludos.")
    assert one.answers
    assert one.words.endswith("9-2025-UGEL")


@pytest.mark.parametrize(
    "text",
    [
        "Se remite el Oficio N.º 9-2025-UGEL",
        "En atención al documento de la referencia, se remite el Oficio N.º 9-2025-UGEL",
        "En atención a lo pedido, adjunto el Oficio N.º 9-2025-UGEL",
        "ATENCIÓN: Jefatura\n\nvisto el Oficio N.º 9-2025-UGEL",
    ],
)
def test_what_it_only_mentions(text: str) -> None:
    (one,) = read(text)
    assert not one.answers


def test_a_list_is_answered_whole() -> None:
    text = "REF : a) OFICIO N.º 1-2025-UGEL\n b) INFORME N.º 2-2025-AGP\n\nTengo el agrado de remitir el Informe N.º 3-2025-AGP"
    assert [(one.kind, one.number, one.answers) for one in read(text)] == [
        ("oficio", "1", True),
        ("informe", "2", True),
        ("informe", "3", False),
    ]
    text = "en atención a los Oficios N.º 1-2025-UGEL y 2-2025-UGEL, se remite"
    assert [(one.kind, one.number, one.answers) for one in read(text)] == [("oficio", "1", True), ("oficio", "2", True)]


@pytest.mark.parametrize(
    "text",
    [
        "Lima, 12-03-2025",
        "el 12/03/2025",
        "S/ 1,200.50",
        "DNI N.º 40123456",
        "Ley N.º 28044, Ley General de Educación",
        "periodo 2024-2025",
        "Institución Educativa N.º 7035",
        "teléfono 987-654-321",
        "artículo N.º 5",
        "Av. Los Pinos 123-2025",
    ],
)
def test_other_numbers_are_none(text: str) -> None:
    assert read(text) == []


def test_each_once_with_its_page_and_the_reply_before_the_mention() -> None:
    clean = CleanText("Visto el Oficio 5-2025-UGEL.\fEn respuesta al Oficio 5-2025-UGEL, digo", (0, 29))
    (one,) = references(clean)
    assert (one.answers, one.page) == (True, 2)


def test_a_register_of_letters_is_read_to_the_five_hundredth() -> None:
    assert len(read("\n".join(f"Oficio N.º {number}-2025-UGEL" for number in range(1, 700)))) == MOST


@given(st.text(max_size=400))
def test_any_text_is_read(text: str) -> None:
    for one in read(text):
        assert one.number.isascii()
        assert one.number.isdigit()
        assert one.page == 1


@given(st.text(alphabet="oficiOFICIN.º°*-–/ 0123456789lI|\n\fREF:ny,", max_size=200))
def test_any_noise_is_read(text: str) -> None:
    for one in read(text):
        assert one.words.strip()
