"""MinIO's set-up, done as root: buckets, versioning, and users that may do no more than they must.

Each user has a policy of its own name, and every policy denies what no signature covers and nobody of ours asks for:

- unsigned streaming: with it, knowing an access key (every signed URL shows one) would be enough to write (CVE-2026-41145);
- a version id on a put, which writes that version anew with other bytes, under the same name as before;
- a customer's own key, under which an object is stored that we cannot even look at;
- MinIO's administration, whose defaults let every user make accounts that outlive its secret;
- whatever such an account, or temporary credentials (which no policy can keep a user from asking for), would do.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_urlsafe
from typing import Any

import urllib3
from minio import Minio, MinioAdmin
from minio.credentials.providers import StaticProvider
from minio.error import MinioAdminException
from minio.versioningconfig import VersioningConfig

from ingest.adapters.minio import notification
from ingest.domain.object_keys import device_prefix, new_access_key
from ingest.errors import StorageUnavailable
from ingest.ports import Credentials

_NO_PUT_IF: tuple[dict[str, dict[str, str]], ...] = (
    {"StringEquals": {"s3:x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}},
    {"StringLike": {"s3:versionid": "?*"}},
    {"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}},
)
_DENIED: tuple[dict[str, Any], ...] = (
    *(
        {"Effect": "Deny", "Action": ["s3:PutObject"], "Resource": ["arn:aws:s3:::*"], "Condition": condition}
        for condition in _NO_PUT_IF
    ),
    {"Effect": "Deny", "Action": ["admin:*"]},
    {
        "Effect": "Deny",
        "Action": ["s3:*"],
        "Resource": ["arn:aws:s3:::*"],
        "Condition": {"StringEquals": {"aws:principaltype": "AssumedRole"}},
    },
)


class MinioSetup:
    """One MinIO server, as its root."""

    def __init__(self, endpoint: str, root: Credentials, *, secure: bool, region: str) -> None:
        http = urllib3.PoolManager(timeout=urllib3.Timeout(connect=3, read=20), retries=urllib3.Retry(total=2))
        self._admin = MinioAdmin(
            endpoint=endpoint, credentials=StaticProvider(*root), secure=secure, region=region, http_client=http
        )
        self._client = Minio(endpoint, *root, secure=secure, region=region, http_client=http)

    def prepare_buckets(self, bucket: str, derived_bucket: str, inbox_prefix: str) -> bool:
        """Make both buckets, version the first, set its notification rule; returns whether it reads back equal."""
        for name in (bucket, derived_bucket):
            if not self._client.bucket_exists(name):
                self._client.make_bucket(name)
        self._client.set_bucket_versioning(bucket, VersioningConfig("Enabled"))
        return notification.apply(self._client, bucket, inbox_prefix)

    def prepare_users(self, bucket: str, derived: str, inbox: str, users: dict[str, Credentials]) -> None:
        """Make or renew the users `service`, `signer`, `reader` and `watcher`, as far as named, with their policies."""
        policies = {
            "service": service_policy(bucket, derived),
            "signer": signer_policy(bucket, inbox),
            "reader": reader_policy(bucket, derived),
            "watcher": watcher_policy(),
        }
        for role, credentials in users.items():
            self._give(credentials, f"bandeja-{role}", policies[role])

    def add_device(self, name: str, bucket: str, inbox: str) -> tuple[Credentials, str]:
        """Make a user for a scanner, beside those that it has; returns its credentials, all new, and its prefix.

        Raises StorageUnavailable where MinIO is away or does not take us for root.
        """
        credentials = Credentials(new_access_key(name), token_urlsafe(24))
        prefix = device_prefix(name, inbox)
        self._give(credentials, f"bandeja-{credentials.access_key}", device_policy(bucket, prefix))
        return credentials, prefix

    def renew_device(self, access_key: str, bucket: str, prefix: str) -> None:
        """Give a scanner's user the rights of today in place of those with which it was made. Raises StorageUnavailable."""
        with _refusals():
            self._admin.policy_add(f"bandeja-{access_key}", policy=device_policy(bucket, prefix))

    def remove_device(self, access_key: str) -> None:
        """Remove a scanner's user, whatever it made of itself (service accounts, temporary credentials), and its policy.

        What it wrote stays. An absent one is fine. Raises StorageUnavailable.
        """
        removals = ((self._admin.user_remove, access_key), (self._admin.policy_remove, f"bandeja-{access_key}"))
        for remove, name in removals:
            with _refusals(absent_is_fine=True):
                remove(name)

    def knows(self, access_key: str) -> bool:
        """Whether there is such a user, and it is not disabled. Raises StorageUnavailable."""
        with _refusals():
            try:
                return bool(json.loads(self._admin.user_info(access_key))["status"] == "enabled")
            except MinioAdminException as error:
                if "NoSuch" in str(error):
                    return False
                raise

    @contextmanager
    def visitor(self, access_key: str) -> Iterator[Credentials]:
        """A user that has the rights of that scanner's user and no others, gone at the block's end. Raises StorageUnavailable."""
        credentials = Credentials(new_access_key("visitor"), token_urlsafe(24))
        try:
            with _refusals():
                self._admin.user_add(*credentials)
                self._admin.policy_set(f"bandeja-{access_key}", user=credentials.access_key)
            yield credentials
        finally:
            with _refusals(absent_is_fine=True):
                self._admin.user_remove(credentials.access_key)

    def _give(self, credentials: Credentials, policy_name: str, policy: dict[str, Any]) -> None:
        with _refusals():
            self._admin.policy_add(policy_name, policy=policy)
            self._admin.user_add(*credentials)
            self._admin.policy_set(policy_name, user=credentials.access_key)


