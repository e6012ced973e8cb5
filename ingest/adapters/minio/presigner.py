"""Signed requests for MinIO: one upload of exactly these bytes' size and type, one read of one version.

Uploads are signed by a user that may only put, reads by one that may only get: a signed request shows its access key.
The host is part of a signature, so all is signed for the endpoint that clients see. No call here uses the network.
"""

import time
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from minio import Minio
from minio.datatypes import PostPolicy

from ingest.domain.object_keys import safe_segment
from ingest.domain.objects import stored_version
from ingest.ports import SignedUpload

# What a browser may show by itself. The type comes from here, never from what the sender claimed:
# HTML dropped as "letter.pdf" must not run as a page of the store's host.
_SHOWN = {
    ".pdf": "application/pdf",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".bmp": "image/bmp",
    ".avif": "image/avif",
}


class MinioPresigner:
    """Implements `ports.Presigner` for one bucket, and one for what was derived from it, at `url` (`http[s]://host[:port]`, as clients reach it)."""

    def __init__(
        self,
        url: str,
        bucket: str,
        derived_bucket: str,
        *,
        region: str,
        signer_access_key: str,
        signer_secret_key: str,
        reader_access_key: str,
        reader_secret_key: str,
    ) -> None:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        self._url = f"{parts.scheme}://{parts.netloc}"
        self._bucket = bucket
        self._derived = derived_bucket
        self._region = region
        self._put_credentials = Credentials(signer_access_key, signer_secret_key)
        # With a region set, minio-py signs without asking the server for it.
        self._signer = Minio(parts.netloc, signer_access_key, signer_secret_key, secure=secure, region=region)
        self._reader = Minio(parts.netloc, reader_access_key, reader_secret_key, secure=secure, region=region)

    def sign_upload(
        self, *, method: str, key: str, content_type: str, size: int, sha256: str, metadata: dict[str, str], seconds: int
    ) -> SignedUpload:
        """One upload of exactly this key, size and type; `method` is "post" or "put".

        With `sha256` (hex, or "") the store takes no other bytes. A second PUT answers 412; a second POST makes a
        second version, of which the first counts. `metadata` is ASCII (see `ingest.domain.object_keys`).
        """
        headers = {"Content-Type": content_type} | {f"x-amz-meta-{name}": value for name, value in metadata.items()}
        if sha256:
            headers["x-amz-checksum-sha256"] = b64encode(bytes.fromhex(sha256)).decode()
        sign = self._sign_put if method == "put" else self._sign_post
        return sign(key, size, headers, seconds)

    def _sign_post(self, key: str, size: int, headers: dict[str, str], seconds: int) -> SignedUpload:
        fields = {"key": key, **headers}
        policy = PostPolicy(self._bucket, datetime.fromtimestamp(time.time() + seconds, UTC))
        for name, value in fields.items():
            policy.add_equals_condition(name, value)
        policy.add_content_length_range_condition(size, size)
        fields |= self._signer.presigned_post_policy(policy)
        return SignedUpload("POST", f"{self._url}/{self._bucket}", fields, {})

    def _sign_put(self, key: str, size: int, headers: dict[str, str], seconds: int) -> SignedUpload:
        # minio-py signs the host alone; every header here is signed, so none can be changed or left out.
        headers = {**headers, "Content-Length": str(size), "If-None-Match": "*"}
        request = AWSRequest("PUT", f"{self._url}/{self._bucket}/{quote(key, safe='/-_.~')}", headers=headers)
        S3SigV4QueryAuth(self._put_credentials, "s3", self._region, expires=seconds).add_auth(request)
        return SignedUpload("PUT", request.url, {}, headers)

    def sign_download(self, *, key: str, version_id: str, filename: str, seconds: int) -> str:
        """A URL that reads this one version, named `filename` in the browser.

        PDFs and pictures are shown, anything else is saved. `version_id` is an `ObjectVersion.identity`.
        """
        return self._sign_get(self._bucket, key, stored_version(version_id) or None, filename, seconds)

    def sign_derived(self, *, key: str, filename: str, seconds: int) -> str:
        """A URL that reads this PDF in the derived bucket, likewise."""
        return self._sign_get(self._derived, key, None, filename, seconds)

    def _sign_get(self, bucket: str, key: str, version_id: str | None, filename: str, seconds: int) -> str:
        name = safe_segment(filename)
        shown = _SHOWN.get(f".{name.rpartition('.')[2].lower()}")
        return self._reader.presigned_get_object(
            bucket,
            key,
            expires=timedelta(seconds=seconds),
            version_id=version_id,
            response_headers={
                # The sender's word too: a browser would unpack what it is given as it pleases.
                "response-content-encoding": "identity",
                "response-content-type": shown or "application/octet-stream",
                "response-content-disposition": content_disposition("inline" if shown else "attachment", name),
            },
        )


def content_disposition(kind: str, filename: str) -> str:
    """The header's value after RFC 6266: an ASCII name for old clients, the whole one in RFC 5987's encoding.

    Nothing of the name can end the value or the header: what is not plain is replaced or percent-encoded.
    """
    plain = "".join(
        character if character.isascii() and (character.isalnum() or character in " ._-") else "_" for character in filename
    )
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
