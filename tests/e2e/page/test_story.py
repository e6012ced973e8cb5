"""The clerk's story: drop files, watch them, leave and come back, find them, look at the words on their page."""

from pathlib import Path
from random import randrange
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.e2e.page.conftest import Open, picture_of, row, sign_in
from tests.support import made
from tests.support.office import Office

pytestmark = pytest.mark.stack
LONG = 60_000  # milliseconds that only a hang can need


@pytest.fixture
def word() -> str:
    """A word that no other document holds."""
    return "zafiro" + "".join(chr(ord("a") + int(digit, 16)) for digit in uuid4().hex[:8])


@pytest.fixture
def letters(tmp_path: Path, word: str) -> list[Path]:
    """A letter born digital, and one scanned."""
    files = {"oficio.pdf": made.born_digital(word, 2), "escaneado.pdf": made.scan(word, 1)}
    for name, content in files.items():
        (tmp_path / f"{word}-{name}").write_bytes(content)
    return [tmp_path / f"{word}-{name}" for name in files]


def test_from_the_drop_to_the_words_on_the_page(open_page: Open, office: Office, tmp_path: Path) -> None:
    number = str(randrange(10_000, 99_999))  # noqa: S311  a name, no secret
    subject = f"licencia por salud, expediente {number}"
    letters = [tmp_path / f"oficio-{number}.pdf", tmp_path / f"escaneado-{number}.pdf", tmp_path / f"foto-{number}.jpg"]
    for letter, content in zip(
        letters, (made.born_digital(subject), made.scan(subject, dpi=200), made.photo(subject)), strict=True
    ):
        letter.write_bytes(content)
    page = open_page()
    page.fill("#key", "bdj_wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Falta una clave de acceso válida.")
    sign_in(page, office.env["BANDEJA_API_KEY"])
    expect(page).to_have_title("Bandeja de entrada · Bandeja")

    page.set_input_files("input[multiple]", letters)
    for letter in letters:
        expect(row(page, letter.name).locator(".pill")).to_have_text("Listo", timeout=LONG)
    picture_of(page, "tray")

    # The laptop is closed and opened again; a colleague has a look too.
    page.reload()
    expect(row(page, letters[0].name).locator(".pill")).to_have_text("Listo")
    other = page.context.new_page()
    other.goto("/")
    expect(row(other, letters[1].name).locator(".pill")).to_have_text("Listo")
    other.close()

    page.keyboard.press("/")
    page.keyboard.type(f"licencia por salud {number}")
    hits = page.locator(".hit")
    expect(hits.first.locator("mark").first).to_have_text("licencia")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".preview .box").first).to_be_visible(timeout=LONG)
    expect(page.locator(".preview .sheet img")).not_to_have_js_property("naturalHeight", 0, timeout=LONG)
    # The line itself, cut out of the scan, the words boxed.
    lines = page.locator(".hit .line")
    expect(lines.first.locator("img")).not_to_have_js_property("naturalHeight", 0, timeout=LONG)
    expect(lines.first.locator(".box").first).to_be_visible()
    expect(page.locator(".preview-bar")).to_contain_text("1/2")
    page.locator(".hit a").nth(1).press("n")
    expect(page.locator(".preview-bar")).to_contain_text("2/2")
    page.locator(".hit a").nth(1).press("p")
    picture_of(page, "search")

    page.keyboard.press("Enter")
    expect(page.locator(".document .box").first).to_be_visible(timeout=LONG)
    expect(page.locator(".document .sheet img")).not_to_have_js_property("naturalHeight", 0, timeout=LONG)
    box, picture = page.locator(".document .box").first.bounding_box(), page.locator(".document .sheet img").bounding_box()
    assert box
    assert picture
    assert picture["y"] < box["y"] < picture["y"] + picture["height"]
    assert picture["x"] < box["x"] < picture["x"] + picture["width"]
    picture_of(page, "document")
    page.click("#tab-text")
    expect(page.locator(".page-text")).to_contain_text(number)
    page.get_by_role("link", name="Volver a los resultados").click()
    expect(page.locator("#question")).to_have_value(f"licencia por salud {number}")


