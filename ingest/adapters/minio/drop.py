"""A scanner's drop over S3, with the scanner's own key: what a device does that speaks S3."""

from io import BytesIO

import urllib3
from minio.error import MinioException

from ingest.adapters.minio.store import connect
from ingest.errors import StorageUnavailable
from ingest.ports import Credentials


def drop(endpoint: str, credentials: Credentials, bucket: str, key: str, body: bytes, *, secure: bool, region: str) -> None:
    """Put `body` at `key`. Raises StorageUnavailable where the store does not take it."""
    client = connect(endpoint, *credentials, secure=secure, region=region)
    try:
        client.put_object(bucket, key, BytesIO(body), len(body))
    except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
        raise StorageUnavailable(f"S3: {type(error).__name__}") from error
