"""Objects under a key of their sender's (SSE-C), which MinIO takes over TLS alone: a real MinIO with a certificate."""

import os
import socket
import subprocess
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import md5
from io import BytesIO
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID
from minio import Minio
from minio.error import S3Error
from minio.sse import SseCustomerKey
from minio.versioningconfig import ENABLED, VersioningConfig

from ingest.adapters.minio.admin import MinioSetup
from ingest.adapters.minio.presigner import MinioPresigner
from ingest.adapters.minio.store import MinioStore, connect
from ingest.db import parked
from ingest.db.engine import Database
from ingest.db.listings import REBUILD, SWEEP
from ingest.domain.documents import Document
from ingest.errors import StorageRefused
from ingest.intake.door import Intake
from ingest.ports import Credentials
from ingest.stack.layout import checkout
from ingest.upkeep.walk import Comparison, Gone, begin_walk, go_on

pytestmark = pytest.mark.stack

BUCKET, ROOT = "documentos", Credentials("root-user", "root-password")
OWN_KEY = SseCustomerKey(b"k" * 32)


@dataclass(frozen=True)
class Tls:
    """A MinIO that speaks TLS, as its root."""

    endpoint: str
    root: Minio

    def as_user(self, credentials: Credentials) -> Minio:
        return connect(self.endpoint, *credentials, secure=True, region="us-east-1")


