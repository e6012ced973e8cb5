"""What a signed request permits, tried against a real MinIO."""

import hashlib
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from minio import Minio, MinioAdmin
from minio.commonconfig import ENABLED
from minio.credentials import StaticProvider
from minio.versioningconfig import VersioningConfig

from ingest.adapters.minio.presigner import MinioPresigner
from ingest.domain.object_keys import MAX_METADATA_BYTES, original_name, safe_segment, upload_metadata
from ingest.ports import SignedUpload

# The binary that `make up` builds, or another one.
MINIO = Path(os.environ.get("BANDEJA_TEST_MINIO_BINARY", ".bandeja/bin/minio"))
pytestmark = pytest.mark.skipif(not MINIO.exists(), reason=f"no MinIO at {MINIO}; BANDEJA_TEST_MINIO_BINARY names another")

BUCKET = "documentos"
BODY = b"%PDF-1.7 quite small"
STREAMING = {"StringEquals": {"s3:x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}}


def policy(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(action: str, resource: str) -> dict[str, object]:
    return {"Effect": "Allow", "Action": [action], "Resource": [f"arn:aws:s3:::{BUCKET}/{resource}"]}


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    ports = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    address, console = (f"127.0.0.1:{port.getsockname()[1]}" for port in ports)
    for port in ports:
        port.close()
    folder = tmp_path_factory.mktemp("minio")
    environment = {**os.environ, "MINIO_ROOT_USER": "root-user", "MINIO_ROOT_PASSWORD": "root-password"}
    command = [str(MINIO), "server", "--address", address, "--console-address", console, str(folder / "data")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        _until_live(f"http://{address}/minio/health/live", server, folder / "log")
        yield address
    finally:
        server.terminate()
        server.wait()


def _until_live(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    while server.poll() is None:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    pytest.fail(log.read_text())


@pytest.fixture(scope="module")
def root(endpoint: str) -> Minio:
    client = Minio(endpoint, "root-user", "root-password", secure=False, region="us-east-1")
    client.make_bucket(BUCKET)
    client.set_bucket_versioning(BUCKET, VersioningConfig(ENABLED))
    admin = MinioAdmin(endpoint=endpoint, credentials=StaticProvider("root-user", "root-password"), secure=False)
    deny = {**allow("s3:PutObject", "*"), "Effect": "Deny", "Condition": STREAMING}
    for user, rights in {
        "signer": policy(allow("s3:PutObject", "inbox/upload/*"), deny),
        "reader": policy(allow("s3:GetObject", "*"), allow("s3:GetObjectVersion", "*")),
    }.items():
        admin.user_add(user, f"{user}-secret")
        admin.policy_add(user, policy=json.loads(rights))
        admin.attach_policy([user], user=user)
    return client


@pytest.fixture(scope="module")
def presigner(endpoint: str, root: Minio) -> MinioPresigner:
    return MinioPresigner(
        f"http://{endpoint}",
        BUCKET,
        f"{BUCKET}-derived",
        region="us-east-1",
        signer_access_key="signer",
        signer_secret_key="signer-secret",
        reader_access_key="reader",
        reader_secret_key="reader-secret",
    )


def signed_for(presigner: MinioPresigner, method: str, *, name: str = "a.pdf", seconds: int = 60, **more: object) -> SignedUpload:
    wanted = {
        "key": f"inbox/upload/{uuid4()}/{safe_segment(name)}",
        "content_type": "application/pdf",
        "size": len(BODY),
        "sha256": "",
        "metadata": upload_metadata(name, {}),
    }
    return presigner.sign_upload(method=method, seconds=seconds, **{**wanted, **more})


def send(signed: SignedUpload, body: bytes = BODY) -> httpx.Response:
    if signed.method == "POST":
        return httpx.post(signed.url, data=signed.fields, files={"file": ("any", body)})
    headers = {name: value for name, value in signed.headers.items() if name != "Content-Length"}
    return httpx.put(signed.url, content=body, headers=headers)


def is_refused(answer: httpx.Response) -> bool:
    # 400 where a signed part is missing or malformed, 403 where it is another.
    return answer.status_code in {400, 403}


NAMES = [
    "oficio 123-2025.pdf",
    "a+b=c&d%20e?f#g;h,i.pdf",
    "año ñandú – “resolución” <b>'\".pdf",
    "👨‍👩‍👧🗂️.pdf",
    "dos  espacios $100 ${filename}.pdf",
    "../../etc/passwd",
    "ñ" * 2000 + ".pdf",
]


@pytest.mark.parametrize("method", ["post", "put"])
@pytest.mark.parametrize("name", NAMES)
def test_an_honest_upload_passes_and_its_name_comes_back(presigner: MinioPresigner, root: Minio, method: str, name: str) -> None:
    key = f"inbox/upload/{uuid4()}/{safe_segment(name)}"
    assert send(signed_for(presigner, method, name=name, key=key)).status_code in {200, 204}
    stored = root.stat_object(BUCKET, key)
    assert (stored.size, stored.content_type) == (len(BODY), "application/pdf")
    metadata = {
        header.lower().removeprefix("x-amz-meta-"): value
        for header, value in stored.metadata.items()
        if header.lower().startswith("x-amz-meta-")
    }
    kept = original_name(key, metadata)
    assert kept == name if len(name) < 100 else name.startswith(kept) and len(kept) > 100


@pytest.mark.parametrize("method", ["post", "put"])
def test_metadata_may_take_what_we_let_it_take(presigner: MinioPresigner, method: str) -> None:
    metadata = upload_metadata("n" * 3000, {"office": "o" * 500})
    assert sum(len("x-amz-meta-") + len(name) + len(value) for name, value in metadata.items()) == MAX_METADATA_BYTES
    assert send(signed_for(presigner, method, metadata=metadata)).status_code in {200, 204}


def test_the_client_may_rely_on_the_headers_as_given(presigner: MinioPresigner) -> None:
    signed = signed_for(presigner, "put")
    assert httpx.put(signed.url, content=BODY, headers=signed.headers).status_code == 200


@pytest.mark.parametrize("method", ["post", "put"])
@pytest.mark.parametrize("body", [b"", BODY[:-1], BODY + b"x"], ids=["none", "less", "more"])
def test_another_size_is_refused(presigner: MinioPresigner, method: str, body: bytes) -> None:
    assert is_refused(send(signed_for(presigner, method), body))


@pytest.mark.parametrize("method", ["post", "put"])
def test_other_bytes_are_refused_where_their_hash_was_given(presigner: MinioPresigner, root: Minio, method: str) -> None:
    key = f"inbox/upload/{uuid4()}/a.pdf"
    signed = signed_for(presigner, method, key=key, sha256=hashlib.sha256(BODY).hexdigest())
    assert is_refused(send(signed, BODY[::-1]))
    assert list(root.list_objects(BUCKET, key)) == []
    assert send(signed).status_code in {200, 204}


@pytest.mark.parametrize("method", ["post", "put"])
@pytest.mark.parametrize("name", ["Content-Type", "x-amz-meta-original-name"])
def test_another_type_or_name_is_refused(presigner: MinioPresigner, method: str, name: str) -> None:
    signed = signed_for(presigner, method)
    for changed in ({name: "text/html"}, None):
        parts = signed.fields if method == "post" else signed.headers
        parts = {**parts, **changed} if changed else {other: value for other, value in parts.items() if other != name}
        forged = replace(signed, fields=parts) if method == "post" else replace(signed, headers=parts)
        assert is_refused(send(forged))


@pytest.mark.parametrize("name", ["key", "policy", "x-amz-signature", "x-amz-credential", "x-amz-date"])
def test_a_tampered_form_is_refused(presigner: MinioPresigner, name: str) -> None:
    signed = signed_for(presigner, "post")
    fields = {**signed.fields, name: f"{signed.fields.get(name, '')}0"}
    assert is_refused(send(replace(signed, fields=fields)))


def test_a_form_is_good_for_its_bucket_alone(presigner: MinioPresigner, root: Minio) -> None:
    root.make_bucket("otro")
    signed = signed_for(presigner, "post")
    assert is_refused(send(replace(signed, url=signed.url.replace(BUCKET, "otro"))))


@pytest.mark.parametrize(
    ("old", "new"),
    [("a.pdf", "b.pdf"), ("X-Amz-Expires=60", "X-Amz-Expires=6000"), ("%3Bif-none-match", ""), ("Signature=", "Signature=0")],
)
def test_a_tampered_url_is_refused(presigner: MinioPresigner, old: str, new: str) -> None:
    signed = signed_for(presigner, "put")
    forged = replace(signed, url=signed.url.replace(old, new))
    assert forged != signed
    assert is_refused(send(forged))


def test_write_once_cannot_be_left_out(presigner: MinioPresigner) -> None:
    signed = signed_for(presigner, "put")
    headers = {name: value for name, value in signed.headers.items() if name != "If-None-Match"}
    assert is_refused(send(replace(signed, headers=headers)))


@pytest.mark.parametrize("method", ["post", "put"])
def test_outside_its_prefix_the_signer_may_write_nothing(presigner: MinioPresigner, method: str) -> None:
    assert is_refused(send(signed_for(presigner, method, key="inbox/scan/mesa/a.pdf")))


def test_a_second_put_changes_nothing(presigner: MinioPresigner) -> None:
    signed = signed_for(presigner, "put")
    assert send(signed).status_code == 200
    assert send(signed).status_code == 412


def test_a_second_form_makes_a_version_that_the_intake_can_tell_from_the_first(presigner: MinioPresigner) -> None:
    signed = signed_for(presigner, "post")
    first, second = send(signed), send(signed)
    assert first.headers["x-amz-version-id"] != second.headers["x-amz-version-id"]


@pytest.mark.parametrize("method", ["post", "put"])
def test_an_expired_one_is_refused(presigner: MinioPresigner, method: str) -> None:
    signed = signed_for(presigner, method, seconds=1)
    time.sleep(2.1)  # the signature is good to the second
    assert is_refused(send(signed))


def test_a_read_gives_that_version_under_that_name_and_nothing_else(presigner: MinioPresigner) -> None:
    key = f"inbox/upload/{uuid4()}/año + 1.pdf"
    signed = signed_for(presigner, "post", key=key)
    version = send(signed).headers["x-amz-version-id"]
    send(signed)
    url = presigner.sign_download(key=key, version_id=version, filename='año "1"\r\nX: y.pdf', seconds=60)
    answer = httpx.get(url)
    assert (answer.status_code, answer.content) == (200, BODY)
    assert answer.headers["x-amz-version-id"] == version
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("inline; filename=\"a_o _1___X_ y.pdf\"; filename*=UTF-8''a%C3%B1o")
    assert "x" not in answer.headers
    assert is_refused(httpx.put(url, content=b"x"))
    assert is_refused(httpx.get(url.replace(version, str(uuid4()))))


def test_an_expired_read_is_refused(presigner: MinioPresigner) -> None:
    url = presigner.sign_download(key="inbox/a.pdf", version_id="", filename="a.pdf", seconds=1)
    time.sleep(2.1)
    assert httpx.get(url).status_code == 403


def test_what_is_no_picture_is_saved_not_shown(presigner: MinioPresigner, root: Minio) -> None:
    page = b"<script>alert(1)</script>"
    root.put_object(BUCKET, "inbox/scan/mesa/a.html", BytesIO(page), len(page), "text/html")
    url = presigner.sign_download(key="inbox/scan/mesa/a.html", version_id="", filename="a.html", seconds=60)
    answer = httpx.get(url)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; ")
