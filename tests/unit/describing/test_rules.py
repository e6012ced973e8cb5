"""Rules over Spanish office language, against labelled letters."""

import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ingest.describing.lines import HEAD
from ingest.describing.rules import OfficeRules
from ingest.domain.descriptions import Description, Details

LETTERS = tomllib.loads(Path(__file__).with_name("office_letters.toml").read_text(encoding="utf-8"))["letter"]


def describe(text: str, filename: str = "documento de prueba.pdf") -> Description:
    return OfficeRules().describe(text, filename)


def test_there_are_letters_enough() -> None:
    assert len(LETTERS) >= 36
    assert sum("type" not in letter for letter in LETTERS) >= 6, "some must be no letters at all"


@pytest.mark.parametrize("letter", LETTERS, ids=[letter["text"].strip().splitlines()[0][:40] for letter in LETTERS])
def test_a_letter_says_what_it_is(letter: dict[str, Any]) -> None:
    said = replace(describe(letter["text"].strip()), sender="", details=Details(), evidence={})
    assert said == Description(
        document_type=letter.get("type", ""),
        number=letter.get("number", ""),
        office=letter.get("office", ""),
        subject=letter.get("subject", ""),
        issued_on=date.fromisoformat(letter["date"]) if "date" in letter else None,
        title=letter["title"],
        recipe=OfficeRules.recipe,
    )


HOSTILE = [
    "n" * 2_000_000,
    "OFICIO " * 300_000,
    "OFICIO N" + ".º" * 500_000,
    "ASUNTO" + " " * 1_000_000 + "\n",
    "ASUNTO :\n" * 100_000,
    "\n" * 1_000_000,
    ("OFICIO N.º 1-2025" + "-a" * 100 + "\n") * 10_000,
    ("OFICIO " + "1-" * 190 + "\n") * 10_000,
    ("ACTA " + "o" * 390 + "\n") * 10_000,
    "12 de " * 300_000,
    "1/1/" * 300_000,
    "unidad de gestion educativa local de " * 50_000,
    "el la los las que " * 100_000,
    "I.E. " * 300_000,
    "SEÑOR\n" * 300_000,
    "İ" * 10_000,
    "\ud800OFICIO N.º 1-2025",
    "\0" * 100_000,
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_read_at_its_beginning_alone(hostile: str) -> None:
    found = describe(hostile)
    assert len(found.title) <= 200
    assert len(found.subject) <= 300
    assert found == describe(hostile[:HEAD])


class Counted(str):
    """Counts the characters that are taken out of a text."""

    __slots__ = ("taken",)

    def __getitem__(self, key: Any) -> str:
        part = super().__getitem__(key)
        self.taken = getattr(self, "taken", 0) + len(part)
        return part


def test_a_long_text_costs_no_more_than_a_page() -> None:
    text = Counted("OFICIO N.º 1-2025\n" * 500_000)
    describe(text)
    assert text.taken <= 20 * HEAD, "some thirtieth of it"


def test_a_document_without_text_takes_its_name() -> None:
    assert describe("", "constancia de notas.v2.pdf").title == "constancia de notas.v2"
    assert describe("", "sin_extension").title == "sin_extension"
    assert describe("", ".pdf").title == ".pdf"


def test_pages_part_lines() -> None:
    assert describe("OFICIO N.º 1-2025\fLima, 3 de mayo de 2025").issued_on == date(2025, 5, 3)
