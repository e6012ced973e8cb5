"""What MinIO's SFTP gateway says OK to and MinIO refuses shows in `device list`; who reads its trace may do nothing else."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import paramiko
import pytest
from botocore.exceptions import ClientError

from ingest.db import devices
from ingest.db.engine import Database
from ingest.stack.stack import Stack
from tests.support.office import Office, Scanner, wait_for

pytestmark = pytest.mark.stack

# Another folder, a name in Latin-1, one that is too long.
REFUSED = [b"../otro/a.pdf", b"oficio\xf3.pdf", b"a" * 264 + b".pdf"]


@pytest.fixture
def database(office: Office) -> Iterator[Database]:
    database = Database(office.env["DATABASE_URL"], pool_size=1)
    yield database
    database.close()


def send(office: Office, scanner: Scanner, *names: bytes) -> None:
    """As a scanner does that does not look afterwards: the gateway says OK to each."""
    host, _, port = office.env["MINIO_SFTP_ADDRESS"].partition(":")
    with paramiko.Transport((host, int(port))) as transport:
        transport.connect(username=scanner.access_key, password=scanner.secret_key)
        client = paramiko.SFTPClient.from_transport(transport)
        assert client is not None
        for name in names:
            path = f"/{office.bucket}/{scanner.prefix}".encode() + name
            client.putfo(BytesIO(b"%PDF-1.7"), path, confirm=False)


def test_each_is_counted_once_and_what_is_kept_is_not(
    stack: Stack, office: Office, add: Callable[..., Scanner], database: Database
) -> None:
    scanner = add()

    def refused() -> int:
        with database.begin() as connection:
            return devices.refused(connection).get(scanner.name, 0)

    def three() -> bool | None:
        send(office, scanner, *REFUSED, b"bien.pdf")  # again until the sweeper listens
        return refused() >= len(REFUSED) or None

    wait_for(three, "the refusals")
    send(office, scanner, *REFUSED)
    assert refused() == len(REFUSED)
    environment = {**os.environ, "BANDEJA_HOME": str(stack.layout.home), "LANG": "en_US.UTF-8", "COLUMNS": "200"}
    command = [str(Path(sys.executable).parent / "bandeja"), "device", "list"]
    listed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert "3 refused" in next(line for line in listed.splitlines() if scanner.name in line)


def test_the_watcher_sees_no_object(office: Office) -> None:
    s3: Any = office.s3(office.env["MINIO_WATCHER_ACCESS_KEY"], office.env["MINIO_WATCHER_SECRET_KEY"])
    for call, arguments in (
        (s3.list_objects_v2, {}),
        (s3.get_object, {"Key": "inbox/a"}),
        (s3.put_object, {"Key": "inbox/a", "Body": b""}),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            call(Bucket=office.bucket, **arguments)
