"""What scanners sent by SFTP and MinIO did not keep: its gateway says OK to them, and the truth to its trace alone.

Measured: a put that MinIO refuses (another folder, a name in Latin-1, one of 264 bytes) is answered with OK, no request
of it may have reached the store, and no audit log has it. The trace of type `ftp` has a line for every transfer.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import urllib3
from minio.credentials.credentials import Credentials as SigningCredentials
from minio.signer import sign_v4_s3
from minio.time import to_amz_date, utcnow

from ingest.errors import StorageUnavailable
from ingest.ports import Credentials

_TRACE = "/minio/admin/v3/trace?ftp=true"
_SILENCE_SECONDS = 10.0  # MinIO writes a space each second
_LONGEST_LINE = 1 << 16
_NOTHING = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A transfer that was not kept: by which user, to which path (`/bucket/key`), and MinIO's reason."""

    access_key: str
    path: str
    reason: str


class Trace:
    """MinIO's trace of transfers by SFTP, as the user `watcher`, who may do nothing else."""

    def __init__(self, endpoint: str, watcher: Credentials, *, secure: bool, region: str) -> None:
        self._url = f"{'https' if secure else 'http'}://{endpoint}{_TRACE}"
        self._watcher = SigningCredentials(*watcher)
        self._region = region

    def refusals(self) -> Iterator[Refusal | None]:
        """Every refusal from now on, as it happens; None about once a second, so that the caller may stop.

        Ends with the connection. Raises StorageUnavailable.
        """
        try:
            with urllib3.PoolManager(timeout=urllib3.Timeout(connect=3, read=_SILENCE_SECONDS), retries=False) as http:
                answer = http.request("GET", self._url, headers=self._signed(), preload_content=False)
                with closing(answer):
                    if answer.status != 200:
                        raise StorageUnavailable(f"trace: HTTP {answer.status}")
                    yield from _read(answer.stream(_LONGEST_LINE))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise StorageUnavailable(f"trace: {type(error).__name__}") from error

    def _signed(self) -> dict[str, str]:
        url, now = urlsplit(self._url), utcnow()
        headers: dict[str, str | list[str] | tuple[str]] = {
            "Host": url.netloc,
            "x-amz-date": to_amz_date(now),
            "x-amz-content-sha256": _NOTHING,
        }
        signed = sign_v4_s3(
            method="GET",
            url=url,
            region=self._region,
            headers=headers,
            credentials=self._watcher,
            content_sha256=_NOTHING,
            date=now,
        )
        return {name: str(value) for name, value in signed.items()}


def _read(parts: Iterator[bytes]) -> Iterator[Refusal | None]:
    """The refusals among the lines of the trace, and None after each part of it."""
    rest = b""
    for part in parts:
        *lines, rest = (rest + part).split(b"\n")
        yield from (refusal for line in lines if (refusal := _refusal(line)) is not None)
        rest = rest.lstrip()[:_LONGEST_LINE]  # the spaces of a silent day
        yield None


def _refusal(line: bytes) -> Refusal | None:
    try:
        told: Any = json.loads(line)
        if told["funcname"] != "Put" or not told.get("error"):
            return None
        facts = (str(fact).encode("utf-8", "replace").decode() for fact in (told["custom"]["user"], told["path"], told["error"]))
        return Refusal(*facts)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None  # of another kind, or cut off
