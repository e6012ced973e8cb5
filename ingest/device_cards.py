"""What only the database knows of a device, kept as JSON in the derived bucket, so that a rebuild finds it again.

Whether versions of a name replace each other depends on the device; the bucket alone does not tell.
"""

import json
from datetime import datetime

from sqlalchemy import Connection

from ingest.db import devices
from ingest.db.devices import Device
from ingest.ports import ObjectStore

FOLDER = "devices/"


def write(store: ObjectStore, device: Device) -> None:
    """Keep the device's card, `devices/<access key>.json`; a removed one's too. Raises StorageUnavailable."""
    card = {
        "name": device.name,
        "access_key": device.access_key,
        "prefix": device.prefix,
        "replaces": device.replaces,
        "languages": device.languages,
        "created_at": device.created_at.isoformat(),
        "removed_at": device.removed_at.isoformat() if device.removed_at else None,
    }
    store.put_derived(f"{FOLDER}{device.access_key}.json", json.dumps(card, ensure_ascii=False).encode(), "application/json")


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
    )
