"""What each MinIO user may do, tried for real: a signed URL shows its access key to whoever sees it."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import paramiko
import pytest
from botocore.exceptions import ClientError

from ingest.adapters.minio.admin import MinioSetup
from tests.support import made
from tests.support.office import Office, Scanner, wait_for

pytestmark = pytest.mark.stack


def refused(call: Any, **arguments: Any) -> bool:
    """Whether the store says AccessDenied."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"]) in {"AccessDenied", "403"}
    return False


@pytest.fixture
def signer(office: Office) -> Any:
    return office.s3(office.env["MINIO_SIGNER_ACCESS_KEY"], office.env["MINIO_SIGNER_SECRET_KEY"])


@pytest.fixture
def reader(office: Office) -> Any:
    return office.s3(office.env["MINIO_READER_ACCESS_KEY"], office.env["MINIO_READER_SECRET_KEY"])


@pytest.fixture
def service(office: Office) -> Any:
    return office.service_s3()


def test_the_upload_signer_may_put_below_upload_and_nothing_else(office: Office, signer: Any) -> None:
    bucket, key = office.bucket, f"inbox/upload/{uuid4()}/a.pdf"
    signer.put_object(Bucket=bucket, Key=key, Body=b"x")
    assert refused(signer.get_object, Bucket=bucket, Key=key)
    assert refused(signer.delete_object, Bucket=bucket, Key=key)
    assert refused(signer.list_objects_v2, Bucket=bucket)
    assert refused(signer.put_object, Bucket=bucket, Key="inbox/scan/x/a.pdf", Body=b"x")
    assert refused(signer.put_object, Bucket=f"{bucket}-derived", Key="a", Body=b"x")
    assert refused(signer.copy_object, Bucket=bucket, Key=f"{key}2", CopySource={"Bucket": bucket, "Key": key})
    assert refused(signer.put_bucket_notification_configuration, Bucket=bucket, NotificationConfiguration={})


def test_the_download_signer_may_only_read(office: Office, reader: Any, service: Any) -> None:
    bucket, key = office.bucket, f"inbox/otros/{uuid4()}.pdf"
    service.put_object(Bucket=bucket, Key=key, Body=made.born_digital("lectura", 1))
    assert reader.get_object(Bucket=bucket, Key=key)["Body"].read().startswith(b"%PDF")
    assert refused(reader.put_object, Bucket=bucket, Key=key, Body=b"x")
    assert refused(reader.delete_object, Bucket=bucket, Key=key)
    assert refused(reader.list_objects_v2, Bucket=bucket)


def test_a_device_stays_below_its_prefix(office: Office, device: dict[str, str], setup: MinioSetup) -> None:
    s3, bucket = office.s3(device["access_key"], device["secret_key"]), office.bucket
    other, prefix = setup.add_device("Otra mesa", bucket, "inbox/")
    theirs = office.s3(*other)
    theirs.put_object(Bucket=bucket, Key=f"{prefix}suyo.pdf", Body=b"x")
    s3.put_object(Bucket=bucket, Key=f"{device['prefix']}mío.pdf", Body=b"x")
    assert s3.get_object(Bucket=bucket, Key=f"{device['prefix']}mío.pdf")["Body"].read() == b"x"
    assert refused(s3.get_object, Bucket=bucket, Key=f"{prefix}suyo.pdf")
    assert refused(s3.put_object, Bucket=bucket, Key=f"{prefix}ajeno.pdf", Body=b"x")
    assert refused(s3.put_object, Bucket=bucket, Key="inbox/otros/x.pdf", Body=b"x")
    assert refused(s3.put_object, Bucket=bucket, Key=f"inbox/upload/{uuid4()}/x.pdf", Body=b"x")
    assert refused(s3.delete_object, Bucket=bucket, Key=f"{device['prefix']}mío.pdf")
    for elsewhere in (prefix, "", "inbox/"):
        assert refused(s3.list_objects_v2, Bucket=bucket, Prefix=elsewhere)
    assert refused(s3.list_objects_v2, Bucket=bucket)
    assert s3.head_bucket(Bucket=bucket)
    seen = s3.list_objects_v2(Bucket=bucket, Prefix=device["prefix"])
    assert all(one["Key"].startswith(device["prefix"]) for one in seen["Contents"])

    setup.remove_device(other.access_key)
    with pytest.raises(ClientError):
        theirs.put_object(Bucket=bucket, Key=f"{prefix}después.pdf", Body=b"x")