@contextmanager
def _refusals(*, absent_is_fine: bool = False) -> Iterator[None]:
    try:
        yield
    except MinioAdminException as error:
        if not (absent_is_fine and "NoSuch" in str(error)):
            raise StorageUnavailable("MinIO refuses what its root asks for") from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise StorageUnavailable(type(error).__name__) from error


def _allow(actions: list[str], *resources: str, **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": actions, "Resource": [f"arn:aws:s3:::{name}" for name in resources]}
    return {**statement, "Condition": condition} if condition else statement


def _policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [*statements, *_DENIED]}


def service_policy(bucket: str, derived: str) -> dict[str, Any]:
    """What our own processes do: read, list and erase the inbox, keep pictures, look after the rule."""
    objects = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"]
    tagging = ["s3:GetObjectTagging", "s3:PutObjectTagging", "s3:PutObjectVersionTagging", "s3:GetObjectVersionTagging"]
    lists = ["s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketLocation", "s3:GetBucketVersioning"]
    return _policy(
        _allow(objects + tagging, f"{bucket}/*", f"{derived}/*"),
        _allow(lists, bucket, derived),
        _allow(["s3:GetBucketNotification", "s3:PutBucketNotification"], bucket),
    )


def signer_policy(bucket: str, inbox: str) -> dict[str, Any]:
    """What a presigned upload may do: put, under `upload/` alone."""
    return _policy(_allow(["s3:PutObject"], f"{bucket}/{inbox}upload/*"))


def reader_policy(bucket: str, derived: str) -> dict[str, Any]:
    """What a presigned download may do: read."""
    deny = {"Effect": "Deny", "Action": ["s3:PutObject", "s3:DeleteObject"], "Resource": ["arn:aws:s3:::*"]}
    return _policy(_allow(["s3:GetObject", "s3:GetObjectVersion"], f"{bucket}/*", f"{derived}/*"), deny)


def watcher_policy() -> dict[str, Any]:
    """What whoever reads MinIO's trace may do: that, and nothing with any object."""
    allow = {"Effect": "Allow", "Action": ["admin:ServerTrace"]}
    deny = {"Effect": "Deny", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::*"]}
    return {"Version": "2012-10-17", "Statement": [allow, deny]}


def device_policy(bucket: str, prefix: str) -> dict[str, Any]:
    """What a scanner may do: put, and look at what it put, under its own prefix.

    The SFTP gateway asks whether the bucket exists before anything else, and many clients stat after a put.
    """
    own = ["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
    return _policy(
        _allow(own, f"{bucket}/{prefix}*"),
        _allow(["s3:ListBucket"], bucket, StringLike={"s3:prefix": f"{prefix}*"}),
        _allow(["s3:GetBucketLocation", "s3:HeadBucket"], bucket),
    )
