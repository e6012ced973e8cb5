"""What somebody makes of a signed request, or of a scanner's secret, that nobody meant it for: tried for real."""

import gzip
import json
from collections.abc import Callable
from contextlib import closing
from typing import Any
from uuid import uuid4

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError
from minio import MinioAdmin
from minio.credentials.providers import StaticProvider
from minio.error import MinioAdminException

from ingest.adapters.minio.admin import MinioSetup
from ingest.cli import device as devices_command
from ingest.db import devices
from ingest.db.engine import Database
from ingest.settings import load_settings
from ingest.upkeep.prepare import prepare_store
from tests.support import made
from tests.support.office import Office, Scanner, own_word, sha256_hex, wait_for

pytestmark = pytest.mark.stack


def admin_of(endpoint: str, access_key: str, secret_key: str) -> MinioAdmin:
    return MinioAdmin(endpoint=endpoint, credentials=StaticProvider(access_key, secret_key), secure=False, region="us-east-1")


def code_of(call: Callable[..., Any], **arguments: Any) -> str:
    """The code with which the store refuses, or ""."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def put_naming(s3: Any, version: str, operation: str = "PutObject") -> None:
    """From now on every such call names this version in its query, as its signature covers."""

    def name(params: dict[str, Any], **_: Any) -> None:
        params["url"] += ("&" if "?" in params["url"] else "?") + f"versionId={version}"

    s3.meta.events.register(f"before-call.s3.{operation}", name)


class TestContentEncoding:
    @pytest.mark.parametrize("encoding", ["gzip", "gzip, gzip", "deflate", "br"])
    def test_a_letter_that_claims_one_is_read_all_the_same(self, office: Office, encoding: str) -> None:
        body = made.born_digital(own_word(), 1)
        announced = office.announce("carta.pdf", body, method="put")
        announced["upload"]["headers"]["Content-Encoding"] = encoding
        assert office.send(announced, body).is_success
        ended = office.until_ended(announced["task_id"])
        assert (ended["status"], ended["attempt"]) == ("completed", 1)

    def test_a_bomb_stays_as_small_as_it_came(self, office: Office) -> None:
        bomb = gzip.compress(gzip.compress(bytes(50_000_000)))
        announced = office.announce("bomba.pdf", bomb, method="put")
        announced["upload"]["headers"]["Content-Encoding"] = "gzip, gzip"
        assert office.send(announced, bomb).is_success
        assert office.until_ended(announced["task_id"])["error"]["code"] == "not_a_document"

    def test_a_file_is_given_as_it_is_stored(self, office: Office) -> None:
        body = made.born_digital("tal cual", 1)
        announced = office.announce("tal.pdf", body, method="put")
        announced["upload"]["headers"]["Content-Encoding"] = "gzip"
        assert office.send(announced, body).is_success
        office.until_ended(announced["task_id"])
        given = office.api.get(f"/api/v1/documents/{announced['document_id']}/file", follow_redirects=True)
        assert given.headers["content-encoding"] == "identity"
        assert given.content == body
        assert office.api.get(f"/api/v1/documents/{announced['document_id']}/pages/1/image").is_success


class TestReplacedInPlace:
    def test_no_form_writes_a_version_anew(self, office: Office) -> None:
        body, other = made.born_digital("primera", 1), made.born_digital("segunda", 1)
        announced = office.announce("a.pdf", body)
        assert office.send(announced, body).is_success
        office.until_ended(announced["task_id"])
        s3, key = office.service_s3(), announced["object_key"]
        version = s3.head_object(Bucket=office.bucket, Key=key)["VersionId"]
        for query in (f"versionId={version}", f"versionId={version}&versionId=", "versionId=null", f"a=b&versionId=+{version}"):
            again = {**announced, "upload": {**announced["upload"], "url": f"{announced['upload']['url']}?{query}"}}
            same_size = other[: len(body)].ljust(len(body))
            assert office.send(again, same_size).status_code == 403, query
        assert s3.get_object(Bucket=office.bucket, Key=key, VersionId=version)["Body"].read() == body

    @pytest.mark.parametrize("version", ["its own", "null"])
    def test_nor_does_a_scanner_or_the_service(self, office: Office, add: Callable[..., Scanner], version: str) -> None:
        scanner = add()
        key = f"{scanner.prefix}a.pdf"
        first = scanner.s3.put_object(Bucket=office.bucket, Key=key, Body=b"first")["VersionId"]
        for s3 in (scanner.s3, office.service_s3()):
            s3.put_object(Bucket=office.bucket, Key=key, Body=b"an honest put makes a version of its own")
            for operation in ("PutObject", "CreateMultipartUpload", "CopyObject"):
                put_naming(s3, first if version == "its own" else version, operation)
            assert code_of(s3.put_object, Bucket=office.bucket, Key=key, Body=b"other") == "AccessDenied"
            assert code_of(s3.create_multipart_upload, Bucket=office.bucket, Key=key) == "AccessDenied"
            copied = {"Bucket": office.bucket, "Key": key}
            assert code_of(s3.copy_object, Bucket=office.bucket, Key=key, CopySource=copied) == "AccessDenied"
            url = s3.generate_presigned_url("put_object", {"Bucket": office.bucket, "Key": key})
            assert httpx.put(f"{url}&versionId={first}", content=b"other").status_code == 403
        kept = office.service_s3().get_object(Bucket=office.bucket, Key=key, VersionId=first)
        assert kept["Body"].read() == b"first"


class TestListing:
    def test_a_device_lists_no_device_whose_name_begins_like_its_own(self, office: Office, setup: MinioSetup) -> None:
        stem = f"mesa{uuid4().hex[:6]}"
        own, prefix = setup.add_device(stem, office.bucket, "inbox/")
        other, theirs = setup.add_device(f"{stem}-de-partes", office.bucket, "inbox/")
        s3 = office.s3(*own)
        office.s3(*other).put_object(Bucket=office.bucket, Key=f"{theirs}secreto.pdf", Body=b"")
        s3.put_object(Bucket=office.bucket, Key=f"{prefix}a.pdf", Body=b"")
        assert [one["Key"] for one in s3.list_objects_v2(Bucket=office.bucket, Prefix=prefix)["Contents"]] == [f"{prefix}a.pdf"]
        for call in (s3.list_objects_v2, s3.list_objects, s3.list_object_versions):
            for asked in (prefix.rstrip("/"), f"{prefix.rstrip('/')}-", theirs):
                assert code_of(call, Bucket=office.bucket, Prefix=asked) == "AccessDenied", asked
        for doubled in ([theirs, prefix], [prefix, theirs], ["", prefix]):
            assert self.listed(office, own, doubled) in ([], [f"{prefix}a.pdf"]), doubled
        for one in (own, other):
            setup.remove_device(one.access_key)

    def listed(self, office: Office, credentials: Any, prefixes: list[str]) -> list[str]:
        """What is listed where the query has more than one prefix."""
        s3 = office.s3(*credentials)

        def doubled(params: dict[str, Any], **_: Any) -> None:
            query = "&".join(f"prefix={httpx.QueryParams({'p': one})['p']}" for one in prefixes)
            params["url"] = f"{params['url'].partition('?')[0]}?list-type=2&{query}"

        s3.meta.events.register("before-call.s3.ListObjectsV2", doubled)
        try:
            return [one["Key"] for one in s3.list_objects_v2(Bucket=office.bucket).get("Contents", [])]
        except ClientError:
            return []


class TestStolenSecret:
    @pytest.fixture
    def name(self) -> str:
        return f"Robada {uuid4().hex[:6]}"

    @pytest.fixture
    def renew(self, environment: dict[str, str], name: str) -> Callable[[], Any]:
        return lambda: devices_command.add(load_settings(**environment), name, replaces=False)

    def test_it_makes_no_account_that_would_outlive_it(self, office: Office, renew: Callable[[], Any]) -> None:
        added = renew()
        access_key, secret_key = added.credentials
        thief = admin_of(office.env["MINIO_ENDPOINT"], access_key, secret_key)
        attempts: list[Callable[[], Any]] = [
            lambda: thief.add_service_account(access_key="robado-1234", secret_key="un-secreto-largo"),
            thief.add_service_account,
            lambda: thief.user_add(access_key, "otra-clave-larga"),
            thief.user_list,
            thief.info,
            thief.policy_list,
        ]
        for attempt in attempts:
            with pytest.raises(MinioAdminException):
                attempt()
        office.s3(access_key, secret_key).put_object(Bucket=office.bucket, Key=f"{added.prefix}a.pdf", Body=b"")

    def test_temporary_credentials_open_nothing(self, office: Office, renew: Callable[[], Any]) -> None:
        added = renew()
        temporary = self.assumed(office, *added.credentials)
        with closing(temporary) as s3:
            assert code_of(s3.put_object, Bucket=office.bucket, Key=f"{added.prefix}a.pdf", Body=b"") == "AccessDenied"
            assert code_of(s3.list_objects_v2, Bucket=office.bucket, Prefix=added.prefix) == "AccessDenied"

    @pytest.mark.parametrize("role", ["ACCESS", "SIGNER", "READER"])
    def test_nor_do_those_of_our_own_users(self, office: Office, role: str) -> None:
        env = office.env
        secret = env["MINIO_SECRET_KEY" if role == "ACCESS" else f"MINIO_{role}_SECRET_KEY"]
        access = env["MINIO_ACCESS_KEY" if role == "ACCESS" else f"MINIO_{role}_ACCESS_KEY"]
        with pytest.raises(MinioAdminException):
            admin_of(env["MINIO_ENDPOINT"], access, secret).add_service_account()
        with closing(self.assumed(office, access, secret)) as s3:
            key = f"inbox/upload/{uuid4()}/a.pdf"
            assert code_of(s3.put_object, Bucket=office.bucket, Key=key, Body=b"") == "AccessDenied"
            assert code_of(s3.get_object, Bucket=office.bucket, Key=key) == "AccessDenied"

    def assumed(self, office: Office, access_key: str, secret_key: str) -> Any:
        """An S3 client with credentials for seven days, which MinIO gives to every user who asks."""
        address = {"endpoint_url": f"http://{office.env['MINIO_ENDPOINT']}", "region_name": "us-east-1"}
        with closing(boto3.client("sts", aws_access_key_id=access_key, aws_secret_access_key=secret_key, **address)) as sts:
            given = sts.assume_role(RoleArn="arn:xxx:xxx:xxx:xxxx", RoleSessionName="any", DurationSeconds=604800)["Credentials"]
        return boto3.client(
            "s3",
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
            **address,
        )

    def test_a_renewed_device_is_a_new_user_with_its_old_folder(
        self, office: Office, renew: Callable[[], Any], environment: dict[str, str], name: str
    ) -> None:
        old = renew()
        new = renew()
        assert new.renewed
        assert new.prefix == old.prefix
        assert new.credentials.access_key != old.credentials.access_key
        assert 3 <= len(new.credentials.access_key) <= 20
        office.s3(*new.credentials).put_object(Bucket=office.bucket, Key=f"{new.prefix}a.pdf", Body=b"")
        thief = office.s3(*old.credentials)
        assert code_of(thief.put_object, Bucket=office.bucket, Key=f"{old.prefix}b.pdf", Body=b"") == "InvalidAccessKeyId"
        with closing(Database(environment["DATABASE_URL"], pool_size=1)) as database, database.begin() as connection:
            row = devices.find(connection, name)
        assert row is not None
        assert row.access_key == new.credentials.access_key
        s3 = office.service_s3()
        keys = [one["Key"] for one in s3.list_objects_v2(Bucket=f"{office.bucket}-derived", Prefix="devices/")["Contents"]]
        cards = [json.loads(s3.get_object(Bucket=f"{office.bucket}-derived", Key=key)["Body"].read()) for key in keys]
        assert [card["access_key"] for card in cards if card["name"] == name] == [new.credentials.access_key]

    def test_what_was_made_with_it_before_ends_at_the_next_start_or_renewal(
        self, office: Office, renew: Callable[[], Any], environment: dict[str, str]
    ) -> None:
        """A device made by an older version, whose policy forbade nothing of this."""
        added = renew()
        access_key, secret_key = added.credentials
        root = admin_of(environment["MINIO_ENDPOINT"], environment["MINIO_ROOT_USER"], environment["MINIO_ROOT_PASSWORD"])
        put = {"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": [f"arn:aws:s3:::{office.bucket}/{added.prefix}*"]}
        root.policy_add(f"bandeja-{access_key}", policy={"Version": "2012-10-17", "Statement": [put]})
        thief = admin_of(environment["MINIO_ENDPOINT"], access_key, secret_key)
        stolen = json.loads(thief.add_service_account())["credentials"]
        s3 = office.s3(stolen["accessKey"], stolen["secretKey"])
        s3.put_object(Bucket=office.bucket, Key=f"{added.prefix}a.pdf", Body=b"")
        prepare_store(load_settings(**environment))
        assert code_of(s3.put_object, Bucket=office.bucket, Key=f"{added.prefix}b.pdf", Body=b"") == "AccessDenied"
        office.s3(access_key, secret_key).put_object(Bucket=office.bucket, Key=f"{added.prefix}c.pdf", Body=b"")
        with pytest.raises(MinioAdminException):
            thief.add_service_account()
        renew()
        assert code_of(s3.put_object, Bucket=office.bucket, Key=f"{added.prefix}d.pdf", Body=b"") == "InvalidAccessKeyId"


def test_a_duplicate_is_vouched_for_by_what_is_there(office: Office) -> None:
    body = made.born_digital(own_word(), 1)
    task = office.upload("una.pdf", body)
    office.until_ended(task)
    again = wait_for(lambda: office.announce("otra.pdf", body, sha256=sha256_hex(body)), "an answer")
    assert again["duplicate"] is True
