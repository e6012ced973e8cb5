"""`bandeja pause, resume, drain` on a running stack."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from ingest.stack.stack import Stack
from tests.support import made
from tests.support.office import Office

pytestmark = pytest.mark.stack

Run = Callable[[str], subprocess.CompletedProcess[str]]


@pytest.fixture
def run(stack: Stack) -> Iterator[Run]:
    environment = {**os.environ, "BANDEJA_HOME": str(stack.layout.home), "LANG": "en_US.UTF-8", "COLUMNS": "200"}

    def command(name: str) -> subprocess.CompletedProcess[str]:
        program = str(Path(sys.executable).parent / "bandeja")
        return subprocess.run([program, name], env=environment, capture_output=True, text=True, check=False, timeout=120)

    yield command
    command("resume")  # the stack is others' too


def halted(office: Office) -> bool:
    return 'bandeja_work_halted{mode="paused",reason="asked"} 1.0' in httpx.get(f"{office.env['BANDEJA_API_URL']}/metrics").text


def test_taken_in_while_paused_and_read_when_resumed(office: Office, run: Run) -> None:
    assert run("pause").returncode == 0
    assert halted(office)
    said = run("status").stdout
    assert "somebody asked for it; `bandeja resume` lets work go on" in said
    task_id = office.upload("pausa.pdf", made.born_digital(f"pausa {uuid4()}", 1))
    arrived = office.until(task_id, lambda task: task["status"] == "queued")
    assert arrived["attempt"] == 0
    done = run("resume")
    assert done.returncode == 0
    assert "Work goes on" in done.stdout
    assert office.until_ended(task_id)["status"] == "completed"
    assert not halted(office)
    assert run("resume").returncode == 1


def test_drained_when_nothing_is_begun(office: Office, run: Run) -> None:
    task_id = office.upload("drenar.pdf", made.scan(f"drenar {uuid4()}", 2))
    office.until(task_id, lambda task: task["status"] in ("processing", "completed"))
    done = run("drain")
    assert done.returncode == 0
    assert "Drained: no worker has a document" in done.stdout
    assert office.api.get(f"/api/v1/tasks/{task_id}").json()["status"] == "completed"
    assert halted(office)
