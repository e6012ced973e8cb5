"""The shape of signed requests; what a store makes of them is in the integration tests."""

import base64
import json
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.adapters.minio.presigner import MinioPresigner, content_disposition

KEY = "inbox/upload/0190b3c2-7d5e-7c3a-9b5e-3f1d2c4b5a69/año + 1.pdf"
SHA256 = "ab" * 32


@pytest.fixture
def presigner() -> MinioPresigner:
    # A host that no one has: a network call would fail.
    return MinioPresigner(
        "https://minio.invalid:9443",
        "documentos",
        "documentos-derived",
        region="us-east-1",
        signer_access_key="signer",
        signer_secret_key="signer-secret",
        reader_access_key="reader",
        reader_secret_key="reader-secret",
    )


def test_a_form_names_every_field_in_its_policy(presigner: MinioPresigner) -> None:
    signed = presigner.sign_upload(
        method="post", key=KEY, content_type="application/pdf", size=7, sha256=SHA256, metadata={"original-name": "a"}, seconds=60
    )
    assert (signed.method, signed.url, signed.headers) == ("POST", "https://minio.invalid:9443/documentos", {})
    assert signed.fields["key"] == KEY
    assert signed.fields["x-amz-credential"].startswith("signer/")
    conditions = json.loads(base64.b64decode(signed.fields["policy"]))["conditions"]
    assert ["content-length-range", 7, 7] in conditions
    named = {condition[1]: condition[2] for condition in conditions if condition[0] == "eq"}
    for name, value in signed.fields.items():
        if name not in {"policy", "x-amz-signature"}:
            assert named[f"${name}"] == value


def test_a_put_signs_every_header_that_it_gives(presigner: MinioPresigner) -> None:
    signed = presigner.sign_upload(
        method="put", key=KEY, content_type="application/pdf", size=7, sha256=SHA256, metadata={"original-name": "a"}, seconds=60
    )
    assert (signed.method, signed.fields) == ("PUT", {})
    assert signed.headers == {
        "Content-Type": "application/pdf",
        "Content-Length": "7",
        "If-None-Match": "*",
        "x-amz-checksum-sha256": base64.b64encode(bytes.fromhex(SHA256)).decode(),
        "x-amz-meta-original-name": "a",
    }
    url = urlsplit(signed.url)
    assert unquote(url.path) == f"/documentos/{KEY}"
    query = parse_qs(url.query)
    assert set(query["X-Amz-SignedHeaders"][0].split(";")) == {name.lower() for name in signed.headers} | {"host"}
    assert query["X-Amz-Expires"] == ["60"]


@pytest.mark.parametrize("method", ["post", "put"])
def test_a_hash_is_signed_where_it_was_given(presigner: MinioPresigner, method: str) -> None:
    for sha256, expected in [(SHA256, base64.b64encode(bytes.fromhex(SHA256)).decode()), ("", None)]:
        signed = presigner.sign_upload(
            method=method, key=KEY, content_type="application/pdf", size=7, sha256=sha256, metadata={}, seconds=60
        )
        assert (signed.fields | signed.headers).get("x-amz-checksum-sha256") == expected


def test_a_read_is_signed_by_the_reader_for_one_version(presigner: MinioPresigner) -> None:
    query = parse_qs(urlsplit(presigner.sign_download(key=KEY, version_id="v1", filename="año.pdf", seconds=60)).query)
    assert query["X-Amz-Credential"][0].startswith("reader/")
    assert query["versionId"] == ["v1"]
    assert query["response-content-disposition"] == ["inline; filename=\"a_o.pdf\"; filename*=UTF-8''a%C3%B1o.pdf"]
    assert query["response-content-type"] == ["application/pdf"]


def test_an_unversioned_object_is_read_without_a_version(presigner: MinioPresigner) -> None:
    url = presigner.sign_download(key=KEY, version_id="etag@1700000000000", filename="a.pdf", seconds=60)
    assert "versionId" not in url


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_name_ends_the_header_or_its_value(name: str) -> None:
    value = content_disposition("attachment", name)
    assert value.isascii()
    assert value.isprintable()
    assert value.count('"') == 2
    assert value.count(";") == 2
    assert unquote(value.rpartition("''")[2]) == name
