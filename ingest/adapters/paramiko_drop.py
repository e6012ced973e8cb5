"""A scanner's drop over MinIO's SFTP gateway, with the scanner's own key as user and password."""

from io import BytesIO
from pathlib import PurePosixPath
from socket import create_connection

from paramiko import SFTPClient, SSHException, Transport

from ingest.adapters.minio.admin import Credentials
from ingest.errors import StorageUnavailable

_SECONDS = 20


def drop(address: str, credentials: Credentials, bucket: str, key: str, body: bytes) -> None:
    """Put `body` at `key`; `address` is host:port. Raises StorageUnavailable where the gateway does not take it.

    The host key is not checked: this speaks to the stack on this machine.
    """
    host, _, port = address.rpartition(":")
    try:
        with create_connection((host, int(port)), timeout=_SECONDS) as socket, Transport(socket) as transport:
            transport.connect(username=credentials.access_key, password=credentials.secret_key)
            client = SFTPClient.from_transport(transport)
            if client is None:
                raise StorageUnavailable("SFTP: no session")
            with client:
                client.putfo(BytesIO(body), str(PurePosixPath("/", bucket, key)), len(body))
    except (SSHException, OSError, EOFError) as error:
        raise StorageUnavailable(f"SFTP: {type(error).__name__}") from error