def test_what_is_here_already_is_not_sent_again(signed_in: Open, letters: list[Path]) -> None:
    page = signed_in()
    page.set_input_files("input[multiple]", letters[:1])
    expect(row(page, letters[0].name).locator(".pill")).to_have_text("Listo", timeout=LONG)
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" and "/api/" not in asked.url else None)
    page.set_input_files("input[multiple]", letters[:1])
    again = row(page, "Ya está aquí: no se envió nada.")
    expect(again).to_be_visible()
    assert sent == []
    again.get_by_role("link", name="Ver el documento").click()
    expect(page.locator(".document h1")).to_be_visible()


def test_pages_are_turned_and_a_document_is_deleted(signed_in: Open, letters: list[Path], word: str) -> None:
    page = signed_in()
    page.set_input_files("input[multiple]", letters[:1])
    expect(row(page, letters[0].name).locator(".pill")).to_have_text("Listo", timeout=LONG)
    row(page, letters[0].name).get_by_role("link").click()
    page.get_by_label("Página siguiente").click()
    expect(page.get_by_alt_text("Página 2 de")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_alt_text("Página 1 de")).to_be_visible()
    page.get_by_role("button", name="Eliminar").click()
    page.get_by_role("button", name="Sí, eliminar").click()
    expect(page.get_by_text("Ya no se encuentra.")).to_be_visible()
    page.goto(f"/#/search?q={word}")
    expect(page.locator(".said")).to_be_visible()
    expect(page.locator(".hit", has_text=word)).to_have_count(0)


def test_a_locked_file_is_opened_with_its_password(signed_in: Open, tmp_path: Path, word: str) -> None:
    path = tmp_path / f"{word}.pdf"
    path.write_bytes(made.locked(word))
    page = signed_in()
    page.set_input_files("input[multiple]", [path])
    line = row(page, path.name)
    expect(line.locator(".pill")).to_have_text("Con error", timeout=LONG)
    line.get_by_label("Contraseña del PDF").fill("secreto")
    line.get_by_role("button", name="Abrir con contraseña").click()
    expect(line.locator(".pill")).to_have_text("Listo", timeout=LONG)


def test_a_typing_error_is_corrected_and_that_can_be_undone(signed_in: Open, letters: list[Path], word: str) -> None:
    page = signed_in()
    page.set_input_files("input[multiple]", letters[:1])
    expect(row(page, letters[0].name).locator(".pill")).to_have_text("Listo", timeout=LONG)
    wrong = word[:-2] + word[-1] + word[-2] if word[-1] != word[-2] else word + "x"
    page.goto(f"/#/search?q={wrong}")
    expect(page.get_by_text(f"Se buscó «{word}».")).to_be_visible()
    page.get_by_role("button", name="tal cual").click()
    expect(page.get_by_text("Se buscó")).to_have_count(0)
    expect(page.locator("#question")).to_have_value(wrong)


def test_what_was_read_is_corrected_by_hand(signed_in: Open, letters: list[Path], word: str) -> None:
    page = signed_in()
    page.set_input_files("input[multiple]", letters[:1])
    expect(row(page, letters[0].name).locator(".pill")).to_have_text("Listo", timeout=LONG)
    row(page, letters[0].name).get_by_role("link").click()
    page.get_by_role("button", name="Corregir: Remitente").click()
    expect(page.locator("#correction")).to_be_focused()
    page.keyboard.type(f"Rosa {word} <b>Quispe</b>")
    page.keyboard.press("Enter")
    expect(page.locator(".data")).to_contain_text(f"Rosa {word} <b>Quispe</b>")
    expect(page.locator(".data")).to_contain_text("Corregido por local admin")
    page.reload()
    expect(page.locator(".data")).to_contain_text(f"Rosa {word} <b>Quispe</b>")
    page.get_by_role("button", name="Volver a lo leído").click()
    expect(page.get_by_text("Corregido por")).to_have_count(0)


def test_what_failed_is_counted_by_cause_and_run_again(signed_in: Open, tmp_path: Path, word: str) -> None:
    path = tmp_path / f"{word}.pdf"
    path.write_bytes(made.locked(word))
    page = signed_in()
    page.set_input_files("input[multiple]", [path])
    expect(row(page, path.name).locator(".pill")).to_have_text("Con error", timeout=LONG)
    page.get_by_role("link", name="Operación").click()
    expect(page.locator("li.row", has_text="Base de datos").locator(".pill")).to_have_text("Bien")
    expect(page.locator(".tile[data-bad]")).to_be_visible()
    cause = page.locator("li.row", has_text="encrypted_pdf")
    cause.get_by_role("button", name="Intentar de nuevo").click()
    expect(page.get_by_text("Otra vez en cola:")).to_be_visible()
