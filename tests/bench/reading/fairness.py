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
    """Seconds from arrival until searchable and until completed, p50 and p95, both times; and the ratios of the latter.

    The scan is cancelled afterwards; `pages` says how far it came meanwhile.
    """
    for _ in range(2):  # the first finds much to load
        idle = _together(system)
    large = system.send([(scan.name, scan.read_bytes())])[0]
    system.until([large], lambda task: task["pages_done"] >= 4)
    before = system.task(large)["pages_done"]
    beside = _together(system)
    after = system.task(large)
    if after["searchable"]:
        raise RuntimeError("the scan was too short to be beside them to the end")
    system.api.post(f"/api/v1/tasks/{large}/cancel").raise_for_status()
    ratio, completed = (beside[what]["p95"] / idle[what]["p95"] for what in ("searchable", "completed"))
    say(f"beside a large scan, p95 as a multiple of the idle system's: searchable {ratio:.2f}, completed {completed:.2f}")
    return {
        "documents": COUNT,
        "idle": idle,
        "beside": beside,
        "ratio": ratio,
        "ratio_completed": completed,
        "pages": [before, after["pages_done"], after["pages_total"]],
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
    return {
        "searchable": _quantiles([(row.searchable_at - row.arrived_at).total_seconds() for row in rows]),
        "completed": _quantiles([(row.finished_at - row.arrived_at).total_seconds() for row in rows]),
    }


def _quantiles(seconds: list[float]) -> dict[str, float]:
    return {f"p{percent}": intake_latency.quantile(seconds, percent / 100) for percent in (50, 95)}
