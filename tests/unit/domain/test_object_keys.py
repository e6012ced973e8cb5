"""A key says where an object came from; any name fits into a key and comes back whole from the metadata."""

import unicodedata
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.domain import object_keys
from ingest.domain.documents import Source
from ingest.domain.object_keys import Place, classify, is_ignored, original_name, safe_segment, upload_metadata
from ingest.errors import InvalidRequest

INBOX = "inbox/"
ID = "0190b3c2-7d5e-7c3a-9b5e-3f1d2c4b5a69"
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=2000)


@pytest.mark.parametrize(
    ("key", "place"),
    [
        (f"inbox/upload/{ID}/oficio 1.pdf", Place(Source.UPLOAD, document_id=UUID(ID))),
        (f"inbox/upload/{ID.upper()}/a.pdf", Place(Source.OTHER)),
        (f"inbox/upload/{ID.replace('-', '')}/a.pdf", Place(Source.OTHER)),
        (f"inbox/upload/{ID}/folder/a.pdf", Place(Source.OTHER)),
        (f"inbox/upload/{ID}/", Place(Source.OTHER)),
        (f"inbox/upload/{ID}", Place(Source.OTHER)),
        ("inbox/upload/not-a-uuid/a.pdf", Place(Source.OTHER)),
        ("inbox/scan/mesa-1/scan0001.pdf", Place(Source.SCANNER, device="mesa-1")),
        ("inbox/scan/Mesa de partes/2025/03/a.pdf", Place(Source.SCANNER, device="Mesa de partes")),
        ("inbox/scan/a.pdf", Place(Source.OTHER)),
        ("inbox/scan//a.pdf", Place(Source.OTHER)),
        ("inbox/otros/a.pdf", Place(Source.OTHER)),
        ("inbox/a.pdf", Place(Source.OTHER)),
        (f"elsewhere/inbox/upload/{ID}/a.pdf", Place(Source.OTHER)),
        ("", Place(Source.OTHER)),
    ],
)
def test_a_key_says_where_it_came_from(key: str, place: Place) -> None:
    assert classify(key, INBOX) == place


@given(st.lists(st.sampled_from(["inbox", "upload", "scan", "mesa", ID, "", "..", ".", "a.pdf", "~$a"]) | st.text(max_size=5)))
def test_any_key_has_its_place(segments: list[str]) -> None:
    key = "/".join(segments)
    place = classify(key, INBOX)
    if place.source is Source.UPLOAD:
        assert key.startswith(f"inbox/upload/{place.document_id}/")
    elif place.source is Source.SCANNER:
        assert place.device
        assert key.startswith(f"inbox/scan/{place.device}/")
    else:
        assert place == Place(Source.OTHER)
    assert original_name(key, {})
    assert is_ignored(key) in {True, False}


def test_the_inbox_may_lie_anywhere() -> None:
    assert classify("a/b/scan/mesa/x.pdf", "a/b/") == Place(Source.SCANNER, device="mesa")


NOT_YET = [
    "",
    "a.tmp",
    "a.Temp",
    "a.pdf.PART",
    "a.pdf.partial",
    "a.filepart",
    "a.crdownload",
    ".a.pdf",
    "..",
    "~$a.docx",
    "d/.DS_Store",
]


@pytest.mark.parametrize("key", ["", *(f"inbox/{name}" for name in NOT_YET)])
def test_what_is_not_a_document_yet_is_ignored(key: str) -> None:
    assert is_ignored(key)


@pytest.mark.parametrize("key", ["inbox/a.pdf", "inbox/partes.pdf", "inbox/a", "inbox/tmp", "inbox/.d/a.pdf", "inbox/~a.pdf"])
def test_a_document_is_not_ignored(key: str) -> None:
    assert not is_ignored(key)


