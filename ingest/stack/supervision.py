"""supervisord: the one parent of all processes, which starts again what dies."""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import time
from http.client import HTTPException
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from ingest.stack.environment import MARKER
from ingest.stack.layout import Layout
from ingest.stack.programs import Program

_HEAD = """\
[unix_http_server]
file={socket}
chmod=0700

[supervisord]
logfile={log}/supervisord.log
logfile_maxbytes=5MB
pidfile={run}/supervisord.pid
childlogdir={log}
nodaemon=false

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""

_PROGRAM = """
[program:{name}]
command={python} -m ingest.stack.launch {home} {name}
directory=/
autostart=false
autorestart=true
; What dies is started again for ever: an outage of an hour must not end in FATAL.
startretries=1000000
startsecs=1
stopsignal={stop_signal}
stopwaitsecs={stop_seconds}
killasgroup=true
stdout_logfile={log}/{name}.log
stdout_logfile_maxbytes=20MB
stdout_logfile_backups=3
redirect_stderr=true
"""


class Supervisor:
    """One stack's supervisord."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def is_running(self) -> bool:
        """Whether it answers."""
        try:
            self._ask("getState")
        except (OSError, HTTPException, Fault):
            return False
        return True

    def start(self, programs: list[Program]) -> None:
        """Start it with these programs, none of them running yet."""
        layout = self._layout
        config = layout.run / "supervisord.conf"
        config.write_text(self._configuration(programs), encoding="utf-8")
        layout.supervisor_socket.unlink(missing_ok=True)
        subprocess.run(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(config)],
            check=True,
            cwd="/",
            env={**os.environ, MARKER: str(layout.home), "PYTHONWARNINGS": "ignore"},
        )
        while not self.is_running():
            time.sleep(0.05)

    def _configuration(self, programs: list[Program]) -> str:
        layout = self._layout
        sections = [
            _PROGRAM.format(
                name=program.name,
                python=_word(sys.executable),
                home=_word(str(layout.home)),
                log=_escaped(layout.log),
                stop_signal=program.stop_signal,
                stop_seconds=program.stop_seconds,
            )
            for program in programs
        ]
        head = _HEAD.format(socket=_escaped(layout.supervisor_socket), log=_escaped(layout.log), run=_escaped(layout.run))
        return head + "".join(sections)

    def start_program(self, name: str) -> None:
        """Start one; fine where it runs already."""
        with contextlib.suppress(Fault):
            self._ask("startProcess", name, False)

    def stop_program(self, name: str) -> None:
        """Stop one until it is started again; fine where it is stopped already."""
        with contextlib.suppress(Fault):
            self._ask("stopProcess", name)

    def states(self) -> list[dict[str, Any]]:
        """`name`, `statename`, `start`, `now`, `spawnerr`, `pid` of each; nothing where it is down."""
        try:
            found: Any = self._ask("getAllProcessInfo")
        except (OSError, HTTPException, Fault):
            return []
        return list(found)

    def shut_down(self) -> None:
        """Stop all programs, then itself; returns when it is gone."""
        pid = self._pid()
        with contextlib.suppress(OSError, HTTPException, Fault):
            self._ask("shutdown")
        while pid is not None and Path(f"/proc/{pid}").exists():
            time.sleep(0.05)

    def _pid(self) -> int | None:
        try:
            return int((self._layout.run / "supervisord.pid").read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def _ask(self, method: str, *arguments: Any) -> Any:
        transport = SupervisorTransport(None, None, serverurl=f"unix://{self._layout.supervisor_socket}")
        with ServerProxy("http://127.0.0.1", transport=transport) as proxy:
            return getattr(proxy.supervisor, method)(*arguments)


def _escaped(path: Path) -> str:
    """A path in supervisor's configuration, where % begins an expansion."""
    return str(path).replace("%", "%%")


def _word(text: str) -> str:
    """One word of a command there."""
    return shlex.quote(text).replace("%", "%%")


def orphans(layout: Layout) -> list[int]:
    """Processes of this stack, told by the marker in their environment: what a killed supervisord left."""
    mark = f"{MARKER}={layout.home}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                continue  # it ended, or is another user's
    return found


def end(layout: Layout, patience: float = 20) -> None:
    """End every process of this stack, gently first; returns when none is left."""
    deadline = time.monotonic() + patience
    for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        for pid in orphans(layout):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sent)
        while orphans(layout) and (time.monotonic() < deadline or sent is signal.SIGKILL):
            time.sleep(0.1)
        deadline = time.monotonic() + patience
