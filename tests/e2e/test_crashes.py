"""kill -9 in the middle of a scan: what was read is not read again, and there is one result."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests import made
from tests.e2e import processes
from tests.e2e.office import Office, wait_for

pytestmark = pytest.mark.stack

PAGES = 20
KILLED_AT = 7


@pytest.fixture
def calls(tesseract_calls: Path) -> Callable[[], int]:
    """How often Tesseract has been called since the test began: a shim before it on PATH writes a line a call."""

    def count() -> int:
        return len(tesseract_calls.read_bytes().splitlines()) if tesseract_calls.exists() else 0

    before = count()
    return lambda: count() - before


def working_child(env: dict[str, str]) -> int:
    """The worker child that runs Tesseract at this moment."""
    tesseract = wait_for(lambda: next(iter(processes.of_stack(env, "tesseract")), None), "a running Tesseract")
    for child in processes.of_stack(env, "celery"):
        if tesseract in processes.children(child):
            return child
    raise AssertionError("Tesseract has no parent among the workers")


def kill_child(env: dict[str, str]) -> None:
    processes.kill(working_child(env))


def kill_main(env: dict[str, str]) -> None:
    """The main process of the document workers, and its children with it, as an out-of-memory kill of the group."""
    main = processes.of_stack(env, "-Q documents")[0]
    children = processes.children(main)
    for pid in (main, *children):
        processes.kill(pid)


def kill_tesseract(env: dict[str, str]) -> None:
    processes.kill(wait_for(lambda: next(iter(processes.of_stack(env, "tesseract")), None), "a running Tesseract"))


@pytest.mark.parametrize("fault", [kill_child, kill_main, kill_tesseract])
def test_a_scan_survives_kill_9_at_page_7(
    office: Office, calls: Callable[[], int], fault: Callable[[dict[str, str]], None]
) -> None:
    task_id = office.upload("veinte.pdf", made.scan(f"expediente {fault.__name__}", PAGES, dpi=120))
    wait_for(lambda: True if calls() >= KILLED_AT else None, f"page {KILLED_AT}")
    kept = office.task(task_id)["pages_done"]
    fault(office.env)
    task = office.until_ended(task_id, seconds=240)
    assert (task["status"], task["pages_done"], task["pages_total"]) == ("completed", PAGES, PAGES)
    assert kept >= KILLED_AT - 2
    assert calls() <= PAGES + 1, "only the page that was being read is read again"

    engine = create_engine(office.env["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg2://"))
    with engine.connect() as connection:
        query = text("SELECT ordinal, char_start, char_end FROM chunks WHERE document_id = :id ORDER BY ordinal")
        chunks = connection.execute(query, {"id": task_id}).all()
    engine.dispose()
    assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))
    assert all(after.char_start <= before.char_end for before, after in pairwise(chunks)), "one set, without gaps"


def test_no_tesseract_outlives_its_worker(office: Office) -> None:
    task_id = office.upload("huérfano.pdf", made.scan("huérfano", 6, dpi=120))
    child = working_child(office.env)
    running = processes.children(child)
    processes.kill(child)
    for pid in running:
        wait_for(lambda pid=pid: None if Path(f"/proc/{pid}/exe").exists() else True, f"the end of {pid}")
    assert office.until_ended(task_id, seconds=240)["status"] == "completed"