@pytest.mark.parametrize(
    ("name", "segment"),
    [
        ("oficio 123-2025.pdf", "oficio 123-2025.pdf"),
        ("año – “resolución” + ñ&=%20.pdf", "año – “resolución” + ñ&=%20.pdf"),
        (unicodedata.normalize("NFD", "año.pdf"), "año.pdf"),
        ("👨‍👩‍👧 🗂️.jpg", "👨‍👩‍👧 🗂️.jpg"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..", "documento"),
        ("", "documento"),
        (" . ", "documento"),
        (".\u00a0oficio.pdf", "oficio.pdf"),
        ("\u2003..\u3000. 0", "0"),
        ("a/b\\c\n.pdf", "a_b_c_.pdf"),
        (".oculto.tmp", "oculto_tmp"),
        ("scan.pdf.part", "scan.pdf_part"),
        (".tmp", "tmp"),
        ("~$oficio.docx", "_$oficio.docx"),
        ("..~$a", "_$a"),
        ("gpj.\u202efdp", "gpj._fdp"),
        ("${filename}.pdf", "_{filename}.pdf"),
        ("x" * 896 + ".pdf", "x" * 251 + ".pdf"),
        ("ñ" * 300 + ".pdf", "ñ" * 125 + ".pdf"),
        ("\ud800.pdf", "_.pdf"),
    ],
)
def test_a_name_becomes_a_segment(name: str, segment: str) -> None:
    assert safe_segment(name) == segment


@given(names)
def test_any_name_becomes_a_segment_that_is_taken_in(name: str) -> None:
    segment = safe_segment(name)
    assert 1 <= len(segment.encode()) <= 255
    assert not set("/\\\0") & set(segment)
    assert segment not in {".", ".."}
    assert segment == unicodedata.normalize("NFC", segment) == segment.strip()
    assert not is_ignored(segment)
    assert safe_segment(segment) == segment
    assert classify(f"inbox/upload/{ID}/{segment}", INBOX).document_id == UUID(ID)


@given(
    st.text(max_size=30),
    st.dictionaries(st.from_regex("[a-z0-9][a-z0-9-]{0,15}", fullmatch=True), names.filter(lambda n: len(n) < 10)),
)
def test_metadata_is_ascii_and_comes_back(name: str, values: dict[str, str]) -> None:
    name = name.replace("\0", "")
    values = {key: value.replace("\0", "") for key, value in values.items() if key != object_keys.ORIGINAL_NAME}
    try:
        sent = upload_metadata(name, values)
    except InvalidRequest:
        return
    assert all(value.isascii() and value.isprintable() for value in sent.values())
    assert original_name("inbox/k.pdf", sent) == (name or "k.pdf")
    assert object_keys.client_metadata(sent) == values


@given(names)
def test_a_long_name_is_cut_to_what_s3_holds(name: str) -> None:
    sent = upload_metadata(name, {"office": "ñ" * 20})
    assert sum(len(f"x-amz-meta-{key}{value}") for key, value in sent.items()) <= 2048
    kept = original_name("k", sent)
    assert name.replace("\0", "").startswith(kept) or kept in {"k", "documento"}  # a name of NULs alone is none


def test_more_metadata_than_s3_holds_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        upload_metadata("a.pdf", {"note": "ñ" * 500})


def test_ours_wins_over_a_clients_value_of_that_name() -> None:
    sent = upload_metadata("mine.pdf", {object_keys.ORIGINAL_NAME: "theirs.pdf"})
    assert original_name("k", sent) == "mine.pdf"


@pytest.mark.parametrize(
    ("metadata", "name"),
    [
        ({}, "a b.pdf"),
        ({"original-name": "100%.pdf"}, "100%.pdf"),
        ({"original-name": "a%00b"}, "ab"),
        ({"original-name": ""}, "a b.pdf"),
    ],
)
def test_a_name_from_elsewhere_is_read_too(metadata: dict[str, str], name: str) -> None:
    assert original_name("inbox/otros/a b.pdf", metadata) == name
