"""kill -9 in the middle of a scan read in batches: what was read is not read again, and there is one result."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from ingest.stack.stack import Stack
from tests.support import made, processes
from tests.support.office import Office, rows, wait_for
from tests.support.processes import working_child

pytestmark = [pytest.mark.stack, pytest.mark.usefixtures("nothing_else_is_read")]

PAGES = 20
KILLED_AT = 7
AT_ONCE = 2  # children of the page workers


@pytest.fixture
def calls(tesseract_calls: Path) -> Callable[[], int]:
    """How often Tesseract has been called since the test began: a shim before it on PATH writes a line a call."""

    def count() -> int:
        return len(tesseract_calls.read_bytes().splitlines()) if tesseract_calls.exists() else 0

    before = count()
    return lambda: count() - before


def kill_child(env: dict[str, str]) -> int:
    processes.kill(working_child(env))
    return 1


def kill_main(env: dict[str, str]) -> int:
    """The main process of the page workers, and its children with it, as an out-of-memory kill of the group."""
    main = processes.of_stack(env, "-Q pages")[0]
    children = processes.children(main)
    for pid in (main, *children):
        processes.kill(pid)
    return len(children)


def kill_tesseract(env: dict[str, str]) -> int:
    processes.kill(wait_for(lambda: next(iter(processes.of_stack(env, "tesseract")), None), "a running Tesseract"))
    return 1


@pytest.mark.parametrize("fault", [kill_child, kill_main, kill_tesseract])
def test_a_scan_survives_kill_9_at_page_7(
    office: Office, calls: Callable[[], int], fault: Callable[[dict[str, str]], int]
) -> None:
    task_id = office.upload("veinte.pdf", made.scan(f"expediente {fault.__name__}", PAGES, dpi=120))
    wait_for(lambda: True if calls() >= KILLED_AT else None, f"page {KILLED_AT}")
    kept = rows(office, "SELECT page FROM page_texts JOIN documents USING (content_sha256) WHERE id = :id", task_id)
    assert len(kept) >= KILLED_AT - AT_ONCE, "every page is kept as it is read"
    crashes = fault(office.env)
    task = office.until_ended(task_id, seconds=240)
    assert (task["status"], task["pages_done"], task["pages_total"]) == ("completed", PAGES, PAGES)
    assert calls() <= PAGES + crashes, "only the page that each was reading is read again"
    assert (task["attempt"], task["degraded"]) == (1, False), "a crash of a page worker is none of the document's"

    query = "SELECT ordinal, char_start, char_end FROM chunks WHERE document_id = :id ORDER BY ordinal"
    chunks = rows(office, query, task_id)
    assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))
    assert all(after.char_start <= before.char_end for before, after in pairwise(chunks)), "one set, without gaps"


def test_a_killed_childs_lease_ends_at_once(office: Office, stack: Stack) -> None:
    task_id = office.upload("niño.pdf", made.scan("lo que un hijo deja", 3, dpi=120))
    processes.kill(working_child(office.env))

    def told() -> bool | None:
        lines = [line for log in stack.layout.log.glob("*.log") for line in log.read_text(errors="replace").splitlines()]
        return any("child_lost" in line and task_id in line and '"lease_ended": true' in line for line in lines) or None

    assert wait_for(told, "the main process to notice")
    assert office.until_ended(task_id, seconds=240)["status"] == "completed"


def test_no_tesseract_outlives_its_worker(office: Office) -> None:
    task_id = office.upload("huérfano.pdf", made.scan("huérfano", 6, dpi=120))
    child = working_child(office.env)
    running = processes.children(child)
    processes.kill(child)
    for pid in running:
        wait_for(lambda pid=pid: None if Path(f"/proc/{pid}/exe").exists() else True, f"the end of {pid}")
    assert office.until_ended(task_id, seconds=240)["status"] == "completed"
