"""Clients that send and delete through every door and do not give up: an outage is waited for, as people do."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from ingest.db import devices
from ingest.db.engine import Database
from ingest.settings import load_settings
from ingest.upkeep.prepare import minio_setup
from tests.chaos.letters import Letter
from tests.chaos.script import Send
from tests.support.office import Office

PATIENCE = 300.0  # seconds for which a door may stay shut: only a hang needs them
ELSEWHERE = "inbox/otros/"

Answer = TypeVar("Answer")


class DoorShut(Exception):
    """A door that never opened again, or one that refused."""


class _Away(Exception):
    """Not now."""


@dataclass(slots=True)
class Ledger:
    """What clients were told: the end of each transfer, by (key, eTag), and the keys they removed."""

    taken: dict[tuple[str, str], float] = field(default_factory=dict)
    removed: dict[str, float] = field(default_factory=dict)
    erased: dict[str, float] = field(default_factory=dict)  # removed by our own DELETE: document id
    erased_keys: set[str] = field(default_factory=set)
    refused_attempts: int = 0


class Doors:
    """Both doors of one office, and two scanners: one whose files stay, one whose files replace each other."""

    def __init__(self, env: dict[str, str]) -> None:
        self._office = Office(env)
        self.ledger = Ledger()
        self._lock = Lock()
        self._keys: dict[int, str] = {}
        self._ids: dict[int, str] = {}
        self._forms: dict[int, dict[str, Any]] = {}
        self.replacing_prefixes: tuple[str, ...] = (ELSEWHERE,)
        scanner, self.scanner_prefix = self._scanner(env, "Mesa de partes", replaces=False)
        replacing, prefix = self._scanner(env, "Bandeja de firmas", replaces=True)
        self.replacing_prefixes += (prefix,)
        self._drops = {
            "scanner": (scanner, self.scanner_prefix),
            "replacing": (replacing, prefix),
            "elsewhere": (self._office.service_s3(), ELSEWHERE),
        }

    def _scanner(self, env: dict[str, str], name: str, *, replaces: bool) -> tuple[Any, str]:
        credentials, prefix = minio_setup(load_settings(**env)).add_device(name, env["MINIO_BUCKET"], "inbox/")
        database = Database(env["DATABASE_URL"], pool_size=1)
        with database.begin() as connection:
            devices.add(connection, name, credentials.access_key, prefix, replaces=replaces)
        database.close()
        return self._office.s3(*credentials), prefix

    def send(self, send: Send, **more: Any) -> None:
        """Send the letter until it is taken; `more` goes with a drop, as S3 names it. Raises DoorShut."""
        letter = send.letter
        if send.door.startswith("upload"):
            key = self._upload(send, send.door.removeprefix("upload "))
        else:
            s3, prefix = self._drops[send.door]
            key = prefix + send.name
            self._until_done(lambda: _s3(s3.put_object, Bucket=self._office.bucket, Key=key, Body=letter.body, **more))
        with self._lock:
            self._keys[letter.number] = key
            self.ledger.taken[key, letter.etag] = time.time()

    def _upload(self, send: Send, method: str) -> str:
        """A client that knows nothing of what became of its last call begins anew."""
        letter = send.letter

        def announce() -> dict[str, Any]:
            return self._called(lambda: self._office.announce(send.name, letter.body, method=method))

        announced = self._until_done(announce)
        self._until_done(lambda: self._called(lambda: self._sent(announced, letter)))
        self._ids[letter.number] = announced["document_id"]
        self._forms[letter.number] = announced["upload"]
        return str(announced["object_key"])

    def _sent(self, announced: dict[str, Any], letter: Letter) -> None:
        answer = self._office.send(announced, letter.body)
        if answer.status_code != 412:  # a PUT that may write once says so of one whose answer was lost
            answer.raise_for_status()

    def delete(self, letter: Letter) -> None:
        """Remove it: an upload through the API, a drop behind our back. Raises DoorShut."""
        key, document_id = self._keys[letter.number], self._ids.get(letter.number)
        if document_id is None:
            self._until_done(lambda: _s3(self._office.service_s3().delete_object, Bucket=self._office.bucket, Key=key))
        else:
            self._until_done(lambda: self._called(lambda: self._erased(document_id)))
        with self._lock:
            self.ledger.removed[key] = time.time()
            if document_id is not None:
                self.ledger.erased[document_id] = time.time()
                self.ledger.erased_keys.add(key)

    def _erased(self, document_id: str) -> None:
        answer = self._office.api.delete(f"/api/v1/documents/{document_id}")
        if answer.status_code != 404:  # the answer of an earlier call was lost
            answer.raise_for_status()

    def form_of(self, letter: Letter) -> tuple[dict[str, Any], str]:
        """The signed form by which the letter was uploaded, and the version that came of it."""
        key = self._keys[letter.number]
        return self._forms[letter.number], next(one["VersionId"] for one in self.versions() if one["Key"] == key)

    def put_from_scanner(self, name: str, body: bytes, **more: Any) -> None:
        """One put by the scanner whose files stay, once. Raises ClientError."""
        s3, prefix = self._drops["scanner"]
        s3.put_object(Bucket=self._office.bucket, Key=prefix + name, Body=body, **more)

    def find(self, word: str) -> list[dict[str, Any]]:
        """The hits for this word and no other. Raises httpx.HTTPError while the API or the database is away."""
        return self._office.find(f'"{word}"', mode="text", limit=20)

    def find_patiently(self, word: str) -> list[dict[str, Any]]:
        """The same, once the API is back. Raises DoorShut."""
        return self._until_done(lambda: self._called(lambda: self.find(word)))

    def versions(self) -> list[dict[str, Any]]:
        """Everything below the inbox, delete markers too, newest first within a key, as S3 lists it."""
        found: list[dict[str, Any]] = []
        s3 = self._office.service_s3()
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=self._office.bucket, Prefix="inbox/"):
            found += page.get("Versions", [])
            found += [{**marker, "Marker": True} for marker in page.get("DeleteMarkers", [])]
        return found

    def close(self) -> None:
        """Close all connections."""
        self._office.close()

    def _called(self, call: Callable[[], Answer]) -> Answer:
        try:
            return call()
        except httpx.HTTPStatusError as error:
            if error.response.status_code < 500 and error.response.status_code != 429:
                raise DoorShut(f"{error.request.method} {error.request.url.path}: {error.response.text[:300]}") from error
            raise _Away from error
        except httpx.HTTPError as error:
            raise _Away from error

    def _until_done(self, call: Callable[[], Answer]) -> Answer:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return call()
            except _Away as error:
                self.ledger.refused_attempts += 1
                if time.monotonic() > deadline:
                    raise DoorShut(f"shut for {PATIENCE:.0f} s: {error.__cause__}") from error
                time.sleep(0.5)


def _s3(call: Callable[..., Any], **arguments: Any) -> Any:
    try:
        return call(**arguments)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
            raise DoorShut(str(error)) from error
        raise _Away from error
    except BotoCoreError as error:
        raise _Away from error
