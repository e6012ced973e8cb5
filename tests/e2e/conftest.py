"""An office on the test stack, and a scanner of its own."""

from collections.abc import Iterator

import pytest

from ingest.adapters.minio_admin import MinioSetup
from ingest.db import devices
from ingest.db.engine import Database
from ingest.settings import load_settings
from ingest.stack.prepare import minio_setup
from tests.e2e.office import Office


@pytest.fixture(scope="session")
def office(environment: dict[str, str]) -> Iterator[Office]:
    office = Office(environment)
    yield office
    office.close()


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
