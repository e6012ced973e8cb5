"""Bytes come back as they were stored, whatever their sender says of their encoding: real MinIO."""

import gzip
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest

from ingest.domain.documents import Status
from tests.support import made
from tests.support.archive import Archive

pytestmark = pytest.mark.stack

LIE = {"Content-Encoding": "gzip, gzip"}
BOMB = gzip.compress(gzip.compress(bytes(10_000_000)))


def put(archive: Archive, key: str, body: bytes, bucket: str = "") -> None:
    archive.client.put_object(bucket or archive.bucket, key, BytesIO(body), len(body), metadata=dict(LIE))


@pytest.mark.parametrize("body", [BOMB, b"%PDF-1.7 plain"], ids=["a bomb", "no gzip at all"])
def test_a_download_decodes_nothing(archive: Archive, tmp_path: Path, body: bytes) -> None:
    put(archive, "inbox/a.pdf", body)
    found = archive.store.download("inbox/a.pdf", "", tmp_path / "a", at_most=len(body))
    assert (found.sha256, found.size) == (sha256(body).digest(), len(body))
    assert (tmp_path / "a").read_bytes() == body


def test_nor_does_reading_what_was_made_of_a_document(archive: Archive) -> None:
    put(archive, "a.png", BOMB, f"{archive.bucket}-derived")
    assert archive.store.get_derived("a.png") == BOMB


def test_a_letter_that_claims_an_encoding_is_read(archive: Archive) -> None:
    put(archive, "inbox/a.pdf", body := made.born_digital("mensajero", 1))
    (document,) = archive.created(archive.newest("inbox/a.pdf")).documents
    read = archive.read(document.id)
    assert (read.status, read.retries, read.claims) == (Status.COMPLETED, 0, 2)
    assert read.content_sha256 == sha256(body).digest()


def test_a_bomb_ends_in_error(archive: Archive) -> None:
    put(archive, "inbox/a.pdf", BOMB)
    (document,) = archive.created(archive.newest("inbox/a.pdf")).documents
    assert archive.read(document.id).error_code == "not_a_document"
