"""A locked PDF, from the refusal to the search hit; and its password, which is nowhere to be found afterwards."""

import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import httpx
import pymupdf
import pytest
from redis import Redis
from sqlalchemy import create_engine, inspect, text

from ingest.stack.stack import Stack
from tests.support import made
from tests.support.office import Office

pytestmark = pytest.mark.stack


def locked(word: str, password: str) -> bytes:
    document = pymupdf.open("pdf", made.born_digital(word, 1))
    return bytes(document.tobytes(encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw=password, owner_pw="dueño"))


def retry(office: Office, task_id: str, body: dict[str, str]) -> httpx.Response:
    return office.api.post(f"/api/v1/tasks/{task_id}/retry", json=body)


def test_a_password_opens_one_run_and_is_kept_nowhere(office: Office, stack: Stack) -> None:
    word, password, wrong = f"reservado{uuid4().hex[:8]}", f"Llave{uuid4().hex}ñ", f"Falsa{uuid4().hex}"
    task_id = office.upload("cerrado.pdf", locked(word, password))
    first = office.until_ended(task_id)
    assert first["error"]["code"] == "encrypted_pdf"
    assert "replay" in first["error"]["action"]
    assert retry(office, task_id, {"password": wrong}).status_code == 202
    assert office.until_ended(task_id)["error"]["code"] == "encrypted_pdf"
    assert retry(office, task_id, {"password": ""}).status_code == 422
    too_long = retry(office, task_id, {"password": wrong * 9})
    assert too_long.status_code == 422
    assert wrong not in too_long.text
    assert retry(office, task_id, {"password": password}).status_code == 202
    assert office.until_ended(task_id)["status"] == "completed"
    assert [hit["document_id"] for hit in office.find(word, mode="text")] == [task_id]
    assert retry(office, task_id, {"from": "extract"}).status_code == 202
    # The pages are forgotten, and so is the password.
    assert office.until_ended(task_id)["error"]["code"] == "encrypted_pdf"
    for secret in (password, wrong):
        assert _places(secret, office, stack) == []


def test_the_command_line_asks_for_it(office: Office) -> None:
    task_id = office.upload("cerrado.pdf", locked(f"ventanilla{uuid4().hex[:8]}", "Clave 9"))
    assert office.until_ended(task_id)["error"]["code"] == "encrypted_pdf"
    environment = os.environ | {name: office.env[name] for name in ("BANDEJA_API_URL", "BANDEJA_API_KEY")}
    command = [str(Path(sys.executable).parent / "bandeja"), "replay", task_id, "--password"]
    # A session of its own has no terminal: what is asked for comes from standard input.
    ran = subprocess.run(
        command, input="Clave 9\n", capture_output=True, text=True, env=environment, check=False, start_new_session=True
    )
    assert ran.returncode == 0, ran.stderr
    assert "Clave 9" not in ran.stdout + ran.stderr
    assert office.until_ended(task_id)["status"] == "completed"
    # Its pages are text now; the picture would need the password again.
    picture = office.api.get(f"/api/v1/documents/{task_id}/pages/1/image")
    assert (picture.status_code, picture.json()["code"]) == (409, "encrypted_pdf")


def test_the_offices_password_opens_file_and_pictures(office: Office) -> None:
    word = f"interno{uuid4().hex[:8]}"
    task_id = office.upload("interno.pdf", locked(word, "de la oficina"))
    assert office.until_ended(task_id)["status"] == "completed"
    picture = office.api.get(f"/api/v1/documents/{task_id}/pages/1/image")
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/webp")


def _places(secret: str, office: Office, stack: Stack) -> list[str]:
    """Where the secret stands: any log or data file of the stack (Redis' journal and PostgreSQL's are among them), any
    column of any table, any key or value of Redis.
    """
    folders = (stack.layout.log, stack.layout.data, stack.layout.postgres_data)
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    found = [str(path) for path in files if _holds(path.read_bytes(), secret)]
    engine = create_engine(office.env["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg2://"))
    with engine.connect() as connection:
        for table in inspect(engine).get_table_names():
            rows = f'SELECT count(*) FROM "{table}" AS a_row WHERE strpos(a_row::text, :secret) > 0'  # noqa: S608  our own tables
            if connection.execute(text(rows), {"secret": secret}).scalar_one():
                found.append(table)
    engine.dispose()
    with Redis.from_url(office.env["REDIS_URL"]) as redis:
        found += [repr(key) for key in redis.scan_iter(count=1000) if _holds(key + (redis.dump(key) or b""), secret)]
    return found


def _holds(content: bytes, secret: str) -> bool:
    return any(secret.encode(encoding) in content for encoding in ("utf-8", "latin-1", "unicode_escape"))
