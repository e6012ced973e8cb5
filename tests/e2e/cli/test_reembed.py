"""`bandeja reembed` on a running stack, as its operator runs it."""

import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from ingest.db.engine import Database
from ingest.stack.stack import Stack
from tests.support import made
from tests.support.office import Office

pytestmark = pytest.mark.stack


def test_what_was_embedded_by_another_model_is_embedded_anew(stack: Stack, office: Office) -> None:
    task = office.until_ended(office.upload("otro modelo.pdf", made.born_digital(f"modelo {uuid4()}", 1)))
    id_ = task["document_id"]
    database = Database(office.env["DATABASE_URL"], pool_size=1)
    with database.begin() as connection:
        mine = "FROM chunks WHERE chunks.id = chunk_id AND chunks.document_id = :id"
        connection.execute(text(f"UPDATE chunk_vectors SET model = 'older' {mine}"), {"id": id_})  # noqa: S608
        connection.execute(text("UPDATE document_texts SET embedded_by = 'older' WHERE document_id = :id"), {"id": id_})
    environment = {**os.environ, "BANDEJA_HOME": str(stack.layout.home), "LANG": "en_US.UTF-8", "COLUMNS": "200"}
    command = [str(Path(sys.executable).parent / "bandeja"), "reembed"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "documents have vectors of multilingual-e5-small; search asks by it." in done.stdout
    with database.begin() as connection:
        found = connection.execute(
            text("SELECT DISTINCT model FROM chunk_vectors JOIN chunks ON chunks.id = chunk_id WHERE document_id = :id"),
            {"id": id_},
        )
        assert set(found.scalars()) == {"older", "multilingual-e5-small"}
    database.close()
