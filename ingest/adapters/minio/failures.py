"""What MinIO's failures mean: an object that is not there, one that is not handed out, or a store that is away."""

from collections.abc import Iterator
from contextlib import contextmanager

import urllib3
from minio.error import MinioException, S3Error

from ingest.errors import ObjectMissing, StorageRefused, StorageUnavailable

ABSENT = {"NoSuchKey", "NoSuchVersion", "NoSuchBucket", "MethodNotAllowed", "InvalidVersionId", "NoSuchObject"}
# What it says of one object, and would say again; whoever goes through many goes on with the next. A HEAD has no body:
# of an object under a customer's key it says 400 alone, which minio-py calls BadRequest.
_REFUSED = {"AccessDenied", "BadRequest", "InvalidArgument", "InvalidRequest", "InvalidTag", "NotImplemented", "ObjectLocked"}


@contextmanager
def outages(*, absent_is_fine: bool = False) -> Iterator[None]:
    """What the client raises inside is raised as ObjectMissing, StorageRefused or StorageUnavailable."""
    try:
        yield
    except S3Error as error:
        if error.code not in ABSENT:
            raise not_done(str(error.code)) from error
        if not absent_is_fine:
            raise ObjectMissing(str(error.code)) from error
    except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
        raise StorageUnavailable(type(error).__name__) from error


def not_done(code: str) -> StorageUnavailable:
    """The error of ours for a code of S3's that says neither that it was done nor that it is absent."""
    return StorageRefused(code) if code in _REFUSED else StorageUnavailable(code)
