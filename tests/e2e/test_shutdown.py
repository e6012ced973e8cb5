"""SIGTERM to every process while work is under way: nothing is counted, nothing is done twice, clients only wait."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support import made
from tests.support.office import ENDED, Office, rows, wait_for
from tests.support.processes import mains

pytestmark = [pytest.mark.stack, pytest.mark.usefixtures("nothing_else_is_read")]

PAGES = 24  # enough that the scan is not at its end before the last worker is


def end(pid: int, number: int = signal.SIGTERM, seconds: float = 30) -> None:
    """Ask the process to end, and wait until it has; 30 s are what it is allowed."""
    os.kill(pid, number)
    wait_for(lambda: None if Path(f"/proc/{pid}/exe").exists() else True, f"the end of {pid}", seconds)


@pytest.fixture
def calls(tesseract_calls: Path) -> Callable[[], int]:
    def count() -> int:
        return len(tesseract_calls.read_bytes().splitlines()) if tesseract_calls.exists() else 0

    before = count()
    return lambda: count() - before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_scan_goes_on_behind_its_last_page(office: Office, calls: Callable[[], int], number: int) -> None:
    task_id = office.upload("reinicio.pdf", made.scan(f"reinicio {number}", PAGES, dpi=120))
    wait_for(lambda: True if calls() >= 3 else None, "page 3")
    for pid in mains(office.env, "-A workers.celery_app worker"):
        end(pid, number)
    assert office.task(task_id)["status"] not in ENDED, "it was stopped in the middle"
    ended = office.until_ended(task_id, seconds=240)
    assert (ended["status"], ended["pages_done"], ended["attempt"]) == ("completed", PAGES, 1)
    (row,) = rows(office, "SELECT retries, crashes FROM documents WHERE id = :id", task_id)
    assert (row.retries, row.crashes) == (0, 0)
    assert calls() == PAGES, "every page was finished and kept before its worker ended"


def test_a_live_stream_does_not_hold_up_the_api(office: Office) -> None:
    announced = office.announce("nunca.pdf", b"%PDF-")
    url = f"{office.env['BANDEJA_API_URL']}/api/v1/tasks/{announced['task_id']}/events"
    with httpx.stream("GET", url, headers={"X-API-Key": office.env["BANDEJA_API_KEY"]}, timeout=30) as stream:
        parts = stream.iter_text()
        assert "event: task" in next(parts)
        (api,) = mains(office.env, "api.main:app")
        os.kill(api, signal.SIGTERM)
        assert "".join(parts) == "", "ended in order, not cut"
    wait_for(lambda: None if Path(f"/proc/{api}/exe").exists() else True, "the API's end", 30)
    wait_for(lambda: alive(office), "another API")


def alive(office: Office) -> bool | None:
    try:
        return True if office.api.get("/health/ready").status_code == 200 else None
    except httpx.TransportError:
        return None


class Client(threading.Thread):
    """Uploads a small letter again and again and asks for all of them; comes again when nobody listens."""

    def __init__(self, env: dict[str, str]) -> None:
        super().__init__(name="client", daemon=True)
        self._office = Office(env)
        self._done = threading.Event()
        self.tasks: dict[str, str] = {}
        self.refused: list[str] = []
        self.broken: BaseException | None = None

    def run(self) -> None:
        try:
            while not self._done.is_set():
                word = f"rodante{len(self.tasks):04d}"
                body = made.born_digital(word, 1)
                announced = self._again(lambda body=body, word=word: self._office.announce(f"{word}.pdf", body))
                self._again(lambda made=announced, body=body: self._office.send(made, body).raise_for_status())
                self.tasks[str(announced["task_id"])] = word
                for task_id in list(self.tasks)[-3:]:
                    self._again(lambda task_id=task_id: self._office.task(task_id))
                time.sleep(0.2)
        except BaseException as error:  # noqa: BLE001  the test's own thread must not die in silence
            self.broken = error

    def stop(self) -> None:
        self._done.set()
        self.join()
        self._office.close()

    def _again(self, request: Callable[[], Any]) -> Any:
        """Any answer but 2xx is a failure; a connection that nobody takes is tried again."""

        def answer() -> Any:
            try:
                return request() or True
            except httpx.TransportError as error:
                self.refused.append(type(error).__name__)
                return None

        return wait_for(answer, "an answer", 60)


def test_a_rolling_restart_loses_nothing_and_fails_no_request(office: Office) -> None:
    client = Client(office.env)
    client.start()
    for needle in ("api.main:app", "listeners.main:app", "ingest.sweeper", "-Q documents", "-Q embed"):
        seen = len(client.tasks)
        wait_for(lambda seen=seen: True if client.broken or len(client.tasks) > seen + 2 else None, "more uploads")
        for pid in mains(office.env, needle):
            end(pid)
            wait_for(lambda needle=needle, pid=pid: next((p for p in mains(office.env, needle) if p != pid), None), needle)
        wait_for(lambda: alive(office), "the API")
    client.stop()
    assert client.broken is None
    assert len(client.tasks) >= 10
    for task_id, word in client.tasks.items():
        ended = office.until_ended(task_id, seconds=120)
        assert (ended["status"], ended["attempt"]) == ("completed", 1)
        assert [hit["document_id"] for hit in office.find(f'"{word}"', mode="text")] == [task_id], "found once"
    assert rows(office, "SELECT object_key FROM documents GROUP BY object_key, version_id HAVING count(*) > 1", "") == []


def test_the_sweeper_ends_at_once(office: Office) -> None:
    (sweeper,) = mains(office.env, "ingest.sweeper")
    end(sweeper, seconds=5)
    wait_for(lambda: next((pid for pid in mains(office.env, "ingest.sweeper") if pid != sweeper), None), "another sweeper")
