"""Bad input and bad luck: each ends in a sentence that says what happened and what to do."""

import json
import re
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Route, expect
from sqlalchemy import text

from ingest.db import keys
from ingest.db.engine import Database
from tests.e2e.page.conftest import Open, row, sign_in
from tests.support import made
from tests.support.office import Office

pytestmark = pytest.mark.stack
LONG = 60_000
SERVER = re.compile(r"/(api/v1/[^?]*|health/ready|metrics)(\?.*)?$")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("vacio.pdf", b"", "El archivo está vacío (0 bytes). Escanéelo o descárguelo otra vez."),
        ("hoja.xlsx", b"PK", "Este tipo de archivo no se recibe. Envíe un PDF o una foto"),
        ("carta", b"%PDF-", "Este tipo de archivo no se recibe."),
    ],
)
def test_what_cannot_be_taken(signed_in: Open, tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    page = signed_in()
    page.set_input_files("input[multiple]", [tmp_path / name])
    expect(row(page, name)).to_contain_text(said)
    page.get_by_label(f"Quitar de la lista: {name}").click()
    expect(row(page, said)).to_have_count(0)


def test_three_hundred_files_at_once(signed_in: Open, tmp_path: Path) -> None:
    """They are announced by the hundred; that each is refused here keeps the queue of the other tests short."""
    announced: list[int] = []

    def refuse(route: Route) -> None:
        wanted = json.loads(route.request.post_data or "[]")
        announced.append(len(wanted))
        problem = {"code": "too_large", "detail": "Demasiado grande.", "action": "Divídalo."}
        route.fulfill(status=201, json={"items": [problem] * len(wanted), "next_cursor": None})

    files = []
    for number in range(300):
        files.append(tmp_path / f"{number:03}.pdf")
        files[-1].write_bytes(b"%PDF-" + str(number).encode())
    page = signed_in()
    page.route("**/api/v1/uploads/batch", refuse)
    page.set_input_files("input[multiple]", files)
    expect(page.locator("li.row", has_text="Demasiado grande. Divídalo.")).to_have_count(300, timeout=LONG)
    assert sum(announced) == 300
    assert max(announced) <= 100


def test_the_network_goes_in_the_middle_and_comes_back(signed_in: Open, office: Office, tmp_path: Path) -> None:
    name = f"{uuid4()}.pdf"
    (tmp_path / name).write_bytes(made.born_digital("red"))
    page = signed_in()
    store = f"http://{office.env['MINIO_ENDPOINT']}/**"
    page.route(store, lambda route: route.abort("connectionreset"))
    page.set_input_files("input[multiple]", [tmp_path / name])
    expect(row(page, name)).to_contain_text("Se cortó la conexión durante el envío. No se perdió nada: reintente")
    page.unroute(store)
    row(page, name).get_by_role("button", name="Reintentar").click()
    expect(row(page, name).locator(".pill")).to_have_text("Listo", timeout=LONG)


def test_a_search_is_answered_when_the_server_is_back(signed_in: Open) -> None:
    """The network stands, so the browser tells of no return: the page itself asks until it is answered."""
    word = f"agata{uuid4().hex}"
    page = signed_in("/#/search")
    page.route(SERVER, lambda route: route.abort("connectionrefused"))
    page.fill("#question", word)
    expect(page.locator(".away")).to_contain_text("No hay conexión con el servidor.")
    page.unroute(SERVER)
    expect(page.locator(".said")).to_contain_text(word, timeout=LONG)
    expect(page.locator(".away")).to_have_count(0)


def test_operations_go_on_when_the_server_is_back(signed_in: Open) -> None:
    page = signed_in("/#/operations")
    expect(page.locator(".tile").first).to_be_visible()
    page.route(SERVER, lambda route: route.abort("connectionrefused"))
    expect(page.locator(".away")).to_be_visible(timeout=LONG)
    page.unroute(SERVER)
    expect(page.locator(".away")).to_have_count(0, timeout=LONG)
    for _ in range(2):  # again and again, not once
        page.wait_for_event("request", lambda asked: asked.url.endswith("/health/ready"), timeout=LONG)


def test_nobody_is_signed_out_by_half(signed_in: Open) -> None:
    """A cookie that the server still takes is told by a page that stays."""
    page = signed_in()
    expect(page.locator(".drop")).to_be_visible()
    page.route(SERVER, lambda route: route.abort("connectionrefused"))
    page.get_by_role("button", name="Salir").click()
    expect(page.locator(".away")).to_be_visible()
    expect(page.locator("#key")).to_have_count(0)
    page.unroute(SERVER)
    page.get_by_role("button", name="Salir").click()
    expect(page.locator("#key")).to_be_visible()
    assert page.request.get("/api/v1/session").status == 401


def test_names_and_texts_of_strangers_stay_text(signed_in: Open, tmp_path: Path) -> None:
    word = f"ambar{uuid4().hex[:8]}"
    evil = f'<img src=x onerror=alert(1)> "{word}" <script>alert(2)</script>'
    name = f"{word} <img src=x onerror=alert(3)>.pdf"
    (tmp_path / name).write_bytes(made.born_digital(evil, 1))
    page = signed_in()
    page.set_input_files("input[multiple]", [tmp_path / name])
    expect(row(page, name).locator(".pill")).to_have_text("Listo", timeout=LONG)
    page.goto(f"/#/search?q={word}")
    expect(page.locator(".hit-snippet").first).to_contain_text("<img src=x onerror=alert(1)>")
    page.locator(".hit a").first.click()
    page.click("#tab-text")
    expect(page.locator(".page-text")).to_contain_text("<script>alert(2)</script>")
    assert page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize("ended", ["expired", "revoked"])
def test_a_session_that_ends_while_the_page_is_open(open_page: Open, office: Office, ended: str) -> None:
    name = f"clerk {uuid4()}"
    database = Database(office.env["DATABASE_URL"], pool_size=1)
    with database.begin() as connection:
        secret = keys.add(connection, name, ("read", "upload"))
    page = open_page("/#/search")
    sign_in(page, secret)
    page.fill("#question", "algo")
    with database.begin() as connection:
        if ended == "revoked":
            keys.revoke(connection, name)
        else:
            mine = "UPDATE sessions SET expires_at = now() WHERE key_id = (SELECT id FROM api_keys WHERE name = :name)"
            connection.execute(text(mine), {"name": name})
    database.close()
    page.fill("#question", "algo que buscar")
    expect(page.locator(".lead")).to_contain_text("Su sesión terminó. Ingrese de nuevo: volverá a donde estaba")
    sign_in(page, office.env["BANDEJA_API_KEY"])
    expect(page.locator("#question")).to_have_value("algo que buscar")


def test_who_may_only_read_sends_nothing(open_page: Open, office: Office) -> None:
    database = Database(office.env["DATABASE_URL"], pool_size=1)
    with database.begin() as connection:
        secret = keys.add(connection, f"reader {uuid4()}", ("read",))
    database.close()
    page = open_page()
    sign_in(page, secret)
    expect(page.get_by_text("Su clave permite leer, pero no enviar.")).to_be_visible()
    assert page.locator("input[type=file]").count() == 0


def test_an_address_that_leads_nowhere(signed_in: Open) -> None:
    page = signed_in("/#/nowhere")
    page.get_by_role("link", name="Ir a la bandeja de entrada").click()
    expect(page.locator(".drop")).to_be_visible()
    page.goto(f"/#/document/{uuid4()}")
    expect(page.get_by_role("alert")).to_contain_text("No existe lo que busca.")
    page.goto("/#/document/..%2F..%2Fhealth")
    expect(page.get_by_role("alert")).to_be_visible()


def test_what_has_no_name_is_called_by_its_key(signed_in: Open) -> None:
    def without_name(route: Route) -> None:
        task = {
            "task_id": str(uuid4()),
            "document_id": str(uuid4()),
            "object_key": "inbox/mesa/0001",
            "filename": "",
            "status": "error",
        }
        known = {"error": None, "created_at": "2025-03-12T15:00:00Z", "pages_total": None, "progress": 0, "stage": None}
        route.fulfill(json={"items": [task | known], "next_cursor": None})

    page = signed_in()
    page.route("**/api/v1/tasks?*", without_name)
    page.reload()
    expect(page.get_by_role("link", name="0001")).to_be_visible()
