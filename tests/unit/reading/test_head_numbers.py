"""A number in a head or foot goes only where it is the page's: whatever else is counted there stays on every page."""

import pytest

from ingest.domain.pages import Page, Word, edge_text
from ingest.reading.running_heads import without_repeats


def page(number: int, head: str, body: str = "texto", foot: str = "") -> Page:
    """A page whose head and foot stand in the outer eighths."""
    places = ((head, 0.05), (body, 0.5), (foot, 0.95))
    words = [Word(text, 0.1, top, 0.2, top + 0.02) for lines, top in places for text in lines.split()]
    return Page(number, f"{head}\n{body}\n{foot}", "layer", 1.0, 595, 842, edge_text=edge_text(words))


RISING = range(1, 7)


@pytest.mark.parametrize(
    "head",
    [
        "BOLETA B001-00471{n}",
        "OFICIO N.º 23{n}-2025",
        "PARTE DIARIO 0{n}/03/2025",
        "CONSTANCIA {n}",
        "N.º 00{n}",
        "00000{n}",
        "471{n}",
        "0{n}/03/2025",
        "0{n}/2025",
        "{n}/2025",
        "{n} de marzo",
        "{n} de marzo de 2025",
        "23{n}-2025",
        "23{n}/2025",
        "Lima, {n} de abril",
        "HOJA DE RUTA {n}",
        "HOJA DE ENVÍO N.º {n}",
        "Libro 12 Folio {n}",
        "FOLIO 23{n}",
        "Cuota {n} de 6",
        "Semana {n}",
        "{n}.º grado",
        "{n} kg",
        "S/ {n}",
        "RECIBO {n} Página {n}",
        "DNI 4567000{n}",
        "# {n}",
    ],
)
def test_a_number_that_is_not_the_page_s_stays_on_every_page(head: str) -> None:
    heads = [head.format(n=n) for n in RISING]
    assert [
        text.split("\n")[0] for text in without_repeats([page(n, one) for n, one in zip(RISING, heads, strict=True)])
    ] == heads


@pytest.mark.parametrize(
    "foot",
    [
        "{n}",
        "- {n} -",
        "[{n}]",
        "{n}.",
        "{n} / 6",
        "{n} de 6",
        "Página {n}",
        "PÁGINA {n} DE 6",
        "Pág. {n}",
        "pag {n}/6",
        "Pág.: {n}",
        "Página 23{n} de 300",
        "| Página {n}",
        "Hoja {n} de 6",
        "Folio {n}",
        "p. {n}",
        "Page {n} of 6",
    ],
)
def test_a_page_number_goes(foot: str) -> None:
    first, *others = without_repeats([page(n, "", f"texto {n * n}", foot.format(n=n)) for n in RISING])
    assert foot.format(n=1) in first
    assert others == [f"\ntexto {n * n}" for n in RISING[1:]]


def test_an_identical_line_goes_only_where_it_stands_on_most_pages_itself() -> None:
    heads = ["Turno 1", "Turno 2", "Turno 1", "Turno 3", "Turno 2"]
    assert [text.split("\n")[0] for text in without_repeats([page(n, one) for n, one in enumerate(heads, 1)])] == heads


def test_a_row_s_number_is_no_page_number_because_the_foot_has_the_same_figure() -> None:
    pages = [page(n, "", "1\n2\n3\n4", f"Página {n} de 4") for n in range(1, 5)]
    assert all("1\n2\n3\n4" in text for text in without_repeats(pages))


def test_a_cell_with_the_page_s_own_figure_stays() -> None:
    pages = [page(n, "", f"cajas\n{n}", f"{n}") for n in range(1, 5)]
    assert all(f"cajas\n{n}" in text for n, text in enumerate(without_repeats(pages), 1))


def test_a_sign_for_numbers_is_no_number() -> None:
    texts = ["# 1", "1 1", "# 2"]
    assert [text.split("\n")[0] for text in without_repeats([page(n, one) for n, one in enumerate(texts, 1)])] == texts
