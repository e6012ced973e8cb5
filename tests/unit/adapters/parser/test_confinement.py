"""A taken-over parser process reaches nothing: each attack is tried within all walls, and within each wall alone."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.adapters.confinement import landlock, system_calls
from ingest.adapters.parser.confinement import LANDLOCK, OWN_USER, SYSTEM_CALLS
from ingest.adapters.parser.reader import ParserReader
from tests.support import made
from tests.unit.adapters.parser.attacks import NAMES, THREADS

pytestmark = pytest.mark.processes

REFUSED = {"EPERM", "EACCES", "ENOSYS", "ValueError"}
IS_ROOT = os.geteuid() == 0
HERE = [
    wall
    for wall, is_here in ((LANDLOCK, landlock.version() > 0), (SYSTEM_CALLS, system_calls.machine()), (OWN_USER, IS_ROOT))
    if is_here
]
OF_THE_PARENT = {
    *("read_environment", "read_memory", "write_memory", "list_descriptors", "open_descriptor", "steal_descriptor"),
    *("trace", "vm_read", "vm_write", "compare"),
}
OF_FILES = {
    *("read_file", "read_passwd", "read_by_openat2", "read_secrets", "list_folder", "write_file", "truncate", "create"),
    *("create_nameless", "unlink", "rename", "link", "symlink", "make_folder", "make_fifo"),
}
OF_OTHERS = {"slow_down", "pin", "bpf", "perf", "mount", "change_root", "enter_namespace"}
SIGNALS = {"kill", "kill_anybody", "tgkill", "queue_signal", "signal_by_descriptor"}  # Landlock since its version 6


def outcomes(*walls: str) -> dict[str, str]:
    """How each attack ended. In a folder that anybody may enter, so that it is no mode that stops one."""
    root = Path(__file__).parents[4]
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o777)
        command = [sys.executable, "-m", "tests.unit.adapters.parser.attacks", folder, *walls]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=root)
    told = json.loads(done.stdout)
    assert set(told) == set(NAMES)
    return dict(told)


def succeeded(told: dict[str, str], among: set[str]) -> dict[str, str]:
    return {name: told[name] for name in among if told[name] not in REFUSED}


@pytest.fixture(scope="module")
def confined() -> dict[str, str]:
    return outcomes(*HERE)


def test_the_attacks_are_real() -> None:
    """Without walls they succeed, but for what needs root; otherwise their failure would say nothing."""
    told = outcomes()
    anybody_may = {
        *("read_environment", "kill", "tgkill", "signal_by_owner", "fork", "read_file", "read_passwd", "read_secrets"),
        *("list_folder", "write_file", "truncate", "create", "unlink", "rename", "link", "symlink", "make_folder", "make_fifo"),
        *("change_mode", "change_times", "internet", "local_socket", "socket_pair", "new_code", "memory_file"),
        *("execute", "slow_down", "watch", "change_folder"),
    }
    assert anybody_may - set(succeeded(told, anybody_may)) == set()


@pytest.mark.skipif(SYSTEM_CALLS not in HERE, reason="no list of system calls for this machine")
@pytest.mark.parametrize("attack", NAMES)
def test_a_taken_over_process_reaches_nothing(attack: str, confined: dict[str, str]) -> None:
    assert confined[attack] in REFUSED


@pytest.mark.skipif(SYSTEM_CALLS not in HERE, reason="no list of system calls for this machine")
def test_the_list_of_system_calls_alone_refuses_all_of_them() -> None:
    """As on a kernel without Landlock, for a worker that is not root's."""
    assert succeeded(outcomes(SYSTEM_CALLS), set(NAMES)) == {}


@pytest.mark.skipif(SYSTEM_CALLS not in HERE, reason="no list of system calls for this machine")
def test_a_process_that_may_start_threads_may_do_nothing_else() -> None:
    assert succeeded(outcomes(*HERE, THREADS), set(NAMES)) == {}
    assert succeeded(outcomes(SYSTEM_CALLS, THREADS), set(NAMES)) == {}


@pytest.mark.skipif(LANDLOCK not in HERE, reason="this kernel has no Landlock")
def test_landlock_alone_keeps_files_and_the_parent() -> None:
    """As on a machine for which we have no list."""
    signals = SIGNALS if landlock.version() >= 6 else set()
    assert succeeded(outcomes(LANDLOCK), OF_THE_PARENT | OF_FILES | OF_OTHERS | signals) == {}


@pytest.mark.skipif(not IS_ROOT, reason="only root can change its user")
def test_a_user_of_its_own_alone_keeps_the_parent() -> None:
    assert succeeded(outcomes(OWN_USER), OF_THE_PARENT | OF_OTHERS | {"limit_others", "raise_own_limit"}) == {}


@pytest.fixture
def reader() -> Iterator[ParserReader]:
    reader = ParserReader(memory_bytes=1024**3, page_seconds=20, max_pages=5)
    yield reader
    reader.stop()


def test_the_process_that_reads_stands_within_all_walls(reader: ParserReader, tmp_path: Path) -> None:
    """And reads a file that is its parent's alone, in a folder that only the parent can enter."""
    assert {wall.name for wall in reader.walls() if wall.holds} == set(HERE)
    file = tmp_path / "document.pdf"
    file.write_bytes(made.born_digital("propio", 1))
    file.chmod(0o600)
    with reader.open(file) as opened:
        assert "propio" in opened.layer(1).text
        status = Path(f"/proc/{reader.pid}/status").read_text(encoding="ascii")
        descriptors = Path(f"/proc/{reader.pid}/fd")
        if IS_ROOT:  # to others it is not theirs to look at
            open_files = [str(entry.readlink()) for entry in descriptors.iterdir()]
    said = dict(re.findall(r"^(\w+):\t(.*)$", status, re.MULTILINE))
    assert said["NoNewPrivs"] == "1"
    assert {said[name] for name in ("CapPrm", "CapEff", "CapInh", "CapAmb")} == {"0" * 16}
    assert said["Seccomp"] == ("2" if SYSTEM_CALLS in HERE else "0")
    assert said["Threads"] == "1"
    if IS_ROOT:
        users = {*said["Uid"].split(), *said["Gid"].split()}
        assert users == {str(0x70000000 + (reader.pid or 0))}
        assert said["Groups"].strip() == ""
        assert {re.sub(r":\[\d+\]", "", name) for name in open_files} == {"/dev/null", "pipe", "socket", str(file)}


def test_two_processes_have_two_users(reader: ParserReader) -> None:
    other = ParserReader(memory_bytes=1024**3, page_seconds=20, max_pages=5)
    try:
        users = [wall.detail for one in (reader, other) for wall in one.walls() if wall.name == OWN_USER]
    finally:
        other.stop()
    assert len(set(users)) == (2 if IS_ROOT else 1)
