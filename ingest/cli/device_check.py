"""`bandeja device check`: a document with a scanner's rights through each of its doors, until it is found; then it is erased.

The scanner's own secret is known to the scanner alone, so the documents are sent by a user that is made for it, with the
same rights and for as long. What remains to be looked at is what was typed into the scanner.
"""

import time
from collections.abc import Callable
from functools import partial
from secrets import token_hex
from typing import Any
from uuid import UUID

from ingest.adapters import paramiko_sftp
from ingest.adapters.minio import drop
from ingest.cli import context, samples
from ingest.cli.checks import Failed, holds, must
from ingest.cli.client import Api
from ingest.cli.upload import ENDED, reason
from ingest.db import devices
from ingest.db.devices import Device
from ingest.errors import StorageRefused
from ingest.ports import Credentials
from ingest.settings import Settings
from ingest.upkeep.prepare import minio_setup

_PATIENCE = 120.0  # seconds, for a document of one page
_OUTSIDE = "bandeja-device-check/"  # below the inbox, where no scanner may write

Send = Callable[[str, bytes], None]


def check(settings: Settings, name: str) -> bool:
    """Try the whole round and print a line a check; whether all held. Raises StorageUnavailable, DatabaseUnavailable."""
    with context.database(settings) as database, database.begin() as connection:
        device = devices.find(connection, name)
    if not holds("The device is there", lambda: _there(settings, name, device)) or device is None:
        return False
    api = Api(settings.api_url, settings.api_key.get_secret_value())
    try:
        with minio_setup(settings).visitor(device.access_key) as visitor:
            by_s3, by_sftp = partial(_by_s3, settings, visitor), partial(_by_sftp, settings, visitor)
            held = [holds("S3: a document goes all the way", lambda: _round(api, device, by_s3))]
            held.append(holds("S3: it may write nowhere else", lambda: _refused(settings, by_s3)))
            if settings.minio_sftp_address:
                held.append(holds("SFTP: a document goes all the way", lambda: _round(api, device, by_sftp)))
        return all(held)
    finally:
        api.close()


def _there(settings: Settings, name: str, device: Device | None) -> str:
    if device is None or device.removed_at is not None:
        raise Failed(f"there is no device {name}; `bandeja device list` shows all")
    known = minio_setup(settings).knows(device.access_key)
    must(known, f"MinIO has no user {device.access_key}, or it is disabled; `bandeja device add` makes a new one")
    return f"{device.access_key}, {device.prefix}"


def _by_s3(settings: Settings, visitor: Credentials, key: str, body: bytes) -> None:
    known: dict[str, Any] = {"secure": settings.minio_secure, "region": settings.minio_region}
    drop.drop(settings.minio_endpoint, visitor, settings.minio_bucket, key, body, **known)


def _by_sftp(settings: Settings, visitor: Credentials, key: str, body: bytes) -> None:
    paramiko_sftp.drop(settings.minio_sftp_address, visitor, settings.minio_bucket, key, body)


def _round(api: Api, device: Device, send: Send) -> str:
    """Sent, seen by the sender, taken in, read; the name has what names have: accents, a space. Raises Failed."""
    begun = time.monotonic()
    word = f"comprobación {token_hex(4)}"
    key = f"{device.prefix}{word}.pdf"
    send(key, samples.letter(1, f"CONSTANCIA N.º {{number}}-2025\n\nASUNTO: {word}"))
    sent = time.monotonic() - begun
    task = _until_ended(api, device, key)
    try:
        must(task["status"] == "completed", f"it ended: {reason(task)}")
        return f"sent in {sent:.2f} s, found after {time.monotonic() - begun:.2f} s, erased"
    finally:
        api.delete(f"/documents/{UUID(task['document_id'])}")


def _until_ended(api: Api, device: Device, key: str) -> dict[str, Any]:
    folder = device.prefix.split("/")[-2]
    deadline = time.monotonic() + _PATIENCE
    while True:
        newest = api.get("/tasks", device=folder, limit=200)["items"]
        task: dict[str, Any] | None = next((one for one in newest if one["object_key"] == key), None)
        if task is not None and task["status"] in ENDED:
            return task
        seen = f"it is {task['status']}, {reason(task)}" if task else "MinIO has it, and no document came of it"
        must(time.monotonic() < deadline, f"{seen}, after {_PATIENCE:.0f} s; see `bandeja verify`")
        time.sleep(0.2)


def _refused(settings: Settings, send: Send) -> str:
    try:
        send(f"{settings.inbox_prefix}{_OUTSIDE}{token_hex(4)}.tmp", b"x")  # a name that is left alone
    except StorageRefused as refused:
        return refused.detail
    raise Failed("it wrote outside of its folder; `bandeja prepare` renews its rights")
