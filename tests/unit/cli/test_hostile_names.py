"""Names, titles and texts are strangers' words: no command lets them drive the terminal, or its own markup."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
import typer

from ingest import cli
from ingest.cli import checks, context, demo, device, find, key, parked, sending, status, tasks, upload
from ingest.cli.problem import ApiProblem
from ingest.cli.screen import error_screen, safe, safe_lines
from ingest.db.devices import Sent
from ingest.errors import StorageUnavailable

# Clear the screen, set the title, take the eight-bit way to both, ring, go back, turn the direction of reading, hide.
HOSTILE = (
    "a\x1b[2Jb\x1b]0;owned\x07c\x9b2Jd\x9d0;e\x07\x08\r\u202egpj\u2066.\u200b\x7f\ud800\u2028[red]f[/] [link=http://x]g[/link] \\"
)
SHOWN = "[red]f[/] [link=http://x]g[/link]"
DRIVES = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff]")

ERROR = {"code": HOSTILE, "message": HOSTILE, "action": HOSTILE, "trace_id": HOSTILE}
TASK = {
    "task_id": HOSTILE,
    "document_id": HOSTILE,
    "object_key": HOSTILE,
    "filename": HOSTILE,
    "status": "error",
    "stage": HOSTILE,
    "stage_label": HOSTILE,
    "searchable": False,
    "progress": 5,
    "error": ERROR,
}
HIT = {
    **dict.fromkeys(("document_id", "title", "document_type", "document_number", "date", "filename"), HOSTILE),
    "page": 1,
    "snippet": f"{HOSTILE} <mark>{HOSTILE}</mark> &#27;[2J",
}
ANSWER = {"query": HOSTILE, "corrected_query": HOSTILE, "degraded": True, "total": 1, "took_ms": 1.0, "hits": [HIT]}
EVENT = {"id": 1, "source": HOSTILE, "reason": HOSTILE, "received_at": "2026-01-01T00:00:00Z", "body": HOSTILE}


class Stranger:
    """An API whose every word is hostile."""

    def get(self, path: str, **_: object) -> Any:
        if path == "/search":
            return ANSWER
        return EVENT if path.startswith("/parked") else {**TASK, "upload_metadata": {HOSTILE: HOSTILE}, "title": HOSTILE}

    def pages(self, path: str, **_: object) -> Iterator[dict[str, Any]]:
        yield EVENT if path == "/parked" else TASK

    def post(self, path: str, body: object = None) -> Any:
        if path == "/parked/1/retry":
            return {"outcomes": [HOSTILE]}
        raise ApiProblem(f"{HOSTILE}\n  {HOSTILE}")

    def delete(self, path: str) -> None:
        raise ApiProblem(HOSTILE)


def upload_one(tmp_path: Path) -> None:
    path = tmp_path / HOSTILE.replace("/", "_").replace("\ud800", "")
    path.write_bytes(b"x")
    upload.upload([path], wait=True)


COMMANDS: dict[str, Callable[[Path], object]] = {
    "search": lambda _: find.search("x"),
    "show": lambda _: find.show("x"),
    "upload, refused": upload_one,
    "tasks": lambda _: tasks.tasks(limit=5),
    "tasks --status error": lambda _: tasks.tasks(status="error", limit=5),
    "replay": lambda _: tasks.replay([HOSTILE]),
    "cancel": lambda _: tasks.cancel([HOSTILE]),
    "parked": lambda _: parked.list_parked(SimpleNamespace(invoked_subcommand=None), limit=5),  # type: ignore[arg-type]
    "parked show": lambda _: parked.show(1),
    "parked retry": lambda _: parked.retry([1, 2]),
    "parked forget": lambda _: parked.forget([1]),
    "device add": lambda _: device.add_command(HOSTILE, replace=False, language="", as_env=True),
    "device add, refused": lambda _: device.add_command("x", replace=False, language=HOSTILE, as_env=False),
    "device list": lambda _: device.list_devices(),
    "device remove": lambda _: device.remove(HOSTILE),
    "key list": lambda _: key.list_keys(),
    "key revoke": lambda _: key.revoke(HOSTILE),
    "verify, refused": lambda _: checks.holds("probe", refuse(ApiProblem(f"{HOSTILE}\n{HOSTILE}"))),
    "verify, an error": lambda _: checks.holds("probe", refuse(StorageUnavailable(HOSTILE))),
    "verify, held": lambda _: checks.holds("probe", lambda: HOSTILE),
    "any, refused": lambda _: error_screen(ApiProblem(f"{HOSTILE}\n{HOSTILE}")),
    "demo": lambda _: demo.out.print(demo._table([demo.Sample(HOSTILE, "door", b"", str, task=TASK)])),
    "status": lambda _: status.status(),
}
JSON: dict[str, Callable[[], object]] = {
    "search": lambda: find.search("x", as_json=True),
    "show": lambda: find.show("x", as_json=True),
    "tasks": lambda: tasks.tasks(limit=5, as_json=True),
    "parked": lambda: parked.list_parked(SimpleNamespace(invoked_subcommand=None), limit=5, as_json=True),  # type: ignore[arg-type]
}


def refuse(problem: Exception) -> Callable[[], str]:
    def check() -> str:
        raise problem

    return check


@contextmanager
def _no_database(*_: object) -> Iterator[Any]:
    @contextmanager
    def begin() -> Iterator[None]:
        yield

    yield SimpleNamespace(begin=begin)


@pytest.fixture(autouse=True)
def strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every place that a command reads from says something hostile."""
    for module in (find, upload, tasks, parked):
        monkeypatch.setattr(module, "connect", Stranger)
    monkeypatch.setattr(sending, "announce", lambda *_: {"task_id": HOSTILE, "duplicate": True})
    monkeypatch.setattr(context, "settings", lambda *_: SimpleNamespace())
    monkeypatch.setattr(context, "database", _no_database)
    now = datetime.now(UTC)
    one = SimpleNamespace(name=HOSTILE, prefix=HOSTILE, access_key=HOSTILE, languages=HOSTILE, replaces=True)
    monkeypatch.setattr(device.devices, "every", lambda _: [one])
    monkeypatch.setattr(device.devices, "sent", lambda _: {HOSTILE: Sent(1, 0, 0, now, HOSTILE)})
    monkeypatch.setattr(device.devices, "refused", lambda _: {HOSTILE: 3})
    monkeypatch.setattr(device, "name_problem", lambda _: "")
    renewed = SimpleNamespace(renewed=True, credentials=("a", "b"), prefix="inbox/scan/a/")
    monkeypatch.setattr(device, "add", lambda *_, **__: renewed)
    monkeypatch.setattr(device, "_scanners", lambda _: SimpleNamespace(remove=lambda *_: False))
    known = SimpleNamespace(name=HOSTILE, scopes=("read",), created_at=now, revoked_at=None, last_used_at=now, id=uuid4())
    monkeypatch.setattr(key.keys, "every", lambda _: [known])
    monkeypatch.setattr(key.keys, "revoke", lambda *_: 0)
    service = SimpleNamespace(name="api", state="RUNNING", seconds=1, detail=HOSTILE)
    stack = SimpleNamespace(services=lambda: [service], layout=SimpleNamespace(home="/here"), is_up=lambda: False)
    monkeypatch.setattr(status, "Stack", lambda _: stack)
    monkeypatch.setattr(status, "_show_work", lambda _: None)
    monkeypatch.setenv("COLUMNS", "2000")


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_lets_a_strangers_words_drive_the_terminal(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with suppress(SystemExit, typer.Exit):
        COMMANDS[name](tmp_path)
    captured = capsys.readouterr()
    said = captured.out + captured.err
    assert DRIVES.findall(said) == []
    assert "[red]f[" in said


@pytest.mark.parametrize("name", JSON)
def test_json_is_the_same_json_in_characters_that_a_terminal_only_shows(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    JSON[name]()
    said = capsys.readouterr().out
    assert DRIVES.findall(said) == []
    assert HOSTILE in values(json.loads(said))


def values(found: Any) -> list[Any]:
    if isinstance(found, dict):
        return [one for value in found.values() for one in values(value)]
    return [one for value in found for one in values(value)] if isinstance(found, list) else [found]


def test_what_is_safe_is_still_itself() -> None:
    for plain in ("Oficio N.º 12 – año «escolar».pdf", "日本語 😀", "a\u0301"):
        assert safe(plain) == plain
    assert safe("a\nb\u00a0c") == "a b c"
    assert safe_lines("a\nb") == "a\nb"


def test_only_one_module_escapes() -> None:
    """What escapes in its own way forgets one half of it."""
    folder = Path(cli.__file__).parent
    others = [path.name for path in folder.glob("*.py") if path.name != "screen.py" and "rich.markup" in path.read_text("utf-8")]
    assert others == []
