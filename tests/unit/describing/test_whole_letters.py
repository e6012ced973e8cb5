"""Whole letters, written by hand in other layouts than those of the bench: sender, expediente and recipients too."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from ingest.describing.rules import OfficeRules

LETTERS = tomllib.loads(Path(__file__).with_name("whole_letters.toml").read_text(encoding="utf-8"))["letter"]


@pytest.mark.parametrize("letter", LETTERS, ids=range(len(LETTERS)))
def test_a_whole_letter_is_read(letter: dict[str, Any]) -> None:
    found = OfficeRules().describe(letter["text"], "carta.pdf")
    details = found.details
    read = {
        "type": found.document_type,
        "number": found.number,
        "office": found.office,
        "date": found.issued_on.isoformat() if found.issued_on else "",
        "sender": found.sender,
        "subject": found.subject,
        "expediente": details.expediente,
        "signed_by": details.signed_by,
    }
    assert read == {name: letter.get(name, "") for name in read}
    assert list(details.recipients) == letter["recipients"]