@pytest.mark.parametrize("user", ["SIGNER", "ACCESS"])
def test_knowing_an_access_key_is_not_enough_to_write(office: Office, user: str) -> None:
    """CVE-2026-41145: an unsigned streaming PUT with a signature of zeros in the query."""
    access_key = office.env["MINIO_SIGNER_ACCESS_KEY" if user == "SIGNER" else "MINIO_ACCESS_KEY"]
    key = f"inbox/upload/{uuid4()}/forged.pdf"
    query = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{access_key}/20261124/us-east-1/s3/aws4_request",
        "X-Amz-Date": "20261124T000000Z",
        "X-Amz-Expires": "604800",
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Signature": "0" * 64,
    }
    body = b"6\r\nforged\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"
    headers = {
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": "6",
        "content-encoding": "aws-chunked",
        "x-amz-trailer": "x-amz-checksum-crc32",
    }
    url = f"http://{office.env['MINIO_ENDPOINT']}/{office.bucket}/{key}"
    answer = httpx.put(url, params=query, content=body, headers=headers)
    assert answer.status_code == 403
    with pytest.raises(ClientError):
        office.service_s3().head_object(Bucket=office.bucket, Key=key)


@pytest.mark.parametrize("method", ["post", "put"])
def test_a_signed_upload_takes_these_bytes_and_no_others(office: Office, method: str) -> None:
    body = made.born_digital("exacto", 1)
    announced = office.announce("exacto.pdf", body, method=method)
    # A PUT's length is signed; left out here, the client says the length that it sends.
    headers = announced["upload"]["headers"] or {}
    announced["upload"]["headers"] = {name: value for name, value in headers.items() if name.lower() != "content-length"}
    for other in (body + b"more", body[:-1]):
        assert office.send(announced, other).status_code in {400, 403}
    assert office.send(announced, body).is_success
    assert office.until_ended(announced["task_id"])["status"] == "completed"


def test_a_put_url_writes_once(office: Office) -> None:
    body = made.born_digital("una vez", 1)
    announced = office.announce("una.pdf", body, method="put")
    assert office.send(announced, body).is_success
    assert office.send(announced, body).status_code == 412


def test_the_sftp_gateway_is_a_door_too(office: Office, device: dict[str, str]) -> None:
    host, _, port = office.env["MINIO_SFTP_ADDRESS"].partition(":")
    with paramiko.Transport((host, int(port))) as transport:
        transport.connect(username=device["access_key"], password=device["secret_key"])
        sftp = paramiko.SFTPClient.from_transport(transport)
        assert sftp is not None
        key = f"{device['prefix']}{uuid4().hex}.pdf"
        with sftp, sftp.open(f"/{office.bucket}/{key}", "wb") as file:
            file.write(made.born_digital("por SFTP", 1))
    found = wait_for(lambda: office.task_of(key), "a row from SFTP")
    assert office.until_ended(found["task_id"])["status"] == "completed"


