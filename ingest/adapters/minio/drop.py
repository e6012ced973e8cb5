"""A scanner's drop over S3, with the scanner's own key: what a device does that speaks S3."""

from io import BytesIO

import urllib3
from minio.error import MinioException, S3Error

from ingest.adapters.minio.failures import not_done
from ingest.adapters.minio.store import connect
from ingest.errors import StorageUnavailable
from ingest.ports import Credentials


def drop(endpoint: str, credentials: Credentials, bucket: str, key: str, body: bytes, *, secure: bool, region: str) -> None:
    """Put `body` at `key`, and look whether it is there. Raises StorageRefused where the store does not allow it.

    Raises StorageUnavailable where it does not answer, or has other bytes than were sent.
    """
    client = connect(endpoint, *credentials, secure=secure, region=region)
    try:
        client.put_object(bucket, key, BytesIO(body), len(body))
        found = client.stat_object(bucket, key)
        if found.size != len(body):
            raise StorageUnavailable(f"S3: {found.size} of {len(body)} bytes")
    except S3Error as error:
        raise not_done(f"{error.code}") from error
    except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
        raise StorageUnavailable(f"S3: {type(error).__name__}") from error
