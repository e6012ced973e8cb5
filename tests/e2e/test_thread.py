"""Letters that know each other, from upload to answer: the one that answers comes first, the one that it answers later."""

from typing import Any
from uuid import uuid4

import pymupdf
import pytest

from tests.support.office import Office

pytestmark = pytest.mark.stack


def letter(number: str, *lines: str) -> bytes:
    """A letter of this number, with a text layer."""
    said = (f"OFICIO N.º {number}", "Lima, 12 de marzo de 2025", "Señora directora:", *lines, "Atentamente,")
    document = pymupdf.open()
    document.new_page().insert_text((64, 72), "\n\n".join(said), fontsize=10)
    return bytes(document.tobytes())


def taken_in(office: Office, content: bytes) -> str:
    task = office.until_ended(office.upload(f"{uuid4()}.pdf", content))
    assert task["status"] == "completed"
    return str(task["document_id"])


def around(office: Office, document: str) -> dict[str, Any]:
    answer = office.api.get(f"/api/v1/documents/{document}/thread")
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def ends(links: list[dict[str, Any]]) -> list[str | None]:
    return [link["document"] and link["document"]["document_id"] for link in links]


def test_a_letter_finds_the_one_that_it_answers_when_that_arrives(office: Office) -> None:
    at = uuid4().int % 900_000 + 100_000
    asked, told = f"{at}-2025-UGEL.05-AGP", f"{at + 1_000_000}-2025-UGEL.05-DIR"
    answering = taken_in(office, letter(told, f"En atención al Oficio N.º {asked}, se informa que el local está listo."))
    (waiting,) = around(office, answering)["answers"]
    assert (waiting["document"], waiting["number"], waiting["page"]) == (None, f"{at}-2025-UGEL-5-AGP", 1)

    answered = taken_in(office, letter(asked, "Se solicita informar sobre el estado del local de la institución."))
    mine, theirs = around(office, answering), around(office, answered)
    assert (ends(mine["answers"]), ends(theirs["answered_by"])) == ([answered], [answering])
    assert theirs["answered_by"][0]["words"] == mine["answers"][0]["words"]
    assert asked in mine["answers"][0]["words"]
    assert [theirs[other] for other in ("answers", "mentions", "mentioned_by", "candidates")] == [[], [], [], []]

    assert office.api.delete(f"/api/v1/documents/{answered}").status_code == 204
    assert ends(around(office, answering)["answers"]) == [None]
