"""Running heads and feet are kept once, and only what repeats is taken away."""

from ingest.domain.pages import Page, Word, edge_text
from ingest.reading.running_heads import without_repeats


def page(number: int, head: str, body: str, foot: str) -> Page:
    """A page whose head and foot stand in the outer eighths."""
    words = [
        Word(text, 0.1, top, 0.2, top + 0.02) for line, top in ((head, 0.05), (body, 0.5), (foot, 0.95)) for text in line.split()
    ]
    return Page(number, f"{head}\n{body}\n{foot}", "layer", 1.0, 595, 842, edge_text=edge_text(words))


def test_a_head_and_a_page_number_stay_on_the_first_page_only() -> None:
    pages = [page(n, "MINISTERIO DE EDUCACIÓN", f"texto {n * 7}", f"Página {n} de 4") for n in range(1, 5)]
    first, *others = without_repeats(pages)
    assert first == "MINISTERIO DE EDUCACIÓN\ntexto 7\nPágina 1 de 4"
    assert others == ["texto 14", "texto 21", "texto 28"]


def test_the_numbers_of_several_letters_are_not_page_numbers() -> None:
    pages = [page(n, f"OFICIO N.º {number}", "texto", "") for n, number in enumerate((101, 117, 140), start=1)]
    assert [text.split("\n")[0] for text in without_repeats(pages)] == ["OFICIO N.º 101", "OFICIO N.º 117", "OFICIO N.º 140"]


def test_two_pages_may_look_alike_by_chance() -> None:
    pages = [page(n, "ACTA", "texto", "fin") for n in (1, 2)]
    assert without_repeats(pages) == [one.text for one in pages]


def test_a_line_in_the_middle_is_never_a_head() -> None:
    pages = [page(n, "", "el mismo texto", "") for n in range(1, 6)]
    assert all("el mismo texto" in text for text in without_repeats(pages))


def test_left_and_right_pages_may_have_heads_of_their_own() -> None:
    pages = [page(n, "LIBRO" if n % 2 else "CAPÍTULO", f"texto {n * n}", "") for n in range(1, 9)]
    texts = without_repeats(pages)
    assert sum("LIBRO" in text for text in texts) == 1
    assert sum("CAPÍTULO" in text for text in texts) == 1


def test_a_page_of_a_million_lines_has_no_heads() -> None:
    lines = "\n".join(f"x {number}" for number in range(200_000))
    words = tuple(Word("x" * 10_000, 0.1, 0.05, 0.2, 0.06) for _ in range(2000))
    pages = [Page(n, lines, "layer", 1.0, 595, 842, edge_text=edge_text(words)) for n in range(1, 4)]
    assert without_repeats(pages) == [lines] * 3


def test_a_page_without_words_keeps_its_lines() -> None:
    pages = [Page(n, "ENCABEZADO\ntexto", "ocr", 0.9, 595, 842) for n in range(1, 5)]
    assert without_repeats(pages) == ["ENCABEZADO\ntexto"] * 4


def test_a_page_s_edges_are_its_outer_eighths() -> None:
    words = [Word(text, 0.1, top, 0.2, top + 0.02) for text, top in (("arriba", 0.05), ("medio", 0.5), ("abajo", 0.95))]
    assert edge_text(words) == "arriba abajo"
    assert edge_text([Word("a", 0, 0, 1, 1)] * 2001) == ""
