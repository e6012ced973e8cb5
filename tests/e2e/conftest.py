"""An office on the test stack, and a scanner of its own."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from ingest.adapters.minio.admin import MinioSetup
from ingest.db import devices
from ingest.db.engine import Database
from ingest.settings import load_settings
from ingest.upkeep.prepare import minio_setup
from tests.support.office import Office, Scanner, wait_for


@pytest.fixture(scope="session")
def office(environment: dict[str, str]) -> Iterator[Office]:
    office = Office(environment)
    yield office
    office.close()


@pytest.fixture
def nothing_else_is_read(office: Office) -> None:
    """For tests that kill workers or count what they do: what others have sent would be killed and counted too."""

    def idle() -> bool | None:
        return None if office.api.get("/api/v1/tasks", params={"status": "processing"}).json()["items"] else True

    wait_for(idle, "an end of what other tests have sent")


@pytest.fixture(scope="session")
def setup(environment: dict[str, str]) -> MinioSetup:
    return minio_setup(load_settings(**environment))


@pytest.fixture(scope="session")
def device(environment: dict[str, str], setup: MinioSetup) -> Iterator[dict[str, str]]:
    """A scanner called "Mesa de partes"."""
    name = "Mesa de partes"
    credentials, prefix = setup.add_device(name, environment["MINIO_BUCKET"], "inbox/")
    database = Database(environment["DATABASE_URL"], pool_size=1)
    with database.begin() as connection:
        devices.add(connection, name, credentials.access_key, prefix, replaces=False)
    database.close()
    yield {"name": name, "prefix": prefix, "access_key": credentials.access_key, "secret_key": credentials.secret_key}
    setup.remove_device(credentials.access_key)


@pytest.fixture
def rows(office: Office) -> Iterator[Callable[[str], list[Any]]]:
    """The rows of all keys below a prefix, oldest version first."""
    database = Database(office.env["DATABASE_URL"], pool_size=1)

    def below(prefix: str) -> list[Any]:
        query = "SELECT * FROM documents WHERE starts_with(object_key, :prefix) ORDER BY sequencer, object_key"
        with database.begin() as connection:
            return list(connection.execute(text(query), {"prefix": prefix}).all())

    yield below
    database.close()


@pytest.fixture
def add(office: Office, setup: MinioSetup) -> Iterator[Callable[..., Scanner]]:
    """Adds a scanner as `bandeja device add` does."""
    added: list[Scanner] = []
    database = Database(office.env["DATABASE_URL"], pool_size=1)

    def scanner(*, replaces: bool = False) -> Scanner:
        name = f"Escáner {uuid4().hex[:6]}"
        credentials, prefix = setup.add_device(name, office.bucket, "inbox/")
        with database.begin() as connection:
            devices.add(connection, name, credentials.access_key, prefix, replaces=replaces)
        added.append(Scanner(name, prefix, *credentials, office.s3(*credentials)))
        return added[-1]

    yield scanner
    for one in added:
        setup.remove_device(one.access_key)
    database.close()
