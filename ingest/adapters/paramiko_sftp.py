"""MinIO's SFTP gateway: its host key, and a scanner's drop there, with the scanner's own key as user and password."""

import errno
import os
from io import BytesIO
from pathlib import Path, PurePosixPath
from socket import create_connection

from paramiko import RSAKey, SFTPClient, SSHException, Transport

from ingest.errors import StorageRefused, StorageUnavailable
from ingest.ports import Credentials

_SECONDS = 20
# What paramiko makes of an SFTP status: of a plain failure it says no number.
_REFUSALS = {None, errno.ENOENT, errno.EACCES}


def make_host_key(path: Path) -> None:
    """Make the key that the gateway shows its clients."""
    RSAKey.generate(3072).write_private_key_file(str(path))


def drop(address: str, credentials: Credentials, bucket: str, key: str, body: bytes) -> None:
    """Put `body` at `key`; `address` is host:port. Raises StorageUnavailable where it is not there afterwards.

    MinIO's gateway says OK to a transfer whatever the store makes of it, so the file is looked for when it is sent
    (paramiko's `putfo` does so by itself). The host key is not checked: this speaks to the stack on this machine.
    """
    host, _, port = address.rpartition(":")
    try:
        with create_connection((host, int(port)), timeout=_SECONDS) as socket, Transport(socket) as transport:
            transport.connect(username=credentials.access_key, password=credentials.secret_key)
            client = SFTPClient.from_transport(transport)
            if client is None:
                raise StorageUnavailable("SFTP: no session")
            with client:
                path = os.fsencode(PurePosixPath("/", bucket, key))
                client.putfo(BytesIO(body), path, len(body), confirm=True)
    except (SSHException, OSError, EOFError) as error:
        if isinstance(error, OSError) and error.errno in _REFUSALS:
            raise StorageRefused(f"SFTP: not there when it was sent: {error}") from error
        raise StorageUnavailable(f"SFTP: {type(error).__name__}") from error
