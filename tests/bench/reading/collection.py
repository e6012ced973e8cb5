"""Every file of the collection through the running system: how it ends, how long it takes, and whether a worker is lost."""

import time
from pathlib import Path
from typing import Any

from tests.bench.reading import usage
from tests.bench.reading.scans import COLLECTION, collection
from tests.bench.reading.through_system import READERS, System


def through(system: System) -> dict[str, Any]:
    """One after the other; `wrong` names the files that ended otherwise than they should."""
    rows = []
    largest = 0
    for path, expected in collection():
        begun = time.perf_counter()
        with usage.of_each(lambda: system.workers(*READERS)) as used:
            outcome, pages = _outcome(system, path)
        largest = max(largest, used.memory)
        rows.append(
            {
                "file": str(path.relative_to(COLLECTION)),
                "outcome": outcome,
                "right": outcome in expected.split(" or "),
                "pages": pages,
                "seconds": time.perf_counter() - begun,
                "memory": used.memory,
            }
        )
    slow = [row for row in rows if row["seconds"] > 30 + 3 * row["pages"]]
    return {
        "files": len(rows),
        "wrong": [row for row in rows if not row["right"]],
        "over_30_s_and_3_s_a_page": slow,
        "largest_process": largest,
        "children_lost": _children_lost(system),
        "seconds": sum(row["seconds"] for row in rows),
        "rows": rows,
    }


def _children_lost(system: System) -> int:
    """How often a worker's main process saw one of its children die."""
    logs = (system.stack.layout.log / f"{name}.log" for name in (*READERS, "embedder"))
    return sum(log.read_text(encoding="utf-8", errors="replace").count('"child_lost"') for log in logs)


def _outcome(system: System, path: Path) -> tuple[str, int]:
    task_id = system.drop(f"inbox/bench/{path.parent.name}/{path.name}", path.read_bytes())
    while True:
        task = system.task(task_id) if system.is_known(task_id) else {"status": "", "searchable": False}
        if task["status"] == "error":
            return f"error:{task['error']['code']}", task["pages_total"] or 0
        if task["searchable"]:
            return "completed", task["pages_total"] or 0
        time.sleep(0.05)
