"""Ten thousand objects in one burst while Redis is away and PostgreSQL restarts: every one becomes a row, once.

And every row gets its message when Redis is back. By events alone: the stack lists its bucket once a day. `BURST=1000` for a smaller one, `-s` to see the figures.
"""

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import Any

import boto3
import pytest
from botocore.config import Config
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text

from ingest.db.engine import Database
from ingest.errors import DatabaseUnavailable
from ingest.stack.stack import Stack
from ingest.stack.supervision import Supervisor
from tests.conftest import SHORT
from tests.support import processes
from tests.support.office import wait_for

BURST = int(os.environ.get("BURST", "10000"))
PREFIX = "inbox/scan/tormenta/"
_DOCUMENT = re.compile(rb'"id": "([0-9a-f-]{36}):')


@pytest.fixture
def stack() -> Iterator[Stack]:
    """A stack of its own: its row of ten thousand would stand before every other test's documents."""
    with tempfile.TemporaryDirectory(prefix="bandeja-burst-") as name, pytest.MonkeyPatch.context() as environment:
        for setting, value in {**SHORT, "BANDEJA_LISTING_SECONDS": "86400"}.items():
            environment.setenv(setting, value)
        stack = Stack(Path(name))
        try:
            stack.up(lambda _: None, port_base=27_000)
            yield stack
        finally:
            stack.destroy()


def client(env: dict[str, str]) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=f"http://{env['MINIO_ENDPOINT']}",
        aws_access_key_id=env["MINIO_ACCESS_KEY"],
        aws_secret_access_key=env["MINIO_SECRET_KEY"],
        region_name="us-east-1",
        config=Config(max_pool_connections=16, s3={"addressing_style": "path"}),
    )


def put_all(env: dict[str, str], faults: dict[int, Callable[[], None]]) -> None:
    """Put them all, each fault at its place among them."""
    with closing(client(env)) as s3, ThreadPoolExecutor(16) as pool:

        def put(number: int) -> None:
            s3.put_object(Bucket=env["MINIO_BUCKET"], Key=f"{PREFIX}{number:05}.pdf", Body=b"")

        begin = 0
        for end, fault in faults.items():
            list(pool.map(put, range(begin, end)))
            fault()
            begin = end
        list(pool.map(put, range(begin, BURST)))


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_burst_while_redis_is_away_and_postgres_restarts_loses_nothing(stack: Stack) -> None:
    env, supervisor = stack.environment, Supervisor(stack.layout)

    def crash_postgres() -> None:
        processes.kill(next(service.pid for service in stack.services() if service.name == "postgres"))

    faults: dict[int, Callable[[], None]] = {
        BURST // 10: lambda: supervisor.stop_program("redis"),
        BURST * 3 // 10: crash_postgres,
        BURST * 5 // 10: lambda: supervisor.stop_program("postgres"),
        BURST * 7 // 10: lambda: supervisor.start_program("postgres"),
        BURST * 9 // 10: crash_postgres,
    }
    began = monotonic()
    put_all(env, faults)
    put = monotonic()
    with closing(Database(env["DATABASE_URL"], pool_size=1)) as database:

        def counted(query: str) -> int:
            try:
                with database.begin() as connection:
                    return int(connection.execute(text(query)).scalar_one())
            except DatabaseUnavailable:
                return -1

        wait_for(lambda: counted("SELECT count(*) FROM documents") >= BURST or None, f"{BURST} rows", seconds=600)
        taken = monotonic()
        supervisor.start_program("redis")
        wait_for(lambda: not without_message(database, env["REDIS_URL"]) or None, "a message for every row", seconds=300)
        sent = monotonic()
        rows = counted("SELECT count(*) FROM documents")
        distinct = counted("SELECT count(DISTINCT object_key) FROM documents")
    figures = {
        "objects": BURST,
        "lost": BURST - distinct,
        "doubled": rows - distinct,
        "put_seconds": round(put - began, 1),
        "all_taken_after_seconds": round(taken - put, 1),
        "all_sent_after_seconds": round(sent - taken, 1),
    }
    print(json.dumps(figures))
    assert (figures["lost"], figures["doubled"]) == (0, 0)


def without_message(database: Database, redis_url: str) -> set[str]:
    """The documents that wait for a worker and have no message in the queue, nor in a worker's hands."""
    with closing(Redis.from_url(redis_url)) as redis:
        try:
            queued = redis.lrange("ingest:documents", 0, -1)
            taken = redis.hvals("ingest:unacked")
        except RedisError:
            return {"Redis is not up yet"}
    # A message's Celery id is <document id>:<send number>.
    on_their_way = {one.decode() for message in [*queued, *taken] for one in _DOCUMENT.findall(message)}
    with database.begin() as connection:
        waiting = connection.execute(text("SELECT id::text FROM documents WHERE status = 'queued'")).scalars()
        return set(waiting) - on_their_way
