"""The client of the store, against a server that takes connections and says nothing."""

import socket
from threading import Thread

import pytest

from ingest.adapters.minio.store import MinioStore, connect
from ingest.errors import StorageUnavailable
from ingest.services.backing import ASKED_PROMPTLY


def test_who_cannot_wait_asks_once() -> None:
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            while True:
                try:
                    taken.append(server.accept()[0])
                except OSError:
                    return

        Thread(target=take, daemon=True).start()
        endpoint = f"127.0.0.1:{server.getsockname()[1]}"
        client = connect(endpoint, "key", "secret", secure=False, region="", read_seconds=0.1, retries=ASKED_PROMPTLY.retries)
        with pytest.raises(StorageUnavailable):
            MinioStore(client, "documentos", "documentos-derived", "inbox/").versions_of("inbox/a.pdf")
        assert len(taken) == 1
        for connection in taken:
            connection.close()
