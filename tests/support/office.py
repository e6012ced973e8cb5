"""An office as its clients see it: the HTTP API, an S3 client that is not ours, and Celery's own view."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

import boto3
import httpx
from botocore.config import Config
from celery import Celery
from celery.result import AsyncResult
from sqlalchemy import text

from ingest.db.engine import Database

Answer = TypeVar("Answer")

ENDED = {"completed", "error", "expired", "cancelled", "deleted", "superseded"}


def wait_for(question: Callable[[], Answer | None], what: str, seconds: float = 90) -> Answer:
    """The first answer that is not None; fails naming `what` after a time that only a hang can need."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = question()
        if answer is not None:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"never came: {what}")


class Office:
    """One running stack, through its public doors."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env
        self.bucket = env["MINIO_BUCKET"]
        self._s3: list[Any] = []
        self.api = httpx.Client(base_url=env["BANDEJA_API_URL"], headers={"X-API-Key": env["BANDEJA_API_KEY"]}, timeout=30)
        self.celery = Celery("outside", broker=env["REDIS_URL"], backend=env["REDIS_URL"])
        self.celery.conf.result_backend_transport_options = {"global_keyprefix": "ingest:"}

    def close(self) -> None:
        """Close all connections."""
        self.api.close()
        for client in self._s3:
            client.close()
        self.celery.close()

    def s3(self, access_key: str, secret_key: str) -> Any:
        """An S3 client with these credentials."""
        client = boto3.client(
            "s3",
            endpoint_url=f"http://{self.env['MINIO_ENDPOINT']}",
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            region_name="us-east-1",
            config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
        )
        self._s3.append(client)
        return client

    def service_s3(self) -> Any:
        """The service's own user, for looking at the bucket and for drops outside a device's prefix."""
        return self.s3(self.env["MINIO_ACCESS_KEY"], self.env["MINIO_SECRET_KEY"])

    def announce(self, name: str, body: bytes, **more: Any) -> dict[str, Any]:
        """Ask for a presigned upload."""
        content_type = "image/jpeg" if name.endswith(".jpg") else "application/pdf"
        answer = self.api.post(
            "/api/v1/uploads", json={"filename": name, "content_type": content_type, "size": len(body), **more}
        )
        answer.raise_for_status()
        made: dict[str, Any] = answer.json()
        return made

    def send(self, announced: dict[str, Any], body: bytes) -> httpx.Response:
        """Send the bytes straight to the store, as the answer says."""
        upload = announced["upload"]
        if upload["method"].upper() == "POST":
            return httpx.post(upload["url"], data=upload["fields"], files={"file": ("any", body)}, timeout=30)
        return httpx.put(upload["url"], content=body, headers=upload["headers"], timeout=30)

    def upload(self, name: str, body: bytes, **more: Any) -> str:
        """Upload; returns the task id."""
        announced = self.announce(name, body, **more)
        self.send(announced, body).raise_for_status()
        return str(announced["task_id"])

    def task(self, task_id: str) -> dict[str, Any]:
        """Where it stands."""
        answer = self.api.get(f"/api/v1/tasks/{task_id}")
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def until(self, task_id: str, is_so: Callable[[dict[str, Any]], bool], seconds: float = 90) -> dict[str, Any]:
        """The task when this is so of it."""

        def look() -> dict[str, Any] | None:
            task = self.task(task_id)
            return task if is_so(task) else None

        return wait_for(look, f"what is wanted of {task_id}", seconds)

    def until_ended(self, task_id: str, seconds: float = 90) -> dict[str, Any]:
        """The task when nothing more happens to it."""

        def ended() -> dict[str, Any] | None:
            task = self.task(task_id)
            return task if task["status"] in ENDED else None

        return wait_for(ended, f"the end of {task_id}", seconds)

    def find(self, question: str, **parameters: Any) -> list[dict[str, Any]]:
        """The hits of a search."""
        answer = self.api.get("/api/v1/search", params={"q": question, **parameters})
        answer.raise_for_status()
        hits: list[dict[str, Any]] = answer.json()["hits"]
        return hits

    def task_of(self, object_key: str) -> dict[str, Any] | None:
        """The newest task of an object key, once it has one."""
        tasks = self.api.get("/api/v1/tasks", params={"limit": 200}).json()["items"]
        return next((task for task in tasks if task["object_key"] == object_key), None)

    def seen_by_celery(self, task_id: str) -> "AsyncResult[Any]":
        """What `AsyncResult` says of the public task id."""
        return AsyncResult(task_id, app=self.celery)


def sha256_hex(body: bytes) -> str:
    """What a client claims its bytes to be."""
    return hashlib.sha256(body).hexdigest()


def own_word() -> str:
    """A word that no other document has; letters alone, so that nothing corrects or splits it."""
    return "z" + "".join(chr(ord("a") + int(digit, 16)) for digit in uuid4().hex[:12])


@dataclass(frozen=True)
class Scanner:
    """A scanner with a user of its own."""

    name: str
    prefix: str
    access_key: str
    secret_key: str
    s3: Any


def put_without_event(office: Office, s3: Any, key: str, body: bytes = b"") -> None:
    """What a hostile or a replicating client can do; the listing finds it."""
    s3.meta.events.register(
        "before-call.s3.PutObject",
        lambda params, **_: params["headers"].__setitem__("X-Minio-Source-Replication-Request", "true"),
        unique_id="silent",
    )
    s3.put_object(Bucket=office.bucket, Key=key, Body=body)
    s3.meta.events.unregister("before-call.s3.PutObject", unique_id="silent")


def rows(office: Office, query: str, document_id: str) -> list[Any]:
    """What the database says of a document."""
    database = Database(office.env["DATABASE_URL"], pool_size=1)
    with database.begin() as connection:
        found = connection.execute(text(query), {"id": document_id}).all()
    database.close()
    return list(found)
