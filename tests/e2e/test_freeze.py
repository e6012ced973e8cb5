"""SIGSTOP to a worker at work, for longer than its lease: when it goes on, it changes nothing."""

import os
import signal
from typing import Any

import pytest

from tests.support import made, processes
from tests.support.office import Office, rows, wait_for
from tests.support.processes import working_child

pytestmark = pytest.mark.stack

PAGES = 3  # few enough to be read by the document's own run

EVERYTHING = """
SELECT d::text, (SELECT string_agg(p::text, '|' ORDER BY page) FROM page_texts p WHERE p.content_sha256 = d.content_sha256),
       (SELECT string_agg(c::text, '|' ORDER BY ordinal) FROM chunks c WHERE c.document_id = d.id),
       (SELECT count(*) FROM chunk_vectors v JOIN chunks c ON c.id = v.chunk_id WHERE c.document_id = d.id)
FROM documents d WHERE id = :id
"""


def lost_leases(office: Office) -> float:
    lines = office.api.get("/metrics").text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("bandeja_lease_lost_total"))


@pytest.mark.parametrize("pages", [PAGES, 12])
def test_a_frozen_worker_that_goes_on_changes_nothing(office: Office, pages: int) -> None:
    """Three pages are read by the document's run, twelve in batches."""
    before = lost_leases(office)
    task_id = office.upload("congelado.pdf", made.scan(f"congelado {pages}", pages, dpi=120))
    child = working_child(office.env)
    tesseract = processes.children(child)
    for pid in (child, *tesseract):
        os.kill(pid, signal.SIGSTOP)
    try:
        assert office.until_ended(task_id, seconds=240)["status"] == "completed", "by others"
        # The sweeper still puts the outcome on the object.
        wait_for(lambda: rows(office, "SELECT id FROM documents WHERE id = :id AND NOT tagging", task_id) or None, "its tags")
        written = rows(office, EVERYTHING, task_id)
    finally:
        for pid in (*tesseract, child):
            os.kill(pid, signal.SIGCONT)
    wait_for(lambda: True if lost_leases(office) > before else None, "the frozen one to notice")
    assert [tuple(row) for row in rows(office, EVERYTHING, task_id)] == [tuple(row) for row in written]
    assert office.task(task_id)["status"] == "completed"
    hits: list[Any] = office.find(f"congelado {pages}", mode="text")
    assert task_id in [hit["document_id"] for hit in hits]
