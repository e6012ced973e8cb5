"""Rules over Spanish office language, against labelled letters."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ingest.adapters.office_rules import OfficeRules

LETTERS = tomllib.loads(Path(__file__).with_name("office_letters.toml").read_text(encoding="utf-8"))["letter"]


def test_there_are_letters_enough() -> None:
    assert len(LETTERS) >= 30


@pytest.mark.parametrize("letter", LETTERS, ids=[letter["text"].strip().splitlines()[0][:40] for letter in LETTERS])
def test_a_letter_says_what_it_is(letter: dict[str, Any]) -> None:
    found = OfficeRules().describe(letter["text"].strip(), "documento de prueba.pdf")
    assert found.document_type == letter.get("type", "")
    assert found.number == letter.get("number", "")
    assert found.office == letter.get("office", "")
    assert found.issued_on == (date.fromisoformat(letter["date"]) if "date" in letter else None)
    assert found.subject == letter.get("subject", "")
    assert found.title
    if "title" in letter:
        assert found.title == letter["title"]


@pytest.mark.parametrize(
    "hostile",
    [
        "n" * 2_000_000,
        "OFICIO " * 300_000,
        "oficio n" + ".º" * 500_000,
        "asunto" + " " * 1_000_000 + "\n",
        "\n" * 1_000_000,
        ("OFICIO N.º 1-2025" + "-a" * 100 + "\n") * 10_000,
        "12 de " * 300_000,
        "unidad de gestion educativa local de " * 50_000,
        "İ" * 10_000,
        "\ud800OFICIO N.º 1-2025",
    ],
    ids=range(10),
)
def test_hostile_text_is_read_at_its_beginning_alone(hostile: str) -> None:
    assert len(OfficeRules().describe(hostile, "x.pdf").title) <= 200


def test_a_document_without_text_takes_its_name() -> None:
    assert OfficeRules().describe("", "constancia de notas.v2.pdf").title == "constancia de notas.v2"
