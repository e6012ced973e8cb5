"""Every file of the collection through the running system: how it ends, how long it takes, and whether a worker is lost."""

import time
from pathlib import Path
from typing import Any

from tests.bench.reading.scans import COLLECTION, collection
from tests.bench.reading.through_system import System


def through(system: System) -> dict[str, Any]:
    """One after the other; `wrong` names the files that ended otherwise than they should."""
    rows = []
    for path, expected in collection():
        begun = time.perf_counter()
        outcome, pages = _outcome(system, path)
        rows.append(
            {
                "file": str(path.relative_to(COLLECTION)),
                "outcome": outcome,
                "right": outcome in expected.split(" or "),
                "pages": pages,
                "seconds": time.perf_counter() - begun,
            }
        )
    slow = [row for row in rows if row["seconds"] > 30 + 3 * row["pages"]]
    return {
        "files": len(rows),
        "wrong": [row for row in rows if not row["right"]],
        "over_30_s_and_3_s_a_page": slow,
        "seconds": sum(row["seconds"] for row in rows),
        "rows": rows,
    }


def _outcome(system: System, path: Path) -> tuple[str, int]:
    task_id = system.drop(f"inbox/bench/{path.parent.name}/{path.name}", path.read_bytes())
    while True:
        task = system.task(task_id) if system.is_known(task_id) else {"status": "", "searchable": False}
        if task["status"] == "error":
            return f"error:{task['error']['code']}", task["pages_total"] or 0
        if task["searchable"]:
            return "completed", task["pages_total"] or 0
        time.sleep(0.05)
