"""Every process of the stack: its command, its environment, its user."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ingest.domain.queues import BATCH_QUEUES, DOCUMENTS, EMBED
from ingest.stack import postgres
from ingest.stack.environment import FLOWER_USER, MARKER, environment
from ingest.stack.layout import Layout, Plan, checkout

_CELERY = ["-A", "workers.celery_app", "worker", "--without-gossip", "--without-mingle", "-E", "--loglevel=info"]
_IN_THE_BACKGROUND = 15  # niceness: a thirtieth of the weight of what is not


@dataclass(frozen=True, slots=True)
class Program:
    """One supervised process; `infrastructure` starts first, the rest when the database is prepared."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    infrastructure: bool = False
    user: str | None = None
    stop_signal: str = "TERM"
    stop_seconds: int = 15
    nice: int = 0


def programs(layout: Layout, plan: Plan) -> list[Program]:
    """All programs, in the order of their start."""
    return [*_infrastructure(layout, plan), *_ours(layout, plan)]


def _infrastructure(layout: Layout, plan: Plan) -> Iterator[Program]:
    yield Program(
        "postgres",
        postgres.command(layout, plan.ports["postgres"]),
        postgres.libraries(layout.home),
        infrastructure=True,
        user=postgres.user(),
        stop_signal="INT",  # fast shutdown: does not wait for idle connections
        stop_seconds=30,
    )
    yield Program("redis", ["redis-server", str(layout.run / "redis.conf")], infrastructure=True, stop_seconds=20)
    yield Program("minio", _minio_command(layout, plan), _minio_environment(layout, plan), infrastructure=True, stop_seconds=20)


def _minio_command(layout: Layout, plan: Plan) -> list[str]:
    ports = plan.ports
    return [
        str(minio_binary(layout)),
        "server",
        str(layout.data / "minio"),
        f"--address=127.0.0.1:{ports['minio']}",
        f"--console-address=127.0.0.1:{ports['console']}",
        f"--sftp=address=127.0.0.1:{ports['sftp']}",
        f"--sftp=ssh-private-key={layout.home / 'sftp_host_key'}",
    ]


def minio_binary(layout: Layout) -> Path:
    """MinIO's binary: the stack's own, else the checkout's."""
    own = layout.home / "bin" / "minio"
    return own if own.exists() else checkout() / ".bandeja" / "bin" / "minio"


def _minio_environment(layout: Layout, plan: Plan) -> dict[str, str]:
    settings = environment(layout, plan)
    listener, token = settings.get("BANDEJA_WEBHOOK_URL") or settings["BANDEJA_LISTENER_URL"], settings["BANDEJA_WEBHOOK_TOKEN"]
    shared = {
        "MINIO_ROOT_USER": settings["MINIO_ROOT_USER"],
        "MINIO_ROOT_PASSWORD": settings["MINIO_ROOT_PASSWORD"],
        "MINIO_REGION": settings["MINIO_REGION"],
        "MINIO_API_CORS_ALLOW_ORIGIN": settings["BANDEJA_API_URL"],
        # What a scanner began and never finished; MinIO knows no lifecycle rule for it.
        "MINIO_API_STALE_UPLOADS_EXPIRY": "24h",
        "MINIO_UPDATE": "off",
        "MINIO_CALLHOME_ENABLE": "off",
    }
    for target in ("INSTANT", "DURABLE"):
        shared |= {
            f"MINIO_NOTIFY_WEBHOOK_ENABLE_{target}": "on",
            f"MINIO_NOTIFY_WEBHOOK_ENDPOINT_{target}": f"{listener}/events/{target.lower()}",
            f"MINIO_NOTIFY_WEBHOOK_AUTH_TOKEN_{target}": token,
        }
    # Without a queue directory an event is there as the PUT returns; with one, it survives everything.
    shared["MINIO_NOTIFY_WEBHOOK_QUEUE_DIR_DURABLE"] = str(layout.data / "minio-events")
    shared["MINIO_NOTIFY_WEBHOOK_QUEUE_LIMIT_DURABLE"] = "1000000"
    return shared


def _ours(layout: Layout, plan: Plan) -> Iterator[Program]:
    bin_dir = Path(sys.executable).parent
    settings = {name: value for name, value in environment(layout, plan).items() if not name.startswith("MINIO_ROOT_")}
    # Two threads a page make Tesseract eight times slower; two OpenMP threads hang in a forked child.
    worker = {**settings, "OMP_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1"}
    ports, celery = plan.ports, str(bin_dir / "celery")
    yield Program("listener", _served("listeners.main:app", ports["listener"]), settings)
    yield Program("sweeper", [sys.executable, "-m", "ingest.sweeper"], settings)
    for number in range(1, plan.workers + 1):
        name = f"worker{number}" if plan.workers > 1 else "worker"
        command = [celery, *_CELERY, "-Q", DOCUMENTS, f"--concurrency={plan.concurrency}", "-n", f"{name}@%h"]
        yield Program(name, command, worker, stop_seconds=45)
    # Niced: a small document never waits for a page of a large one (decision 0019).
    command = [celery, *_CELERY, "-Q", ",".join(BATCH_QUEUES), f"--concurrency={plan.concurrency}", "-n", "pager@%h"]
    yield Program("pager", command, worker, stop_seconds=45, nice=_IN_THE_BACKGROUND)
    # As much: no answer and no small document's text waits for a vector, and vectors share the cores with such pages.
    command = [celery, *_CELERY, "-Q", EMBED, f"--concurrency={plan.concurrency}", "-n", "embedder@%h"]
    yield Program("embedder", command, worker, stop_seconds=45, nice=_IN_THE_BACKGROUND)
    yield Program("api", _served("api.main:app", ports["api"]), {**settings, "OMP_NUM_THREADS": "1"})
    flower = ["-A", "workers.celery_app", "flower", "--address=127.0.0.1", f"--port={ports['flower']}"]
    yield Program(
        "flower", [celery, *flower], {**settings, "FLOWER_BASIC_AUTH": f"{FLOWER_USER}:{layout.secrets()['FLOWER_PASSWORD']}"}
    )


def _served(app: str, port: int) -> list[str]:
    return [sys.executable, "-m", "serving", app, f"--port={port}"]


def run(layout: Layout, plan: Plan, name: str) -> None:
    """Become the program of that name; never returns.

    Supervisor starts this instead of the program itself, so that no secret stands in its configuration.
    """
    program = next(one for one in programs(layout, plan) if one.name == name)
    inherited = {known: os.environ[known] for known in ("PATH", "HOME", "LANG", "TMPDIR", "TZ") if known in os.environ}
    mine = {**inherited, **program.environment, MARKER: str(layout.home)}
    if program.nice:
        os.nice(program.nice)
    if program.user is not None:
        postgres.become(program.user)
        mine.pop("HOME", None)
    os.chdir("/")
    os.execvpe(program.command[0], program.command, mine)  # noqa: S606  a list, no shell
