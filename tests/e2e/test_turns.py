"""Who waits for whom while a large scan is read."""

import pytest

from tests.support import made
from tests.support.office import Office, wait_for

pytestmark = pytest.mark.stack


@pytest.mark.timeout(600)
def test_a_short_scan_does_not_wait_for_a_long_one(office: Office) -> None:
    # Its first eight batches go before the short one's, and eight later ones in turn with them: 128 pages.
    long = office.upload("expediente.pdf", made.scan("larguísimo", 200, dpi=60))
    wait_for(lambda: office.task(long)["pages_done"] or None, "its first pages")
    short = office.upload("oficio.pdf", made.scan("cortito", 6, dpi=60))
    letter = office.upload("carta.pdf", made.born_digital("nacido digital"))
    for task_id in (letter, short):
        wait_for(lambda task_id=task_id: office.task(task_id)["searchable"] or None, "the others", seconds=400)
    read = office.task(long)
    assert not read["searchable"]
    assert read["pages_done"] < read["pages_total"]
    office.api.post(f"/api/v1/tasks/{long}/cancel").raise_for_status()