def certify(folder: Path) -> Path:
    """A certificate for 127.0.0.1 that its own key signs; its path."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, SHA256())
    )
    folder.mkdir()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "private.key").write_bytes(secret)
    (folder / "public.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return folder / "public.crt"


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tls]:
    folder = tmp_path_factory.mktemp("tls")
    certificate = certify(folder / "certs")
    ports = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    address, console = (f"127.0.0.1:{port.getsockname()[1]}" for port in ports)
    for port in ports:
        port.close()
    command = [str(checkout() / ".bandeja/bin/minio"), "server", "--certs-dir", str(folder / "certs")]
    command += ["--address", address, "--console-address", console, str(folder / "data")]
    secrets = {"MINIO_ROOT_USER": ROOT.access_key, "MINIO_ROOT_PASSWORD": ROOT.secret_key}
    with pytest.MonkeyPatch.context() as patch, (folder / "log").open("wb") as log:
        patch.setenv("SSL_CERT_FILE", str(certificate))
        server = subprocess.Popen(command, env={**os.environ, **secrets}, stdout=log, stderr=log)
        try:
            until_live(f"https://{address}/minio/health/live", server)
            root = connect(address, *ROOT, secure=True, region="us-east-1")
            root.make_bucket(BUCKET)
            root.make_bucket(f"{BUCKET}-derived")
            root.set_bucket_versioning(BUCKET, VersioningConfig(ENABLED))
            yield Tls(address, root)
        finally:
            server.terminate()
            server.wait()


def until_live(url: str, server: "subprocess.Popen[bytes]") -> None:
    while server.poll() is None:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    pytest.fail("MinIO did not start")


@pytest.fixture
def store(tls: Tls) -> Iterator[MinioStore]:
    store = MinioStore(tls.root, BUCKET, f"{BUCKET}-derived", "inbox/")
    yield store
    store.erase_all("inbox/")


@pytest.fixture
def comparison(store: MinioStore, database: Database) -> Comparison:
    return Comparison(database, store, Intake(BUCKET, "inbox/", store), BUCKET, "inbox/")


def put(tls: Tls, key: str, own_key: SseCustomerKey | None = None) -> None:
    tls.root.put_object(BUCKET, key, BytesIO(b"%PDF-1.7"), 8, sse=own_key)


def walk_through(comparison: Comparison, purpose: str = SWEEP) -> list[Document]:
    walk = begin_walk(comparison, purpose, 0)
    assert walk is not None
    return [document for step in go_on(comparison, walk) for document in step.changed]


def test_such_an_object_is_parked_and_the_walk_goes_on(tls: Tls, comparison: Comparison) -> None:
    put(tls, "inbox/a.pdf")
    put(tls, "inbox/b.pdf", OWN_KEY)
    put(tls, "inbox/c.pdf")
    put(tls, "inbox/d.pdf")
    put(tls, "inbox/d.pdf", OWN_KEY)  # upon one that anybody may read
    assert [found.object_key for found in walk_through(comparison)] == ["inbox/a.pdf", "inbox/c.pdf", "inbox/d.pdf"]
    assert walk_through(comparison, REBUILD) == []
    with comparison.database.begin() as connection:
        kept = parked.newest(connection, before=None, limit=10)
    assert {(one.reason, one.body.split()[0]) for one in kept} == {
        ("the store refuses to show it", "inbox/b.pdf"),
        ("the store refuses to show it", "inbox/d.pdf"),
    }
    assert len(kept) == 2, "once, however often the walk comes by"


def test_a_row_of_such_an_object_is_not_taken_for_gone(tls: Tls, comparison: Comparison) -> None:
    put(tls, "inbox/a.pdf", OWN_KEY)
    (listed,) = comparison.store.versions_of("inbox/a.pdf")
    with comparison.database.begin() as connection:
        (document,) = comparison.intake.object_created(connection, listed.version, "instant").documents
    assert comparison.surely_gone([Gone(document, None), Gone(document, listed.version)]) == []


def test_reading_one_is_refused_and_no_outage(tls: Tls, store: MinioStore, tmp_path: Path) -> None:
    put(tls, "inbox/a.pdf", OWN_KEY)
    for ask in (lambda: store.stat("inbox/a.pdf"), lambda: store.download("inbox/a.pdf", "", tmp_path / "a", at_most=99)):
        with pytest.raises(StorageRefused):
            ask()


def test_nobody_of_ours_may_put_one(tls: Tls) -> None:
    setup = MinioSetup(tls.endpoint, ROOT, secure=True, region="us-east-1")
    users = {role: Credentials(f"the-{role}", f"{role}-secret") for role in ("service", "signer")}
    setup.prepare_users(BUCKET, f"{BUCKET}-derived", "inbox/", users)
    device, prefix = setup.add_device("Mesa", BUCKET, "inbox/")
    for credentials, key in (
        (users["service"], "inbox/otros/a.pdf"),
        (users["signer"], "inbox/upload/x/a.pdf"),
        (device, f"{prefix}a.pdf"),
    ):
        client = tls.as_user(credentials)
        client.put_object(BUCKET, key, BytesIO(b"x"), 1)
        with pytest.raises(S3Error, match="AccessDenied"):
            client.put_object(BUCKET, key, BytesIO(b"x"), 1, sse=OWN_KEY)


@pytest.mark.parametrize("place", ["headers", "fields"])
def test_no_form_brings_one(tls: Tls, place: str) -> None:
    setup = MinioSetup(tls.endpoint, ROOT, secure=True, region="us-east-1")
    signer = Credentials("the-signer", "signer-secret")
    setup.prepare_users(BUCKET, f"{BUCKET}-derived", "inbox/", {"signer": signer})
    presigner = MinioPresigner(
        f"https://{tls.endpoint}",
        BUCKET,
        f"{BUCKET}-derived",
        region="us-east-1",
        signer_access_key=signer.access_key,
        signer_secret_key=signer.secret_key,
        reader_access_key="reader",
        reader_secret_key="reader-secret",
    )
    key = f"inbox/upload/{place}/a.pdf"
    signed = presigner.sign_upload(
        method="post", key=key, content_type="application/pdf", size=8, sha256="", metadata={}, seconds=60
    )
    secret = b"k" * 32
    own = {
        "x-amz-server-side-encryption-customer-algorithm": "AES256",
        "x-amz-server-side-encryption-customer-key": b64encode(secret).decode(),
        "x-amz-server-side-encryption-customer-key-MD5": b64encode(md5(secret, usedforsecurity=False).digest()).decode(),
    }
    headers, fields = (own, signed.fields) if place == "headers" else ({}, {**signed.fields, **own})
    file = {"file": ("any", b"%PDF-1.7")}
    answer = httpx.post(signed.url, data=fields, files=file, headers=headers)
    assert answer.status_code == 403, answer.text
    assert httpx.post(signed.url, data=signed.fields, files=file).status_code == 204
    with closing(tls.root.get_object(BUCKET, key)) as stored:
        assert stored.read() == b"%PDF-1.7"
