"""ETag and If-None-Match, as RFC 9110 has them."""

import pytest
from fastapi import Request
from pydantic import BaseModel

from api.conditional import conditional


class Answer(BaseModel):
    said: str


def asked(if_none_match: str | None = None) -> Request:
    headers = [] if if_none_match is None else [(b"if-none-match", if_none_match.encode("latin-1"))]
    return Request({"type": "http", "headers": headers})


ETAG = conditional(asked(), Answer(said="ñ")).headers["etag"]


def test_the_answer_has_an_etag_of_its_own() -> None:
    answer = conditional(asked(), Answer(said="ñ"))
    assert (answer.status_code, answer.body) == (200, '{"said":"ñ"}'.encode())
    assert answer.headers["cache-control"] == "private, no-cache"
    assert conditional(asked(), Answer(said="n")).headers["etag"] != ETAG


@pytest.mark.parametrize("sent", [ETAG, f'"other", {ETAG}', ETAG.removeprefix("W/"), "*", f'{ETAG} , W/"x"'])
def test_who_has_it_is_told_so(sent: str) -> None:
    answer = conditional(asked(sent), Answer(said="ñ"))
    assert (answer.status_code, answer.body, answer.headers["etag"]) == (304, b"", ETAG)


@pytest.mark.parametrize("sent", ["", '"other"', ETAG.strip('"'), ETAG[:-2] + '"', "\xff", ","])
def test_who_has_another_is_sent_it(sent: str) -> None:
    assert conditional(asked(sent), Answer(said="ñ")).status_code == 200
