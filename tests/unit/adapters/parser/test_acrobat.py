"""What only Adobe's programs show is read all the same: forms, portfolios, comments; or named with what to do."""

from collections.abc import Iterator
from pathlib import Path

import pymupdf
import pytest

from ingest.adapters.parser.reader import ParserReader
from ingest.domain.pages import Page
from ingest.errors import CorruptFile, EncryptedPdf, NeedsAcrobat, TooManyPages
from ingest.reading.page import read_page
from tests.support import acrobat, made
from tests.support.desk import CountingOcr

pytestmark = pytest.mark.processes

BEGIN, END = '<?xml version="1.0"?><xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/">', "</xdp:xdp>"
TEMPLATE = (
    '<template xmlns="http://www.xfa.org/schema/xfa-template/3.3/"><subform>'
    "<draw><value><text>Formulario único de trámite</text></value></draw>"
    "<field><caption><value><exData><body><p>Apellidos</p></body></exData></value></caption>"
    "<items><text>una opción que nadie eligió</text></items></field><event><script>var guion</script></event>"
    "</subform></template>"
)
DATA = (
    '<xfa:datasets xmlns:xfa="http://www.xfa.org/schema/xfa-data/1.0/"><xfa:data><formulario>'
    "<pide>licencia sindical</pide><template>Núñez &amp; hijos</template><pide/><firma>{}</firma>"
    "</formulario></xfa:data><dataDescription><pide>descripción</pide></dataDescription></xfa:datasets>"
).format("QUJD" * 600)


@pytest.fixture(scope="module")
def reader() -> Iterator[ParserReader]:
    reader = ParserReader(memory_bytes=1024**3, page_seconds=20, max_pages=30)
    yield reader
    reader.stop()


@pytest.fixture
def read(reader: ParserReader, tmp_path: Path) -> "Read":
    return Read(reader, tmp_path / "document.pdf")


class Read:
    """Reads all pages of a file; OCR sees `ocr`."""

    def __init__(self, reader: ParserReader, path: Path) -> None:
        self._reader = reader
        self._path = path

    def pages(self, body: bytes, ocr: str = "leído", passwords: tuple[str, ...] = ()) -> list[Page]:
        self._path.write_bytes(body)
        with self._reader.open(self._path, lambda: passwords) as file:
            return [read_page(file, number, CountingOcr(text=ocr), "spa") for number in range(1, file.page_count + 1)]

    def text(self, body: bytes, ocr: str = "leído") -> str:
        return "\f".join(page.text for page in self.pages(body, ocr))


