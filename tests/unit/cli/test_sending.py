"""What `bandeja upload` says of a file: by its name, or by what is inside."""

from pathlib import Path
from typing import Any

import pytest

from ingest.cli import sending
from tests.support import made


class Announced:
    """An API that remembers what it was told."""

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return body


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("oficio", "application/pdf"),
        ("oficio.dat", "application/pdf"),
        ("oficio.txt", "application/pdf"),
        ("oficio.pdf", "application/pdf"),
        ("oficio.jpg", "image/jpeg"),
    ],
)
def test_a_file_whose_name_does_not_say_is_looked_into(tmp_path: Path, name: str, content_type: str) -> None:
    file = tmp_path / name
    file.write_bytes(made.blank())
    announced = sending.announce(Announced(), file, "post")  # type: ignore[arg-type]  # no more of the API is asked
    assert announced["content_type"] == content_type
    assert announced["size"] == file.stat().st_size


def test_a_picture_without_an_ending_is_one(tmp_path: Path) -> None:
    file = tmp_path / "foto"
    file.write_bytes(made.photo("sin nombre"))
    assert sending.announce(Announced(), file, "post")["content_type"] == "image/jpeg"  # type: ignore[arg-type]


def test_what_is_no_document_keeps_its_type(tmp_path: Path) -> None:
    for name, content_type in (("notas.txt", "text/plain"), ("datos", "application/octet-stream")):
        file = tmp_path / name
        file.write_bytes(b"nada")
        assert sending.announce(Announced(), file, "post")["content_type"] == content_type  # type: ignore[arg-type]
