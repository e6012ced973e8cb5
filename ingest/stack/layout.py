"""Where the stack keeps its files, its ports and its secrets."""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from ingest.stack import ports

PORT_BASE = 8000
FLOWER_PORT = 5555
_SERVICES = ("api", "listener", "minio", "console", "postgres", "redis", "sftp")
_SECRETS = (
    "POSTGRES_PASSWORD",
    "REDIS_PASSWORD",
    "MINIO_ROOT_PASSWORD",
    "MINIO_SECRET_KEY",
    "MINIO_SIGNER_SECRET_KEY",
    "MINIO_READER_SECRET_KEY",
    "MINIO_WATCHER_SECRET_KEY",
    "BANDEJA_WEBHOOK_TOKEN",
    "BANDEJA_API_KEY",
    "FLOWER_PASSWORD",
)


@dataclass(frozen=True, slots=True)
class Layout:
    """One stack's folder: `bin`, `data`, `log`, `run`, `secrets.env`, `stack.json`."""

    home: Path

    @property
    def data(self) -> Path:
        """What must survive: databases, objects, MinIO's event queue."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """One file a service, rotated by size."""
        return self.home / "log"

    @property
    def run(self) -> Path:
        """Sockets, pid files and generated configuration; made anew at each start."""
        return self.home / "run"

    @property
    def identity(self) -> str:
        """A short name for this folder, the same at every start."""
        return sha256(str(self.home).encode()).hexdigest()[:12]

    @property
    def postgres_data(self) -> Path:
        """PostgreSQL's files. It refuses root, so for root they lie where its user may enter."""
        if os.geteuid() == 0:
            return Path("/var/lib/bandeja") / self.identity / "postgres"
        return self.data / "postgres"

    @property
    def supervisor_socket(self) -> Path:
        """Supervisor's control socket; a socket's path holds 108 bytes at most, so a deep one lies in /tmp."""
        socket_path = self.run / "supervisor.sock"
        if len(str(socket_path)) < 90:  # supervisor binds a longer temporary name first
            return socket_path
        return Path("/tmp") / f"bandeja-{os.geteuid()}-{self.identity}" / "supervisor.sock"  # noqa: S108  made 0700

    def make(self) -> None:
        """Make the folders, for their owner alone."""
        self.home.mkdir(parents=True, exist_ok=True)
        for folder in (self.data, self.log, self.run, self.supervisor_socket.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def secrets(self) -> dict[str, str]:
        """The stack's secrets, made at the first call; the file is for its owner alone."""
        path = self.home / "secrets.env"
        known = read_env(path)
        missing = {name: secrets.token_urlsafe(24).replace("-", "x").replace("_", "y") for name in _SECRETS if name not in known}
        if missing:
            self.home.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8") as file:
                file.writelines(f"{name}={value}\n" for name, value in missing.items())
        return {**known, **missing}


def checkout() -> Path:
    """The folder that the packages were installed from."""
    return Path(__file__).parents[2]


def read_env(path: Path) -> dict[str, str]:
    """The NAME=value lines of a file; nothing where there is none."""
    if not path.exists():
        return {}
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


@dataclass(frozen=True, slots=True)
class Plan:
    """What runs where: a port a service, how many workers of how many children."""

    ports: dict[str, int]
    workers: int = 1
    concurrency: int = 2


def load_plan(layout: Layout) -> Plan | None:
    """The plan of the last start, or None."""
    path = layout.home / "stack.json"
    return Plan(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


@contextmanager
def make_plan(layout: Layout, *, port_base: int | None, workers: int | None, concurrency: int | None) -> Iterator[Plan]:
    """The last start's plan with these changes, kept for the next start; its ports are reserved until the block ends."""
    before = load_plan(layout)
    if before is None or port_base is not None:
        base = port_base or PORT_BASE
        wanted = {service: base + offset for offset, service in enumerate(_SERVICES)}
        wanted["flower"] = FLOWER_PORT if port_base is None else base + len(_SERVICES)
    else:
        wanted = before.ports
    with ports.reserved(wanted) as free:
        plan = Plan(
            ports=free,
            workers=workers or (before.workers if before else 1),
            concurrency=concurrency or (before.concurrency if before else 2),
        )
        layout.home.mkdir(parents=True, exist_ok=True)
        (layout.home / "stack.json").write_text(json.dumps(asdict(plan), indent=2), encoding="utf-8")
        yield plan


def code_in_use() -> str:
    """What tells this code from any other: a hash of everything that our processes run."""
    digest = sha256()
    for package in ("api", "ingest", "listeners", "workers"):
        for path in sorted((checkout() / package).rglob("*")):
            if path.suffix in {".py", ".sh"}:
                digest.update(str(path.relative_to(checkout())).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
