"""`bandeja verify`: the seed's verify_celery.py and more; a line a check, up to a document that goes all the way."""

import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

import typer

from ingest.adapters.parser.confinement import SYSTEM_CALLS
from ingest.adapters.tesseract.program import installed_languages
from ingest.cli import context, samples, sending
from ingest.cli.checks import holds, must
from ingest.cli.client import Api
from ingest.cli.upload import ENDED, reason
from ingest.db import migrate, vectors
from ingest.domain.documents import CeleryState, Progress
from ingest.queue import TASK_OF, CeleryQueue, Inspection, make_celery
from ingest.services.backing import Services, build_services
from ingest.services.reading import build_reader
from ingest.settings import Settings

_PATIENCE = 180.0
_SEED_DELAYS = (60.0, 300.0, 900.0)
_SEED = {
    "task_serializer": "json",
    "result_serializer": "json",
    "worker_concurrency": 2,
    "worker_max_tasks_per_child": 50,
}

Check = tuple[str, Callable[[], str]]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(verify)


def verify() -> None:
    """Check every part of a running system, then take a probe document all the way; exit 1 on any ✗."""
    settings = context.settings()
    app = make_celery(settings)
    with closing(build_services(settings)) as services:
        inspection, queue = Inspection(app), CeleryQueue(app)
        api = Api(settings.api_url, settings.api_key.get_secret_value())
        checks = [
            ("Celery configured as the seed says", lambda: _configured(app.conf)),
            ("Broker answers", inspection.broker),
            ("Result backend answers", inspection.backend),
            ("Workers know the tasks", lambda: _registered(inspection)),
            ("Retries", lambda: _retries(settings.retry_delays)),
            ("Progress comes back from AsyncResult", lambda: _mirror(queue, inspection)),
            *_store_checks(services),
            *_database_checks(services),
            ("Tesseract reads", lambda: _languages(settings.ocr_languages)),
            ("Files are opened in a confined process", lambda: _confined(settings)),
            ("A document goes all the way", lambda: Probe(api, inspection).run()),
        ]
        # All of them, whatever the first says.
        held = [holds(name, check) for name, check in checks]
    if not all(held):
        sys.exit(1)


def _configured(known: Any) -> str:
    wrong = [f"{name} is {known[name]!r}" for name, value in _SEED.items() if known[name] != value]
    must(not wrong, ", ".join(wrong))
    return f"JSON, {known['timezone']}, concurrency 2, 50 tasks a child"


def _registered(inspection: Inspection) -> str:
    workers = inspection.registered()
    known = set().union(*workers.values())
    must(workers, "no worker answers; see its log")
    must(set(TASK_OF.values()) <= known, f"{', '.join(sorted(set(TASK_OF.values()) - known))} unknown to {', '.join(workers)}")
    return f"{', '.join(TASK_OF.values())} at {', '.join(sorted(workers))}"


def _retries(delays: tuple[float, ...]) -> str:
    said = ", ".join(f"{delay:g}" for delay in delays)
    must(len(delays) == len(_SEED_DELAYS), f"BANDEJA_RETRY_DELAYS has {len(delays)} waits: {said}")
    return f"{len(delays)}, after {said} s" + (
        "" if delays == _SEED_DELAYS else " (set by BANDEJA_RETRY_DELAYS; 60, 300, 900 by default)"
    )


def _mirror(queue: CeleryQueue, inspection: Inspection) -> str:
    task_id = uuid4()
    queue.show(task_id, CeleryState.PROGRESS, Progress(50, "describe"))
    seen = inspection.seen(task_id)
    inspection.forget(task_id)
    # The seed's own words; `stage_name` is ours.
    said = {"progress": 50, "stage": "Extrayendo metadatos con IA", "stage_name": "describe"}
    must(seen == ("PROGRESS", said), f"it says {seen}")
    return f"PROGRESS, {said}"


