"""The lines of MinIO's trace, as they were seen, and as they may come: in pieces, cut off, of other kinds."""

import json
from typing import Any

import pytest

from ingest.adapters.minio import refusals
from ingest.adapters.minio.refusals import Refusal


def line(**changed: Any) -> bytes:
    told = {"type": 8192, "funcname": "Put", "path": "/b/inbox/a.pdf", "error": "Access Denied.", "custom": {"user": "mesa-1"}}
    return json.dumps(told | changed).encode() + b"\n"


def read(*parts: bytes) -> list[Refusal]:
    return [one for one in refusals._read(iter(parts)) if one is not None]


REFUSED = Refusal("mesa-1", "/b/inbox/a.pdf", "Access Denied.")


def test_a_refusal_is_read_however_it_is_cut() -> None:
    told = line()
    assert all(read(told[:cut], told[cut:]) == [REFUSED] for cut in range(len(told)))


def test_a_day_of_silence_spoils_no_line() -> None:
    assert read(*[b" "] * 100_000, line()) == [REFUSED]


def test_each_part_gives_the_caller_its_turn() -> None:
    assert list(refusals._read(iter([b" ", line(), b" "]))) == [None, REFUSED, None, None]


@pytest.mark.parametrize(
    "told",
    [
        line(error=""),
        line(funcname="Setstat"),
        line(custom=None),
        b"[]\n",
        b"null\n",
        b"{\n",
        b'{"funcname":"Put"\n',
        b"\xff\xfe\n",
        b"[" * 100_000 + b"\n",
        b"x" * 200_000 + b"\n",
    ],
)
def test_what_is_none_is_passed_over_and_the_next_is_read(told: bytes) -> None:
    assert read(told, line()) == [REFUSED]


def test_half_a_surrogate_is_something_that_a_database_holds() -> None:
    (refusal,) = read(line(path="/b/\ud800"))
    assert refusal.path.encode() == b"/b/?"
