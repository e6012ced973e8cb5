"""What a large scan costs the small documents that come while it is read: twenty on an idle system, and twenty beside it."""

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from ingest.db.engine import Database
from ingest.db.schema import documents
from tests.bench import intake_latency
from tests.bench.reading.through_system import System

COUNT = 20


def beside_a_large_scan(system: System, scan: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Seconds from arrival until searchable, p50 and p95, both times; and the ratio of the latter.

    The scan is cancelled afterwards; `pages` says how far it came meanwhile.
    """
    for _ in range(2):  # the first finds much to load
        idle, tasks = _together(system)
        system.until(tasks, lambda task: task["status"] == "completed")
    large = system.send([(scan.name, scan.read_bytes())])[0]
    system.until([large], lambda task: task["pages_done"] >= 4)
    before = system.task(large)["pages_done"]
    beside, _ = _together(system)
    after = system.task(large)
    system.api.post(f"/api/v1/tasks/{large}/cancel").raise_for_status()
    ratio = beside["p95"] / idle["p95"]
    say(f"beside a large scan: p95 until searchable {ratio:.2f} times that of an idle system")
    pages = [before, after["pages_done"], after["pages_total"]]
    return {"documents": COUNT, "idle": idle, "beside": beside, "ratio": ratio, "pages": pages}


def _together(system: System) -> tuple[dict[str, float], list[str]]:
    rng = random.SystemRandom()
    tasks = system.send([(f"{number}.pdf", intake_latency.document(rng)[1]) for number in range(COUNT)])
    time.sleep(1)  # asking costs the machine something too: first let it work
    system.until(tasks, lambda task: bool(task["searchable"]))
    database = Database(system.env["DATABASE_URL"], pool_size=1)
    with database.begin() as connection:
        moments = select(documents.c.arrived_at, documents.c.searchable_at)
        rows = connection.execute(moments.where(documents.c.id.in_(list(map(UUID, tasks))))).all()
    database.close()
    seconds = [(row.searchable_at - row.arrived_at).total_seconds() for row in rows]
    return {"p50": intake_latency.quantile(seconds, 0.5), "p95": intake_latency.quantile(seconds, 0.95)}, tasks
