"""The stack as a whole: up, down, and what runs."""

import fcntl
import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from ingest.adapters import paramiko_sftp
from ingest.db.engine import Database
from ingest.errors import DatabaseUnavailable, StorageUnavailable
from ingest.settings import Settings, load_settings
from ingest.stack import postgres, supervision
from ingest.stack.environment import environment
from ingest.stack.layout import Layout, Plan, code_in_use, load_plan, make_plan
from ingest.stack.programs import Program, programs
from ingest.stack.supervision import Supervisor
from ingest.upkeep.prepare import prepare_database, prepare_store

Say = Callable[[str], None]

_REDIS = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir {folder}
appendonly yes
appendfsync everysec
maxmemory-policy noeviction
save ""
"""


class StackFailed(Exception):
    """The stack did not come up; the text says which service, and where its log is."""


@dataclass(frozen=True, slots=True)
class Service:
    """A line of `bandeja status`."""

    name: str
    state: str
    seconds: int
    pid: int
    detail: str


class Stack:
    """The stack in one folder."""

    def __init__(self, home: Path) -> None:
        self.layout = Layout(home.resolve())
        self._supervisor = Supervisor(self.layout)

    @property
    def environment(self) -> dict[str, str]:
        """Its settings; nothing where it was never started."""
        plan = load_plan(self.layout)
        return environment(self.layout, plan) if plan else {}

    def is_up(self) -> bool:
        """Whether every service runs."""
        states = self._supervisor.states()
        return bool(states) and all(state["statename"] == "RUNNING" for state in states)

    def up(
        self,
        say: Say,
        *,
        port_base: int | None = None,
        workers: int | None = None,
        concurrency: int | None = None,
        seconds: float = 120,
    ) -> None:
        """Start what does not run and wait until it is ready; a no-op when up with this very code.

        A stack that other code started, such as that of the version before, is stopped first: what it was at goes on
        behind its last checkpoint. Raises StackFailed, PostgresFailed.
        """
        self.layout.make()
        deadline = time.monotonic() + seconds
        with self._locked():
            code = code_in_use()
            if self._supervisor.is_running() and self._code_started() != code:
                say("Stopping what other code has started")
                self._supervisor.shut_down()
            if self._supervisor.is_running():
                plan = load_plan(self.layout)
                if plan is None:
                    raise StackFailed(f"{self.layout.home} has a supervisor and no stack.json; run `bandeja down` first")
                self._start(plan, say, deadline)
                return
            say("Clearing what an earlier stack left")
            supervision.end(self.layout)
            with make_plan(self.layout, port_base=port_base, workers=workers, concurrency=concurrency) as plan:
                self._write_configuration(plan)
                (self.layout.run / "code").write_text(code, encoding="ascii")
                self._supervisor.start(programs(self.layout, plan))
                self._start(plan, say, deadline)

    def _code_started(self) -> str:
        path = self.layout.run / "code"
        return path.read_text(encoding="ascii") if path.exists() else ""

    def down(self) -> None:
        """Stop everything; data stays. Nothing of the stack runs when this returns."""
        if self.layout.home.exists():
            self._supervisor.shut_down()
            supervision.end(self.layout)

    def destroy(self) -> None:
        """Stop everything and remove all files, data too; for throw-away stacks."""
        self.down()
        for folder in (self.layout.postgres_data.parent, self.layout.supervisor_socket.parent, self.layout.home):
            shutil.rmtree(folder, ignore_errors=True)

    def services(self) -> list[Service]:
        """Every service and its state."""
        return [
            Service(
                str(state["name"]),
                str(state["statename"]),
                max(0, state["now"] - state["start"]) if state["statename"] == "RUNNING" else 0,
                int(state["pid"]),
                str(state["spawnerr"] or state["description"]),
            )
            for state in self._supervisor.states()
        ]

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One `up` at a time; the lock goes with the process that holds it."""
        with (self.layout.run / "up.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _write_configuration(self, plan: Plan) -> None:
        layout, secrets = self.layout, self.layout.secrets()
        for folder in ("redis", "minio", "minio-events", "cache"):
            (layout.data / folder).mkdir(mode=0o700, exist_ok=True)
        text = _REDIS.format(port=plan.ports["redis"], password=secrets["REDIS_PASSWORD"], folder=_quoted(layout.data / "redis"))
        _write_private(layout.run / "redis.conf", text)
        host_key = layout.home / "sftp_host_key"
        if not host_key.exists():
            paramiko_sftp.make_host_key(host_key)
        postgres.initialise(layout, secrets["POSTGRES_PASSWORD"])

    def _start(self, plan: Plan, say: Say, deadline: float) -> None:
        everything = programs(self.layout, plan)
        settings = self._settings(plan)
        for program in everything:
            if program.infrastructure:
                self._supervisor.start_program(program.name)
        say("Waiting for PostgreSQL, Redis and MinIO")
        self._wait("postgres", lambda: _answers_sql(settings), deadline)
        self._wait("redis", lambda: _listens(plan.ports["redis"]), deadline)
        self._wait("minio", lambda: _answers(f"http://{settings.minio_endpoint}/minio/health/ready"), deadline)
        say("Preparing database, buckets and users")
        prepare_database(settings)
        self._wait("minio", lambda: _prepares_store(settings), deadline)
        self._start_ours(everything, plan, say, deadline)

    def _start_ours(self, everything: list[Program], plan: Plan, say: Say, deadline: float) -> None:
        ours = [program for program in everything if not program.infrastructure]
        for program in ours:
            self._supervisor.start_program(program.name)
        say("Waiting for listener, workers, API and Flower")
        ports = plan.ports
        self._wait("listener", lambda: _answers(f"http://127.0.0.1:{ports['listener']}/health/live"), deadline)
        self._wait("api", lambda: _answers(f"http://127.0.0.1:{ports['api']}/health/ready"), deadline)
        self._wait("flower", lambda: _listens(ports["flower"]), deadline)
        self._wait("worker", self.is_up, deadline)

    def _wait(self, name: str, ready: Callable[[], bool], deadline: float) -> None:
        while not ready():
            if time.monotonic() > deadline:
                raise StackFailed(f"{name} did not become ready; its log is {self.layout.log / name}.log")
            time.sleep(0.05)

    def _settings(self, plan: Plan) -> Settings:
        return load_settings(**environment(self.layout, plan))


def _quoted(path: Path) -> str:
    return f'"{path}"'


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def _prepares_store(settings: Settings) -> bool:
    """Whether it could: MinIO says that it is ready before it takes everything that its root asks for."""
    try:
        matches = prepare_store(settings)
    except StorageUnavailable:
        return False
    if not matches:
        raise StackFailed("the bucket's notification rule does not read back equal; see infra/minio-notify.json")
    return True


def _answers_sql(settings: Settings) -> bool:
    database = Database(settings.database_url.get_secret_value(), pool_size=1)
    try:
        with database.begin():
            return True
    except DatabaseUnavailable:
        return False
    finally:
        database.close()
