"""Which languages a text names, and what is done about one that is not installed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.reading.ocr_languages import parsed, usable


@pytest.mark.parametrize(
    ("said", "languages"),
    [
        ("es", "spa"),
        ("ES", "spa"),
        ("es-PE", "spa"),
        ("en_US", "eng"),
        ("spa+eng", "spa+eng"),
        ("es, qu", "spa+que"),
        ("spa spa es", "spa"),
        ("zh", "chi_sim"),
        ("quy", "quy"),
        (" es ", "spa"),
        ("", None),
        ("+", None),
        ("xx", None),
        ("español", None),
        ("es+xx", None),
        ("spa+eng+deu+fra", None),
        ("../../etc", None),
        ("-c", None),
    ],
)
def test_what_a_text_names(said: str, languages: str | None) -> None:
    assert parsed(said) == languages


@given(st.text())
def test_nothing_but_names_gets_through(said: str) -> None:
    found = parsed(said)
    assert found is None or (set(found) <= set("abcdefghijklmnopqrstuvwxyz_+") and len(found) <= 30)
    assert found is None or parsed(found) == found


def test_what_is_not_installed_is_left_out() -> None:
    installed = {"spa", "eng"}
    assert usable("eng+que", "spa", lambda: installed) == ("eng", ["que"])
    assert usable("que", "spa", lambda: installed) == ("spa", ["que"])
    assert usable("eng", "spa", lambda: installed) == ("eng", [])


def test_whoever_wants_nothing_special_asks_nobody() -> None:
    def nobody() -> set[str]:
        raise AssertionError

    assert usable("", "spa", nobody) == ("spa", [])
    assert usable("spa", "spa", nobody) == ("spa", [])
