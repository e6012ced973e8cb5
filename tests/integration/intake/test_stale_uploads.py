"""What a scanner began and never finished is removed by MinIO itself: this build's promise, on a server of its own."""

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError

from ingest.stack.layout import Layout
from ingest.stack.programs import minio_binary
from tests.support.office import wait_for

ROOT = ("root-user", "root-password")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[Any]:
    """A MinIO where a second is as good as the day of the real one."""
    address = f"127.0.0.1:{free_port()}"
    settings = {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "MINIO_ROOT_USER": ROOT[0],
        "MINIO_ROOT_PASSWORD": ROOT[1],
        "MINIO_API_STALE_UPLOADS_EXPIRY": "1s",
        "MINIO_API_STALE_UPLOADS_CLEANUP_INTERVAL": "1s",
        "MINIO_UPDATE": "off",
    }
    command = [str(minio_binary(Layout(tmp_path / "stack"))), "server", str(tmp_path / "data"), f"--address={address}", "--quiet"]
    server = subprocess.Popen(
        [*command, f"--console-address=127.0.0.1:{free_port()}"],
        env=settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    client = boto3.client(
        "s3",
        endpoint_url=f"http://{address}",
        aws_access_key_id=ROOT[0],
        aws_secret_access_key=ROOT[1],
        region_name="us-east-1",
        config=Config(retries={"max_attempts": 0}),
    )

    def made() -> bool | None:
        try:
            client.create_bucket(Bucket="documentos")
        except (ClientError, EndpointConnectionError):
            return None
        return True

    wait_for(made, "a MinIO that answers")
    yield client
    client.close()
    server.terminate()
    server.wait()


def test_an_upload_that_is_never_finished_is_removed(s3: Any) -> None:
    upload = {"Bucket": "documentos", "Key": "inbox/scan/mesa/a.pdf"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    s3.upload_part(**upload, PartNumber=1, Body=b"%PDF-1.7")

    def gone() -> bool | None:
        try:
            s3.list_parts(**upload)
        except ClientError as error:
            return error.response["Error"]["Code"] == "NoSuchUpload" or None
        return None

    assert wait_for(gone, "the removal of the upload")
    assert "Contents" not in s3.list_objects_v2(Bucket="documentos")
