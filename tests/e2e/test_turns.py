"""Who waits for whom while a large scan is read."""

import pytest

from tests.support import made
from tests.support.office import Office, wait_for

pytestmark = pytest.mark.stack


def test_a_short_scan_does_not_wait_for_a_long_one(office: Office) -> None:
    long = office.upload("expediente.pdf", made.scan("larguísimo", 110, dpi=60))
    wait_for(lambda: office.task(long)["pages_done"] or None, "its first pages")
    short = office.upload("oficio.pdf", made.scan("cortito", 6, dpi=60))
    letter = office.upload("carta.pdf", made.born_digital("nacido digital"))
    for task_id in (letter, short):
        wait_for(lambda task_id=task_id: office.task(task_id)["searchable"] or None, "the others", seconds=240)
    read = office.task(long)
    assert not read["searchable"]
    assert read["pages_done"] < read["pages_total"]
    office.api.post(f"/api/v1/tasks/{long}/cancel").raise_for_status()