def _store_checks(services: Services) -> Iterator[Check]:
    bucket, store = services.settings.minio_bucket, services.store

    def there() -> str:
        must(store.bucket_exists(), f"there is no bucket {bucket}; run `bandeja prepare`")
        must(store.is_versioned(), f"{bucket} keeps no versions; run `bandeja prepare`")
        return f"{bucket}, versioned"

    def notifies() -> str:
        must(store.notification_matches(), "it differs from infra/minio-notify.json; run `bandeja prepare`")
        return "reads back equal to infra/minio-notify.json"

    yield "Bucket", there
    yield "Bucket's notification rule", notifies


def _database_checks(services: Services) -> Iterator[Check]:
    def schema() -> str:
        with services.database.begin() as connection:
            must(migrate.is_current(connection), "migrations are missing; run `bandeja prepare`")
        return "newest migration"

    def pgvector() -> str:
        with services.database.begin() as connection:
            version = vectors.extension_version(connection)
        must(version, "the extension is not in the database; run `bandeja prepare`")
        return str(version)

    yield "Database's schema", schema
    yield "pgvector", pgvector


def _languages(wanted: str) -> str:
    missing = set(wanted.split("+")) - installed_languages()
    must(not missing, f"not installed here: {', '.join(sorted(missing))}; install tesseract-ocr-LANGUAGE where workers run")
    return wanted


def _confined(settings: Settings) -> str:
    """What holds it on this machine, and what does not: some kernels have no Landlock, some workers are not root's."""
    reader = build_reader(settings)
    try:
        walls = reader.walls()
    finally:
        reader.stop()
    said = ", ".join(f"{'' if wall.holds else 'no '}{wall.name} ({wall.detail})" for wall in walls)
    must(any(wall.holds and wall.name == SYSTEM_CALLS for wall in walls), said)
    return said


class Probe:
    """A document with a word of its own: uploaded, found, completed, deleted, gone."""

    def __init__(self, api: Api, inspection: Inspection) -> None:
        self._api = api
        self._inspection = inspection
        self._word = "".join(random.choices("bcdfglmnprst", k=10))  # noqa: S311  no secret

    def run(self) -> str:
        """What was seen on the way. Raises Failed, ApiProblem, BandejaError."""
        begun = time.monotonic()
        task_id = self._upload()
        self._until(lambda: self._task(task_id)["searchable"], task_id, "searchable")
        found = time.monotonic() - begun
        must(self._finds(task_id), "it is searchable, and search does not find it")
        self._until(lambda: self._task(task_id)["status"] == "completed", task_id, "completed")
        done = time.monotonic() - begun
        state, meta = self._inspection.seen(UUID(task_id))
        task = self._task(task_id)
        said = {"progress": 100, "stage": task["stage_label"], "stage_name": task["stage"]}
        must((state, meta) == ("SUCCESS", said), f"AsyncResult says {state} {meta}, the API completed {said}")
        self._api.delete(f"/documents/{task_id}")
        must(not self._finds(task_id), "it was deleted, and search finds it")
        return f"found after {found:.2f} s, completed after {done:.2f} s, AsyncResult agrees, deleted"

    def _upload(self) -> str:
        with TemporaryDirectory(prefix="bandeja-probe-") as folder:
            path = Path(folder) / "bandeja-verify.pdf"
            path.write_bytes(samples.letter(1, f"CONSTANCIA N.º {{number}}-2025\n\nASUNTO: prueba de {self._word}"))
            announced = sending.announce(self._api, path, "post")
            sending.send(announced["upload"], path, lambda _: None)
        return str(announced["task_id"])

    def _task(self, task_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self._api.get(f"/tasks/{task_id}")
        return found

    def _finds(self, task_id: str) -> bool:
        return any(hit["document_id"] == task_id for hit in self._api.get("/search", q=self._word, mode="text")["hits"])

    def _until(self, question: Callable[[], bool], task_id: str, what: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not question():
            task = self._task(task_id)
            must(task["status"] not in ENDED - {"completed"}, f"it ended: {reason(task)}")
            must(time.monotonic() < deadline, f"not {what} after {_PATIENCE:.0f} s: {reason(task)}, stage {task['stage']}")
            time.sleep(0.1)
