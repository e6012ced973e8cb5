"""A key that may only upload sees, runs again and stops what it uploaded, and nothing else."""

from collections.abc import Iterator

import httpx
import pytest

from ingest.db import keys
from ingest.db.engine import Database
from tests.support.office import Office

pytestmark = pytest.mark.stack

FILE = {"filename": "carta.pdf", "content_type": "application/pdf", "size": 10}


@pytest.fixture
def uploaders(office: Office) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """Two clients, each with a key that may only upload."""
    database = Database(office.env["DATABASE_URL"], pool_size=1)
    with database.begin() as connection:
        secrets = [keys.add(connection, name, ("upload",)) for name in ("mesa", "ventanilla")]
    database.close()
    made = [httpx.Client(base_url=office.env["BANDEJA_API_URL"], headers={"X-API-Key": secret}) for secret in secrets]
    yield made[0], made[1]
    for client in made:
        client.close()


def test_others_tasks_are_out_of_reach(uploaders: tuple[httpx.Client, httpx.Client]) -> None:
    mine, theirs = uploaders
    task = f"/api/v1/tasks/{theirs.post('/api/v1/uploads', json=FILE).raise_for_status().json()['task_id']}"
    for answer in (mine.get(task), mine.post(f"{task}/retry"), mine.post(f"{task}/cancel"), mine.get(f"{task}/events")):
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), answer.url
    assert theirs.get(task).json()["status"] == "awaiting_upload"
    assert theirs.post(f"{task}/cancel").json()["status"] == "cancelled"


@pytest.mark.parametrize("scopes", [("upload",), ("upload", "read")])
def test_all_of_a_kind_are_run_again_by_an_administrator_alone(office: Office, scopes: tuple[str, ...]) -> None:
    database = Database(office.env["DATABASE_URL"], pool_size=1)
    with database.begin() as connection:
        secret = keys.add(connection, "oficina", scopes)
    database.close()
    wanted = {"status": "completed", "from": "extract"}
    address = f"{office.env['BANDEJA_API_URL']}/api/v1/tasks/retry"
    assert httpx.post(address, json=wanted, headers={"X-API-Key": secret}).status_code == 403