FORMS = {
    "data alone": [("datasets", DATA)],
    "packets of one document": [("preamble", BEGIN), ("template", TEMPLATE), ("datasets", DATA), ("postamble", END)],
    "packets each of its own": [("template", TEMPLATE), ("datasets", DATA)],
    "one stream": [("", BEGIN + TEMPLATE + DATA + END)],
    "cut": [("", BEGIN + TEMPLATE + DATA + "<broken")],
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("needs_rendering", ["true", "false"])
def test_a_form_says_what_was_filled_in(read: Read, name: str, needs_rendering: str) -> None:
    (page,) = read.pages(acrobat.form(FORMS[name], needs_rendering=needs_rendering))
    assert page.how == "layer"
    lines = page.text.splitlines()
    assert lines[-2:] == ["licencia sindical", "Núñez & hijos"]
    assert lines[:-2] == ([] if name == "data alone" else ["Formulario único de trámite", "Apellidos"])


def test_a_form_without_a_word_is_named(read: Read) -> None:
    with pytest.raises(NeedsAcrobat):
        read.pages(acrobat.form([("", BEGIN + END)]))
    with pytest.raises(NeedsAcrobat):
        read.pages(acrobat.form([("", "no XML")]))


def test_a_form_that_is_drawn_keeps_what_it_shows(read: Read) -> None:
    shown = "\n".join(f"Línea {number} de la resolución, con licencia sindical y sus razones" for number in range(30))
    text = read.text(acrobat.form([("datasets", DATA)], shown=shown))
    assert "Línea 29" in text
    assert "Núñez & hijos" in text
    assert text.count("licencia sindical") == 30


def test_deep_xml_takes_no_more_time_than_its_length(read: Read) -> None:
    depth = 200_000
    body = "<datasets><data>" + "<a>" * depth + "hondo" + "</a>" * depth + "</data></datasets>"
    assert "hondo" in read.text(acrobat.form([("datasets", body)]))


def test_entities_that_swell_are_cut_off(read: Read) -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    xml = f'<!DOCTYPE x [<!ENTITY e0 "bomba">{bomb}]><datasets><data><a>antes</a><b>&e11;</b></data></datasets>'
    assert "antes" in read.text(acrobat.form([("datasets", xml)]))


LETTERS = {"oficio 1.pdf": acrobat.letter("OFICIO N.º 811-2025", "zanahoria"), "oficio 2.PDF": acrobat.letter("betarraga")}


def test_the_pdfs_of_a_portfolio_are_its_pages(read: Read) -> None:
    first, second = read.pages(acrobat.portfolio({**LETTERS, "hoja de cálculo.xlsx": b"PK\3\4"}))
    assert first.text.startswith("OFICIO N.º 811-2025")
    assert "hoja de cálculo.xlsx" in first.text, "of what cannot be read at least the name is found"
    assert second.text.strip() == "betarraga"
    assert "Acrobat" not in first.text


def test_files_on_branches_are_found(read: Read) -> None:
    assert "betarraga" in read.text(acrobat.branched(acrobat.portfolio(LETTERS)))


def test_a_cover_with_words_of_its_own_stays(read: Read) -> None:
    pages = read.pages(acrobat.portfolio(LETTERS, cover="Carátula del expediente de la institución"))
    assert [page.text.split()[0] for page in pages] == ["Carátula", "OFICIO", "betarraga"]


def test_what_is_not_called_pdf_is_read_by_what_it_is(read: Read) -> None:
    assert "escondido" in read.text(acrobat.portfolio({"anexo": acrobat.letter("escondido")}))


def test_portfolios_and_forms_within_portfolios(read: Read) -> None:
    inner = acrobat.portfolio(LETTERS)
    pages = read.pages(acrobat.portfolio({"a.pdf": inner, "b.pdf": acrobat.form(FORMS["one stream"])}))
    assert [len(page.text.strip()) > 0 for page in pages] == [True] * 3
    assert "licencia sindical" in pages[2].text
    assert "Please wait" not in pages[2].text


def test_a_part_that_cannot_be_opened_is_a_page_with_a_fault(read: Read, reader: ParserReader, tmp_path: Path) -> None:
    file = tmp_path / "portfolio.pdf"
    file.write_bytes(acrobat.portfolio({"a.pdf": b"%PDF-1.7 roto", "b.pdf": LETTERS["oficio 2.PDF"], "c.pdf": made.locked("x")}))
    with reader.open(file) as opened:
        assert opened.page_count == 3
        assert "betarraga" in opened.layer(2).text
        for number in (1, 3):
            with pytest.raises(CorruptFile):
                opened.layer(number)
        assert "betarraga" in opened.layer(2).text


def test_a_locked_part_is_opened_with_the_password_of_the_file(read: Read) -> None:
    with pymupdf.open("pdf", acrobat.portfolio({"c.pdf": made.locked("cerrado")})) as document:
        body = document.tobytes(encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="secreto", owner_pw="dueño")
    (page,) = read.pages(bytes(body), passwords=("secreto",))
    assert "cerrado" in page.text


def test_a_portfolio_that_cannot_be_read_is_named(read: Read) -> None:
    with pytest.raises(NeedsAcrobat):
        read.pages(acrobat.portfolio({"hoja.xlsx": b"PK\3\4"}))
    with pytest.raises(EncryptedPdf):
        read.pages(acrobat.portfolio({"c.pdf": made.locked("cerrado")}))


def test_the_limit_on_pages_holds_for_all_parts_together(read: Read) -> None:
    with pytest.raises(TooManyPages):
        read.pages(acrobat.portfolio({f"{n}.pdf": made.born_digital("parte", 4) for n in range(8)}))


def test_comments_are_text_of_their_page(read: Read) -> None:
    body = acrobat.commented(made.born_digital("trámite", 2), "nota: falta la firma", "ojo\rcon el plazo")
    first, second = read.pages(body)
    assert first.text.endswith("nota: falta la firma\nojo\ncon el plazo")
    assert "firma" not in second.text


def test_comments_on_a_scan_stand_beside_what_ocr_saw(read: Read) -> None:
    (page,) = read.pages(acrobat.commented(made.scan("trámite"), "nota adhesiva", "comentario"), ocr="lo que se ve")
    assert (page.how, page.text) == ("ocr", "lo que se ve\n\nnota adhesiva\ncomentario")


def test_a_comment_that_repeats_the_page_is_not_said_twice(read: Read) -> None:
    text = read.text(acrobat.commented(acrobat.letter("plazo de diez días"), "plazo de  diez\ndías", "nuevo"))
    assert text.count("plazo") == 1
    assert "nuevo" in text
