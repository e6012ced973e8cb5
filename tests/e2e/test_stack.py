"""The embedded stack: restarts what dies, leaves nothing behind, comes back after anything."""

import stat
from pathlib import Path

import pytest
from sqlalchemy import text

from ingest.db.engine import Database
from ingest.errors import DatabaseUnavailable
from ingest.stack import supervision
from ingest.stack.stack import Stack
from tests.support import processes
from tests.support.office import wait_for

pytestmark = pytest.mark.stack


def pid_of(stack: Stack, name: str) -> int | None:
    """The pid of a service that runs."""
    found = [service for service in stack.services() if service.name == name and service.state == "RUNNING"]
    return found[0].pid if found else None


@pytest.mark.parametrize("name", ["sweeper", "listener", "redis", "minio", "postgres", "embedder"])
def test_what_is_killed_comes_back(stack: Stack, name: str) -> None:
    before = wait_for(lambda: pid_of(stack, name), f"a running {name}")
    processes.kill(before)

    def again() -> int | None:
        pid = pid_of(stack, name)
        return pid if pid not in {None, before} else None

    assert wait_for(again, f"another {name}")
    wait_for(lambda: True if stack.is_up() else None, "the whole stack")


def test_secrets_are_for_their_owner_alone(stack: Stack) -> None:
    home = stack.layout.home
    secret = [home / "secrets.env", home / "run" / "redis.conf", home / "sftp_host_key"]
    assert [stat.S_IMODE(path.stat().st_mode) for path in secret] == [0o600] * 3
    values = set(stack.layout.secrets().values())
    for log in stack.layout.log.glob("*.log"):
        said = log.read_text(errors="replace")
        assert not [value for value in values if value in said], log.name
    for pid in supervision.orphans(stack.layout):
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        assert not [value for value in values if value in command], command


def test_it_listens_on_loopback_alone(stack: Stack) -> None:
    ports = {int(url.rpartition(":")[2]) for url in (stack.environment["BANDEJA_API_URL"], stack.environment["MINIO_ENDPOINT"])}

    def listening() -> set[str]:
        lines = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
        return {line[1] for line in lines if line[3] == "0A" and int(line[1].partition(":")[2], 16) in ports}

    # What was killed a moment ago may be on its way back.
    wait_for(lambda: len(listening()) == len(ports) or None, "the API and MinIO listen")
    mine = listening()
    assert all(address.startswith("0100007F:") for address in mine)


def test_a_commit_survives_a_power_cut(environment: dict[str, str]) -> None:
    database = Database(environment["DATABASE_URL"], pool_size=1)

    def shown(name: str) -> str | None:
        try:
            with database.begin() as connection:
                return str(connection.execute(text(f"SHOW {name}")).scalar_one())
        except DatabaseUnavailable:
            return None

    assert [wait_for(lambda name=name: shown(name), name) for name in ("fsync", "full_page_writes")] == ["on", "on"]
    database.close()


def test_a_second_stack_runs_beside_and_survives_its_supervisors_death(stack: Stack, tmp_path: Path) -> None:
    second = Stack(tmp_path / "second stack")
    try:
        second.up(lambda _: None, port_base=30_000)
        assert stack.is_up()
        assert second.is_up()
        started = pid_of(second, "postgres")
        second.up(lambda _: None)
        assert pid_of(second, "postgres") == started, "up when up is a no-op"

        supervisor = int((second.layout.run / "supervisord.pid").read_text(encoding="ascii"))
        processes.kill(supervisor)
        wait_for(lambda: None if Path(f"/proc/{supervisor}").exists() else True, "the end of supervisord")
        assert supervision.orphans(second.layout)
        second.up(lambda _: None)
        assert second.is_up()
        assert pid_of(second, "postgres") != started

        second.down()
        assert supervision.orphans(second.layout) == []
        assert second.services() == []
        assert stack.is_up()
    finally:
        second.destroy()
    assert not second.layout.home.exists()
