"""What a large scan costs the small documents that come while it is read: the same twenty, on an idle system and beside it."""

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
    """Seconds from arrival until searchable and until completed, p50 and p95, both times; and their ratio.

    The scan is cancelled afterwards; `pages` says how far it came meanwhile.
    """
    _together(system)  # what the first find to load
    idle = _together(system)
    large = system.send([(scan.name, scan.read_bytes())])[0]
    system.until([large], lambda task: task["pages_done"] >= 4)
    before = system.task(large)["pages_done"]
    beside = _together(system)
    task = system.task(large)
    system.api.post(f"/api/v1/tasks/{large}/cancel").raise_for_status()
    ratios = {name: beside[name]["p95"] / idle[name]["p95"] for name in idle}
    say(f"beside a large scan: p95 until searchable {ratios['searchable']:.2f} times that of an idle system")
    return {
        "documents": COUNT,
        "idle": idle,
        "beside": beside,
        "ratio": ratios,
        "pages": [before, task["pages_done"], task["pages_total"]],
    }


def _together(system: System) -> dict[str, dict[str, float]]:
    rng = random.SystemRandom()
    tasks = system.send([(f"{number}.pdf", intake_latency.document(rng)[1]) for number in range(COUNT)])
    time.sleep(1)  # asking costs the machine something too: first let it work
    system.until(tasks, lambda task: task["status"] == "completed")
    database = Database(system.env["DATABASE_URL"], pool_size=1)
    with database.begin() as connection:
        moments = select(documents.c.arrived_at, documents.c.searchable_at, documents.c.finished_at)
        rows = connection.execute(moments.where(documents.c.id.in_(list(map(UUID, tasks))))).all()
    database.close()
    searchable = [(row.searchable_at - row.arrived_at).total_seconds() for row in rows]
    completed = [(row.finished_at - row.arrived_at).total_seconds() for row in rows]
    return {
        name: {"p50": intake_latency.quantile(values, 0.5), "p95": intake_latency.quantile(values, 0.95)}
        for name, values in (("searchable", searchable), ("completed", completed))
    }
