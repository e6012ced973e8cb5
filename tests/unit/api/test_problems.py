"""Errors have one HTTP status each, and speak the client's language."""

import pytest
from starlette.requests import Request

from api import problems
from ingest.errors import by_code


def asking(accept_language: str) -> Request:
    return Request({"type": "http", "headers": [(b"accept-language", accept_language.encode())]})


def test_every_code_has_a_status() -> None:
    assert set(problems.STATUS) == set(by_code())


@pytest.mark.parametrize("code", sorted(by_code()))
def test_every_error_says_what_happened_and_what_to_do_in_both_languages(code: str) -> None:
    kind = by_code()[code]
    sentences = [kind.message.es, kind.message.en, kind.action.es, kind.action.en]
    assert all(sentence.endswith(".") and sentence[0].isupper() for sentence in sentences)
    assert kind.message.es != kind.message.en


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "es"),
        ("en", "en"),
        ("es-PE,es;q=0.9,en;q=0.8", "es"),
        ("en-US,en;q=0.9,es;q=0.5", "en"),
        ("fr, de;q=0.5", "es"),
        ("es;q=0.1, en;q=0.2", "en"),
        ("en;q=loud", "es"),
        ("*", "es"),
    ],
)
def test_accept_language(header: str, language: str) -> None:
    assert problems.language(asking(header)) == language
