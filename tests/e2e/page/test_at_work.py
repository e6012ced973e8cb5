"""What is done to a document while it is looked at: corrected, read again, stopped."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.page.conftest import Open, row
from tests.support import made

pytestmark = pytest.mark.stack
LONG = 60_000


def put_in(page: Page, folder: Path, content: bytes) -> str:
    """Send a file and wait until it is done; its name."""
    name = f"{uuid4()}.pdf"
    (folder / name).write_bytes(content)
    page.set_input_files("input[multiple]", [folder / name])
    expect(row(page, name).locator(".pill")).to_have_text("Listo", timeout=LONG)
    return name


def test_a_correction_that_cannot_be_kept_stays_in_its_field(signed_in: Open, tmp_path: Path) -> None:
    page = signed_in()
    name = put_in(page, tmp_path, made.born_digital(f"corregir {uuid4()}"))
    row(page, name).locator("a.row-name").click()

    def refuse(route: Route) -> None:
        if route.request.method == "PATCH":
            problem = {"code": "database_unavailable", "detail": "No se pudo guardar.", "action": "Reintente."}
            return route.fulfill(status=503, content_type="application/problem+json", json=problem)
        return route.fallback()

    page.route("**/api/v1/documents/*", refuse)
    page.get_by_role("button", name="Corregir: Asunto").click()
    page.locator("#correction").fill("Lo que costó escribir")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No se pudo guardar. Reintente.")).to_be_visible()
    expect(page.locator("#correction")).to_have_value("Lo que costó escribir")
    page.unroute("**/api/v1/documents/*")
    page.locator("#correction").press("Enter")
    expect(page.locator("dl.data")).to_contain_text("Lo que costó escribir")
    expect(page.locator("#correction")).to_have_count(0)


@pytest.mark.parametrize("is_live", [True, False])
def test_read_again_is_followed_to_its_end(signed_in: Open, tmp_path: Path, is_live: bool) -> None:
    """By the stream of events, and where a proxy lets none through by looking."""
    page = signed_in()
    name = put_in(page, tmp_path, made.born_digital(f"releer {uuid4()}"))
    row(page, name).locator("a.row-name").click()
    expect(page.locator("dl.data")).to_contain_text("Listo")
    if not is_live:
        page.route("**/events", lambda route: route.abort())
    page.get_by_role("button", name="Leer otra vez").click()
    expect(page.locator(".running progress")).to_be_visible()
    expect(page.locator(".running")).to_have_count(0, timeout=LONG)
    expect(page.locator("dl.data")).to_contain_text("Listo")


def test_a_document_is_stopped_where_it_stands(signed_in: Open, tmp_path: Path) -> None:
    page = signed_in()
    name = f"{uuid4()}.pdf"
    (tmp_path / name).write_bytes(made.scan(f"detener {uuid4()}", 12))
    page.set_input_files("input[multiple]", [tmp_path / name])
    row(page, name).get_by_role("button", name="Detener").click(timeout=LONG)
    expect(row(page, name).locator(".pill")).to_have_text("Detenido", timeout=LONG)
    row(page, name).locator("a.row-name").click()
    page.get_by_role("button", name="Leer otra vez").click()
    page.locator(".running").get_by_role("button", name="Detener").click()
    expect(page.locator("dl.data")).to_contain_text("Detenido", timeout=LONG)


def test_a_mouse_that_passes_over_hits_asks_for_nothing(signed_in: Open, tmp_path: Path) -> None:
    word = f"topacio{uuid4().hex[:8]}"
    page = signed_in()
    for number in range(3):
        put_in(page, tmp_path, made.born_digital(f"{word} {number}"))
    asked: list[Any] = []
    page.on("request", lambda request: asked.append(request) if "places=true" in request.url else None)
    page.goto(f"/#/search?q={word}")
    hits = page.locator(".hit a")
    expect(hits.nth(2)).to_be_visible()
    with page.expect_response(lambda answer: "places=true" in answer.url):
        for place in (0, 1, 0, 1, 2):
            hits.nth(place).hover()
    assert len(asked) <= 2, "the first hit's, and those of the one that was stayed with"
