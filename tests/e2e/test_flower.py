"""Flower shows what workers do to who has its password."""

import re

import httpx
import pytest

from tests.support.office import Office, wait_for

pytestmark = pytest.mark.stack


def test_it_is_closed_without_its_password(office: Office) -> None:
    address = office.env["FLOWER_URL"]
    bare = re.sub("//.*@", "//", address)
    assert bare != address
    assert wait_for(lambda: _status(address), "Flower") == 200
    assert _status(bare) == 401
    assert _status(f"{bare}/api/workers") == 401
    assert _status(bare.replace("//", "//bandeja:adivinada@")) == 401


def _status(url: str) -> int | None:
    try:
        return httpx.get(url, timeout=5).status_code
    except httpx.TransportError:
        return None
