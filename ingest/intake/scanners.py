"""Scanners: each a user of the store that writes under its own prefix alone, and what is known of it besides.

What only the database knows of a device is kept as JSON in the derived bucket too (its card), so that a rebuild finds
it again: whether versions of a name replace each other depends on the device, and the bucket alone does not tell.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from ingest.db import devices
from ingest.db.devices import Device
from ingest.domain.object_keys import device_id, device_prefix
from ingest.ports import Credentials, ObjectStore, ScannerUsers

MAX_NAME = 80  # characters; its folder's name holds 255 bytes
FOLDER = "devices/"  # of the cards


@dataclass(frozen=True, slots=True)
class Added:
    """A device's user, the only place where it may write, and whether it was known already."""

    credentials: Credentials
    prefix: str
    renewed: bool


@dataclass(frozen=True, slots=True)
class Scanners:
    """The scanners of one bucket. The caller owns the transaction; all raise StorageUnavailable."""

    users: ScannerUsers
    store: ObjectStore
    bucket: str
    inbox: str

    def add(
        self, connection: Connection, name: str, *, replaces: bool, languages: str = "", stays_here: bool = False
    ) -> Added | None:
        """Make or renew a device; None where another one has its folder.

        A renewed one gets a new user: what a thief of the old secret has made of it (service accounts, temporary
        credentials) goes with the old one.
        """
        devices.lock(connection, name)
        before = devices.find(connection, name)
        if devices.holder(connection, device_prefix(name, self.inbox)) not in (None, name):
            return None
        credentials, prefix = self.users.add_device(name, self.bucket, self.inbox)
        facts = {"replaces": replaces, "stays_here": stays_here}
        devices.add(connection, name, credentials.access_key, prefix, languages=languages, **facts)
        after = devices.find(connection, name)
        if after is not None:
            keep_card(self.store, after)
        if before is not None:
            self.users.remove_device(before.access_key)
        return Added(credentials, prefix, renewed=before is not None and before.removed_at is None)

    def renew_rights(self, connection: Connection) -> None:
        """Give every device the rights of today: it may have been made by an older version."""
        for device in devices.every(connection):
            self.users.renew_device(device.access_key, self.bucket, device.prefix)

    def remove(self, connection: Connection, name: str) -> bool:
        """Remove a device's user; the documents it sent stay. False where there is none of that name."""
        devices.lock(connection, name)
        removed = devices.remove(connection, name)
        if removed is None:
            return False
        self.users.remove_device(removed.access_key)
        keep_card(self.store, removed)
        return True


def name_problem(name: str) -> str:
    """Why this cannot name a device, or ""."""
    if not name.strip():
        return "A device needs a name."
    if len(name) > MAX_NAME or not name.isprintable():
        return f"A device's name has at most {MAX_NAME} printable characters."
    return ""


def keep_card(store: ObjectStore, device: Device) -> None:
    """Keep the device's card, one file a name; a removed one's too. Raises StorageUnavailable."""
    card = {
        "name": device.name,
        "access_key": device.access_key,
        "prefix": device.prefix,
        "replaces": device.replaces,
        "languages": device.languages,
        "stays_here": device.stays_here,
        "created_at": device.created_at.isoformat(),
        "removed_at": device.removed_at.isoformat() if device.removed_at else None,
    }
    store.put_derived(f"{FOLDER}{device_id(device.name)}.json", json.dumps(card, ensure_ascii=False).encode(), "application/json")


def restore(connection: Connection, store: ObjectStore) -> int:
    """Insert the devices that have a card and no row; returns how many. Raises StorageUnavailable."""
    bodies = (store.get_derived(key) for key in store.derived(FOLDER))
    return sum(devices.restore(connection, _read(body)) for body in bodies if body is not None)


def _read(body: bytes) -> Device:
    card = json.loads(body)
    return Device(
        name=str(card["name"]),
        access_key=str(card["access_key"]),
        prefix=str(card["prefix"]),
        replaces=bool(card["replaces"]),
        languages=str(card["languages"]),
        created_at=datetime.fromisoformat(card["created_at"]),
        removed_at=datetime.fromisoformat(card["removed_at"]) if card["removed_at"] else None,
        stays_here=bool(card.get("stays_here")),  # cards of older releases say nothing
    )
