"""`python -m tests.bench.reading.plain_stages FILE…`: all stages of each file, one after the other, in this one process.

No queue and no object store; the database is the real one. Prints "ready" when all is loaded, begins at a line on its
standard input.
"""

import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast
from uuid import uuid4

from ingest.db import documents, leases
from ingest.domain.documents import Document, Lease, Source
from ingest.domain.objects import ObjectVersion
from ingest.pipeline.order import STAGES
from ingest.pipeline.work import Tools, Work
from ingest.services.backing import build_services
from ingest.services.workers import build_tools
from ingest.settings import load_settings
from tests.support.desk import FolderStore

_PATIENCE = 3600.0


def main() -> None:
    services = build_services(load_settings())
    tools = replace(build_tools(services), store=cast(Any, FolderStore()))
    tools.reader.start()
    tools.embedder.embed_query("lista")
    print("ready", flush=True)
    sys.stdin.readline()
    for name in sys.argv[1:]:
        with TemporaryDirectory(prefix="bandeja-") as folder:
            document, lease = _claimed(tools, Path(name))
            work = Work(document, lease, tools, Path(folder))
            for stage in STAGES:
                stage.run(work)


def _claimed(tools: Tools, path: Path) -> tuple[Document, Lease]:
    document_id = uuid4()
    version = ObjectVersion("plain", str(path), "v1", sequencer="18A1B2C3D4E5F607", size=path.stat().st_size)
    with tools.database.begin() as connection:
        documents.arrive(connection, document_id, version, source=Source.OTHER, filename=path.name)
        claimed = leases.claim(connection, document_id, "documents", _PATIENCE)
    assert claimed is not None
    return claimed


if __name__ == "__main__":
    main()
