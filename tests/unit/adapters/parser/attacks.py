"""What a file that has taken over the parser process would try: run as a program, by a victim, within the walls named.

`python -m tests.unit.adapters.parser.attacks FOLDER WALL…` is the victim; the attacks are its child's, and come back as
JSON: each with "done", or the name of the error that stopped it. All are harmless where they succeed.
"""

import ctypes
import errno
import fcntl
import json
import mmap
import os
import platform
import resource
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ingest.adapters.confinement import landlock, system_calls, user
from ingest.adapters.parser.confinement import LANDLOCK, OWN_USER, SYSTEM_CALLS, confine

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_COLUMN = 0 if platform.machine() == "x86_64" else 1
_CALLS = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "memfd_create": (319, 279),
    "userfaultfd": (323, 282),
    "add_key": (248, 217),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "mount": (165, 40),
    "unshare": (272, 97),
    "setns": (308, 268),
    "perf_event_open": (298, 241),
    "rt_sigqueueinfo": (129, 138),
    "tgkill": (234, 131),
    "kcmp": (312, 272),
    "inotify_init1": (294, 26),
    "execveat": (322, 281),
    "personality": (135, 92),
    "pidfd_send_signal": (424, 424),
    "io_uring_setup": (425, 425),
    "pidfd_open": (434, 434),
    "clone3": (435, 435),
    "openat2": (437, 437),
    "pidfd_getfd": (438, 438),
    "process_madvise": (440, 440),
}


def call(name: str, *arguments: object) -> int:
    passed = (ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments)
    result = int(_libc.syscall(ctypes.c_long(_CALLS[name][_COLUMN]), *passed))
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result


def vector(buffer: object, address: int, size: int) -> tuple[object, object]:
    """Two `struct iovec`: of ours, and of the other process."""
    ours = struct.pack("QQ", ctypes.addressof(buffer), size)  # type: ignore[arg-type]
    return ours, struct.pack("QQ", address, size)


