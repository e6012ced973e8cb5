"""Usable by everyone: axe on every view, both languages, light and dark, desk and phone; by keyboard alone; small."""

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.page.conftest import DESK, PHONE, Open, row
from tests.support import made

pytestmark = pytest.mark.stack
LONG = 60_000
FIRST_VIEW = 60_000  # bytes, zipped


def violations(page: Page) -> list[str]:
    """What axe finds wrong, and where."""
    found: Any = Axe().run(page)
    return [f"{one['id']}: {[node['html'][:200] for node in one['nodes']]}" for one in found.response["violations"]]


LOOKS = [
    ({"viewport": DESK, "color_scheme": "light"}, False),
    ({"viewport": PHONE, "color_scheme": "dark"}, True),
    ({"viewport": PHONE, "color_scheme": "light"}, False),
    ({"viewport": DESK, "color_scheme": "dark"}, True),
]


@pytest.mark.parametrize(("look", "english"), LOOKS)
def test_axe_finds_nothing(open_page: Open, signed_in: Open, tmp_path: Path, look: dict[str, Any], english: bool) -> None:
    entrance = open_page(**look)
    if english:
        entrance.get_by_role("button", name="Ver esta página en inglés").click()
    assert violations(entrance) == []

    page = signed_in(**look)
    if english:
        page.get_by_role("button", name="Ver esta página en inglés").click()
    name = f"malaquita-{look['color_scheme']}-{look['viewport']['width']}.pdf"
    (tmp_path / name).write_bytes(made.born_digital("malaquita", 1))
    (tmp_path / "vacio.pdf").touch()
    page.set_input_files("input[multiple]", [tmp_path / name, tmp_path / "vacio.pdf"])
    expect(row(page, name).first).to_contain_text("Done" if english else "Listo", timeout=LONG)
    assert violations(page) == []
    page.goto("/#/search?q=malaquita")
    expect(page.locator(".hit").first).to_be_visible()
    assert violations(page) == []
    page.locator(".hit a").first.click()
    expect(page.locator(".document .sheet img")).to_be_visible()
    assert violations(page) == []
    page.goto("/#/operations")
    expect(page.locator(".tile").first).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"


def test_by_keyboard_alone(open_page: Open, office: Any, tmp_path: Path) -> None:
    page = open_page()
    expect(page.locator("#key")).to_be_focused()
    page.keyboard.type(office.env["BANDEJA_API_KEY"])
    page.keyboard.press("Enter")
    page.wait_for_selector(".drop")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("input[multiple]")).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.type("ofi")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#question")).to_have_attribute("aria-activedescendant", "suggestion-0")
    page.keyboard.press("Enter")
    expect(page.locator(".hit").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".document h1")).to_be_visible()


def test_the_first_view_is_small(open_page: Open) -> None:
    page = open_page("about:blank")
    sizes: dict[str, int] = {}
    page.on("response", lambda answer: sizes.update({answer.url: int(answer.headers.get("content-length", "0"))}))
    page.goto("/")
    page.wait_for_selector("#key")
    assert len(sizes) > 5
    assert all(sizes.values())
    assert sum(sizes.values()) <= FIRST_VIEW, sizes


def test_a_second_visit_fetches_nothing_anew(open_page: Open) -> None:
    page = open_page()
    page.wait_for_selector("#key")
    statuses: list[int] = []
    page.on("response", lambda answer: statuses.append(answer.status))
    page.reload()
    page.wait_for_selector("#key")
    assert set(statuses) <= {200, 304}