def refusal(call: Callable[..., Any], **arguments: Any) -> str:
    """The code with which the store refuses, or ""."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def test_a_scanners_key_opens_no_other_door(office: Office, add: Callable[..., Scanner]) -> None:
    scanner, victim, bucket = add(), add(), office.bucket
    s3, own, theirs = scanner.s3, f"{scanner.prefix}a.pdf", f"{victim.prefix}b.pdf"
    version = s3.put_object(Bucket=bucket, Key=own, Body=b"x")["VersionId"]
    their_version = victim.s3.put_object(Bucket=bucket, Key=theirs, Body=b"y")["VersionId"]
    source = {"Bucket": bucket, "Key": theirs}
    refused: list[tuple[Callable[..., Any], dict[str, Any]]] = [
        (s3.get_object, {"Key": theirs}),
        (s3.head_object, {"Key": theirs}),
        (s3.put_object, {"Key": theirs, "Body": b"z"}),
        (s3.copy_object, {"Key": own, "CopySource": source}),
        (s3.create_multipart_upload, {"Key": theirs}),
        (s3.put_object, {"Key": "afuera.pdf", "Body": b"z"}),
        (s3.put_object, {"Key": scanner.prefix.rstrip("/"), "Body": b"z"}),
        (s3.put_object, {"Key": f"{scanner.prefix.rstrip('/')}2/a.pdf", "Body": b"z"}),
        (s3.delete_object, {"Key": own}),
        (s3.delete_object, {"Key": own, "VersionId": version}),
        (s3.get_object, {"Key": theirs, "VersionId": their_version}),
        (s3.get_object_tagging, {"Key": own}),
        (s3.put_object_tagging, {"Key": own, "Tagging": {"TagSet": [{"Key": "a", "Value": "b"}]}}),
        (s3.get_object_attributes, {"Key": own, "ObjectAttributes": ["ETag"]}),
        (s3.list_object_versions, {"Prefix": victim.prefix}),
        (s3.list_object_versions, {}),
        (s3.list_objects, {"Prefix": victim.prefix}),
        (s3.list_objects_v2, {"Prefix": "inbox/scan"}),
        (s3.list_objects_v2, {"Prefix": victim.prefix, "StartAfter": scanner.prefix}),
        (s3.get_bucket_notification_configuration, {}),
        (s3.put_bucket_notification_configuration, {"NotificationConfiguration": {}}),
        (s3.put_bucket_versioning, {"VersioningConfiguration": {"Status": "Suspended"}}),
        (s3.get_bucket_policy, {}),
        (s3.delete_bucket, {}),
    ]
    for call, arguments in refused:
        assert refusal(call, Bucket=bucket, **arguments) in {"AccessDenied", "403"}, (call.__name__, arguments)
    assert refusal(s3.put_object, Bucket=f"{bucket}-derived", Key="a", Body=b"z") == "AccessDenied"
    batch = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": own}, {"Key": theirs}]})
    assert [error["Code"] for error in batch["Errors"]] == ["AccessDenied"] * 2
    assert s3.list_buckets()["Buckets"] in ([], [one for one in s3.list_buckets()["Buckets"] if one["Name"] == bucket])
    # A path that climbs out is no path here.
    assert refusal(s3.put_object, Bucket=bucket, Key=f"{scanner.prefix}../{theirs}", Body=b"z") != ""
    service = office.service_s3()
    assert service.get_object(Bucket=bucket, Key=theirs)["Body"].read() == b"y"
    assert service.get_object(Bucket=bucket, Key=own)["Body"].read() == b"x"


def test_a_scanners_access_key_alone_writes_nothing(office: Office, add: Callable[..., Scanner]) -> None:
    """CVE-2026-41145, and a presigned URL used for another key or with a copy in its headers."""
    scanner, bucket = add(), office.bucket
    key = f"{scanner.prefix}forjado.pdf"
    url = f"http://{office.env['MINIO_ENDPOINT']}/{bucket}/{key}"
    query = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{scanner.access_key}/20261124/us-east-1/s3/aws4_request",
        "X-Amz-Date": "20261124T000000Z",
        "X-Amz-Expires": "604800",
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Signature": "0" * 64,
    }
    streaming = {
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": "6",
        "content-encoding": "aws-chunked",
        "x-amz-trailer": "x-amz-checksum-crc32",
    }
    body = b"6\r\nforged\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"
    assert httpx.put(url, params=query, content=body, headers=streaming).status_code == 403
    presigned = scanner.s3.generate_presigned_url("put_object", {"Bucket": bucket, "Key": key})
    elsewhere = presigned.replace("forjado", "otro")
    assert httpx.put(elsewhere, content=b"x").status_code == 403
    assert refusal(office.service_s3().head_object, Bucket=bucket, Key=key) == "404"