class Attacks:
    """Each method is one; it raises OSError where it is stopped."""

    def __init__(self, victim: int, folder: Path, address: int) -> None:
        self.victim = victim
        self.folder = folder
        self.address = address  # of a secret in the victim's memory

    # What the parent holds.

    def read_environment(self) -> None:
        if not Path(f"/proc/{self.victim}/environ").read_bytes():
            raise OSError(errno.EACCES, "nothing is shown")

    def read_memory(self) -> None:
        os.close(os.open(f"/proc/{self.victim}/mem", os.O_RDONLY))

    def write_memory(self) -> None:
        os.close(os.open(f"/proc/{self.victim}/mem", os.O_RDWR))

    def list_descriptors(self) -> None:
        list(Path(f"/proc/{self.victim}/fd").iterdir())

    def open_descriptor(self) -> None:
        os.close(os.open(f"/proc/{self.victim}/fd/0", os.O_RDONLY))

    def trace(self) -> None:
        seize = 0x4206  # ends with the tracer
        call("ptrace", seize, self.victim, 0, 0)

    def vm_read(self) -> None:
        buffer = ctypes.create_string_buffer(8)
        ours, theirs = vector(buffer, self.address, 8)
        call("process_vm_readv", self.victim, ours, 1, theirs, 1, 0)

    def vm_write(self) -> None:
        buffer = ctypes.create_string_buffer(b"attacked", 8)
        ours, theirs = vector(buffer, self.address, 8)
        call("process_vm_writev", self.victim, ours, 1, theirs, 1, 0)

    def steal_descriptor(self) -> None:
        call("pidfd_getfd", call("pidfd_open", self.victim, 0), 0, 0)

    def compare(self) -> None:
        call("kcmp", self.victim, self.victim, 0, 0, 0)

    # Other processes.

    def kill(self) -> None:
        os.kill(self.victim, signal.SIGCONT)

    def kill_anybody(self) -> None:
        os.kill(1, 0)

    def tgkill(self) -> None:
        call("tgkill", self.victim, self.victim, signal.SIGCONT)

    def queue_signal(self) -> None:
        queued = -1
        call("rt_sigqueueinfo", self.victim, signal.SIGCONT, struct.pack("3i", signal.SIGCONT, 0, queued).ljust(128, b"\0"))

    def signal_by_descriptor(self) -> None:
        call("pidfd_send_signal", call("pidfd_open", self.victim, 0), 0, 0, 0)

    def signal_by_owner(self) -> None:
        fcntl.fcntl(1, fcntl.F_SETOWN, self.victim)

    def slow_down(self) -> None:
        os.setpriority(os.PRIO_PROCESS, self.victim, 5)

    def pin(self) -> None:
        os.sched_setaffinity(self.victim, {0})

    def limit_others(self) -> None:
        resource.prlimit(self.victim, resource.RLIMIT_CPU, (10**6, 10**6))

    def raise_own_limit(self) -> None:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def fork(self) -> None:
        if os.fork() == 0:
            os._exit(0)
        os.wait()

    def clone3(self) -> None:
        call("clone3", ctypes.create_string_buffer(struct.pack("8Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0), 64), 0)
        raise OSError(errno.EINVAL, "no size was given, so nothing was made")

    def execute(self) -> None:
        os.execv("/nowhere", ["nothing"])  # noqa: S606  what is refused is the call

    # Files. All of them are anybody's to read and write, so that it is no file's mode that stops us.

    def read_file(self) -> None:
        (self.folder / "file").read_bytes()

    def read_passwd(self) -> None:
        Path("/etc/passwd").read_bytes()

    def read_by_openat2(self) -> None:
        os.close(call("openat2", -100, b"/etc/passwd", ctypes.create_string_buffer(24), 24))

    def read_secrets(self) -> None:
        (self.folder / "secrets.env").read_bytes()

    def list_folder(self) -> None:
        list(self.folder.iterdir())

    def write_file(self) -> None:
        os.close(os.open(self.folder / "file", os.O_WRONLY))

    def truncate(self) -> None:
        os.truncate(self.folder / "file", 0)

    def create(self) -> None:
        os.close(os.open(self.folder / "new", os.O_CREAT | os.O_WRONLY))

    def create_nameless(self) -> None:
        os.close(os.open(self.folder, os.O_TMPFILE | os.O_RDWR))

    def unlink(self) -> None:
        (self.folder / "unlinked").unlink()

    def rename(self) -> None:
        (self.folder / "renamed").rename(self.folder / "gone")

    def link(self) -> None:
        os.link(self.folder / "file", self.folder / "linked")

    def symlink(self) -> None:
        (self.folder / "pointer").symlink_to("file")

    def make_folder(self) -> None:
        (self.folder / "folder").mkdir()

    def make_fifo(self) -> None:
        os.mkfifo(self.folder / "fifo")

    def change_mode(self) -> None:
        (self.folder / "owned").chmod(0o600)

    def change_owner(self) -> None:
        os.chown(self.folder / "owned", os.getuid(), os.getgid())

    def change_times(self) -> None:
        os.utime(self.folder / "owned")

    def set_attribute(self) -> None:
        os.setxattr(self.folder / "file", "user.attack", b"1")

    def change_root(self) -> None:
        os.chroot("/")

    def change_folder(self) -> None:
        os.chdir("/")

    def watch(self) -> None:
        os.close(call("inotify_init1", 0))

    # The network.

    def internet(self) -> None:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()

    def datagram(self) -> None:
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).close()

    def local_socket(self) -> None:
        socket.socket(socket.AF_UNIX).close()

    def netlink(self) -> None:
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close()

    def socket_pair(self) -> None:
        for end in socket.socketpair():
            end.close()

    # The kernel's wider doors.

    def new_code(self) -> None:
        mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()

    def memory_file(self) -> None:
        os.close(call("memfd_create", b"attack", 0))

    def io_uring(self) -> None:
        os.close(call("io_uring_setup", 1, ctypes.create_string_buffer(120)))

    def user_faults(self) -> None:
        os.close(call("userfaultfd", 0))

    def add_key(self) -> None:
        call("add_key", b"user", b"attack", b"1", 1, -2)  # to the process's own keyring

    def read_keys(self) -> None:
        session_keyring, get_id = -3, 0
        call("keyctl", get_id, session_keyring, 0, 0, 0)

    def bpf(self) -> None:
        array_map = struct.pack("5I", 2, 4, 4, 1, 0).ljust(128, b"\0")
        os.close(call("bpf", 0, array_map, 128))

    def mount(self) -> None:
        call("mount", b"none", bytes(self.folder), b"tmpfs", 0, None)
        _libc.umount2(bytes(self.folder), 2)

    def unshare(self) -> None:
        new_user = 0x10000000
        call("unshare", new_user)

    def enter_namespace(self) -> None:
        call("setns", call("pidfd_open", self.victim, 0), 0x04000000)

    def perf(self) -> None:
        software, cpu_clock = 1, 0
        attributes = struct.pack("IIQ", software, 112, cpu_clock).ljust(112, b"\0")
        os.close(call("perf_event_open", attributes, 0, -1, -1, 0))

    def personality(self) -> None:
        call("personality", 0xFFFFFFFF)

    def become_root(self) -> None:
        os.setresuid(0, 0, 0)
        if os.geteuid() != 0:
            raise OSError(errno.EPERM, "not root")


THREADS = "threads"  # no wall, but the door that a decoder of HEIC needs
NAMES = [name for name in vars(Attacks) if not name.startswith("_")]


def _outcome(attack: Callable[[], None]) -> str:
    try:
        attack()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, "?")
    except ValueError:
        return "ValueError"  # setrlimit says so in place of EPERM
    return "done"


def _attack(folder: Path, walls: list[str], address: int) -> None:
    attacks = Attacks(os.getppid(), folder, address)
    if walls:
        if SYSTEM_CALLS not in walls:
            system_calls.machine = lambda: None
        if LANDLOCK not in walls:
            landlock.version = lambda: 0
        if OWN_USER not in walls:
            user.become_nobody_else = lambda: None
        held = {wall.name for wall in confine(1 << 30, starts_threads=THREADS in walls) if wall.holds}
        assert held == set(walls) - {THREADS}, held
    # What takes the ground from under the others comes last.
    order = sorted(NAMES, key=lambda name: (name == "unshare", name == "trace"))
    print(json.dumps({name: _outcome(getattr(attacks, name)) for name in order}))


def _be_victim(folder: str, walls: list[str]) -> None:
    secret = ctypes.create_string_buffer(b"a secret")
    for name in ("file", "secrets.env", "unlinked", "renamed", "owned"):
        (Path(folder) / name).write_text("a secret", encoding="ascii")
        (Path(folder) / name).chmod(0o666)
    command = [sys.executable, "-m", "tests.unit.adapters.parser.attacks", "-", folder, str(ctypes.addressof(secret)), *walls]
    child = subprocess.run(command, stdout=subprocess.PIPE, check=True, env={"PATH": os.environ["PATH"]})
    assert secret.value == b"a secret" or not walls
    sys.stdout.buffer.write(child.stdout)


if __name__ == "__main__":
    if sys.argv[1] == "-":
        _attack(Path(sys.argv[2]), sys.argv[4:], int(sys.argv[3]))
    else:
        _be_victim(sys.argv[1], sys.argv[2:])
