"""`/docs/errors` is where the `type` of every problem leads: each code with its anchor, for whoever has no key."""

import asyncio
from base64 import b64encode
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser

import httpx
import pytest
from starlette.requests import Request

from api.main import app
from api.problems import STATUS, problem
from ingest.errors import by_code


def get(path: str) -> httpx.Response:
    """The answer of an application that was never started: the page needs no database, no store, no settings."""

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as client:
            return await client.get(path)

    return asyncio.run(ask())


class Page(HTMLParser):
    """The tags of a page, the ids among them, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.style = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.tags and self.tags[-1] == "style" and not self.style:
            self.style = data


@pytest.fixture(scope="module")
def page() -> Page:
    answer = get("/docs/errors")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Page(answer.text)


def test_every_code_has_its_anchor_once(page: Page) -> None:
    assert sorted(page.ids) == sorted(by_code())


@pytest.mark.parametrize("code", sorted(by_code()))
def test_every_error_with_its_status_and_its_words_in_both_languages(page: Page, code: str) -> None:
    kind = by_code()[code]
    said = page.text[page.text.index(f"{code} · HTTP {STATUS[code]}") :]
    for sentence in (kind.message.es, kind.action.es, kind.message.en, kind.action.en):
        assert sentence in unescape(said)


@pytest.mark.parametrize("code", sorted(by_code()))
def test_the_type_of_a_problem_leads_there(page: Page, code: str) -> None:
    request = Request({"type": "http", "headers": [], "state": {"request_id": "1"}})
    path, _, anchor = problem(request, by_code()[code]())["type"].partition("#")
    assert get(path).status_code == 200
    assert anchor in page.ids


def test_nothing_runs_in_it_and_nothing_is_fetched_by_it(page: Page) -> None:
    policy = get("/docs/errors").headers["content-security-policy"]
    assert policy.split("; ")[0] == "default-src 'none'"
    digest = b64encode(sha256(page.style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy  # its own sheet and no other
    assert "unsafe" not in policy
    assert not {"script", "img", "link", "iframe", "form"} & set(page.tags)
    assert not {"src", "style"} & page.attributes
    assert not [name for name in page.attributes if name.startswith("on")]


def test_the_documentation_of_the_api_stands_beside_it() -> None:
    assert "swagger" in get("/docs").text.lower()
    assert "/docs/errors" not in get("/openapi.json").json()["paths"]  # a page, no call
