"""The page in a real browser: Debian's Chromium, driven by Playwright."""

import os
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.office import Office

CHROMIUM = "/usr/bin/chromium"
DESK = {"width": 1280, "height": 860}
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A browser; `bandeja setup --browser` has installed it. Gone before other tests: Playwright's event loop runs in their thread."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium's own refuses root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=sandbox)
        yield browser
        browser.close()


Open = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, office: Office) -> Iterator[Open]:
    """Opens the page in a new browser, in Spanish, light and at a desk unless said otherwise.

    Whatever a policy refuses, a script throws or a foreign host is asked for fails the test at its end.
    """
    contexts = []
    faults: list[str] = []
    ours = (office.env["BANDEJA_API_URL"], f"http://{office.env['MINIO_ENDPOINT']}", "blob:", "data:")

    def opened(path: str = "/", **options: Any) -> Page:
        context = chromium.new_context(base_url=office.env["BANDEJA_API_URL"], **{"viewport": DESK, "locale": "es-PE", **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"threw {error}"))
        page.on("console", lambda said: faults.append(said.text) if _is_fault(said.type, said.text) else None)
        page.on("dialog", lambda dialog: (faults.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda asked: None if asked.url.startswith(ours) else faults.append(f"asked {asked.url}"))
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def _is_fault(kind: str, text: str) -> bool:
    """What the page itself does wrong; an answer of 4xx that it expects is logged by the browser all the same."""
    return kind == "error" and not text.startswith("Failed to load resource")


@pytest.fixture
def signed_in(open_page: Open, office: Office) -> Open:
    """Opens the page and signs in with the local admin key."""

    def opened(path: str = "/", **options: Any) -> Page:
        page = open_page(path, **options)
        sign_in(page, office.env["BANDEJA_API_KEY"])
        return page

    return opened


def sign_in(page: Page, key: str) -> None:
    """As a person does."""
    page.fill("#key", key)
    page.keyboard.press("Enter")
    page.wait_for_selector("header.bar")


def row(page: Page, name: str) -> Any:
    """The line of the in-tray that this file has."""
    return page.locator("li.row", has_text=name)


def picture_of(page: Page, name: str) -> None:
    """Keep a picture of the page for the README, where BANDEJA_PICTURES names a folder for it."""
    if folder := os.environ.get("BANDEJA_PICTURES"):
        taken = Image.open(BytesIO(page.screenshot()))
        # The page has few colours: a third of the bytes.
        taken.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(Path(folder) / f"{name}.png", optimize=True)
