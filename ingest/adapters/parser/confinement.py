"""What the parser process gives up before it opens a file.

Whatever a file makes of its reader, it reaches no other process, no other file and no other machine: it has the one
file, as an open descriptor, and the way to its parent.
"""

import errno
import resource
import signal
from collections.abc import Sequence
from typing import Any, NamedTuple

from ingest.adapters.confinement import kernel, landlock, system_calls, user
from ingest.adapters.confinement.system_calls import Allowed, Condition

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38  # linux/prctl.h
_PROT_EXEC = 4  # linux/mman-common.h
_AT_EMPTY_PATH = 0x1000  # linux/fcntl.h; fstat of newer libc
_F_GETFD, _F_GETFL, _F_DUPFD_CLOEXEC = 1, 3, 1030  # likewise; F_SETOWN would have the kernel send signals for us
_O_WRITES = 0o1103  # any of O_WRONLY, O_RDWR, O_CREAT, O_TRUNC

# What Python, MuPDF, Pillow, NumPy and OpenCV call on one thread once all is imported. No open: the files come open.
_ALWAYS = (
    *("read", "write", "readv", "writev", "pread64", "lseek", "close", "dup", "fstat", "recvfrom", "recvmsg"),
    *("brk", "munmap", "mremap", "madvise", "futex", "sched_yield", "sched_getaffinity", "getcpu", "sysinfo", "getrusage"),
    *("clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "getrandom"),
    *("getpid", "gettid", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall"),
    *("exit", "exit_group"),
)
_READ_ONLY = Condition(2, without=_O_WRITES)
_TO_READ: dict[str, Condition | None] = {"openat": _READ_ONLY, "newfstatat": None}
# Just what glibc's pthread_create asks of clone (nptl/createthread): memory, files and signals shared, CLONE_THREAD.
_A_THREAD = 0x3D0F00
_TO_START_THREADS: dict[str, Condition | None] = {"clone": Condition(0, (_A_THREAD,)), "set_robust_list": None, "rseq": None}
_THREADS = 8  # at once; decoding a picture takes two


class Wall(NamedTuple):
    """One of the things that hold the process, whether it does so here, and how or why not."""

    name: str
    holds: bool
    detail: str

    @classmethod
    def of(cls, said: Any) -> "Wall":
        """As the process told of it. Raises TypeError, ValueError."""
        name, holds, detail = said
        return cls(str(name), bool(holds), str(detail))


SYSTEM_CALLS, LANDLOCK, OWN_USER = "system calls", "Landlock", "own user"


def confine(memory_bytes: int, *, opens_by_name: bool = False, starts_threads: bool = False) -> Sequence[Wall]:
    """Die with the parent; no core dump, no file, no child, no socket, no more than `memory_bytes` of address space.

    Import everything before. With `opens_by_name`, for workers of 0.1, files may be opened to be read; with
    `starts_threads` threads may be started, which are confined as we are, but no process. Returns what holds: a kernel
    may lack some. Raises OSError where what it has fails.
    """
    for for_the_group in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP):
        # The worker may be told to finish its document first; then we end with it.
        signal.signal(for_the_group, signal.SIG_IGN)
    own_user = Wall(OWN_USER, False, "needed to read files") if opens_by_name else _change_user()
    kernel.drop_capabilities()
    kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1)
    kernel.prctl(_PR_SET_DUMPABLE, 0)  # a core that goes to a program is subject to no limit
    kernel.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # after the user was changed, which unsets it
    for limit in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        resource.setrlimit(limit, (0, 0))
    _limit_tasks(_THREADS if starts_threads else 0, own_user.holds)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    return _leave_file_system(opens_by_name), _limit_system_calls(opens_by_name, starts_threads), own_user


def _limit_tasks(most: int, has_own_user: bool) -> None:
    # The limit is one of the user's tasks: only a user of its own has no others.
    if has_own_user or not most:
        resource.setrlimit(resource.RLIMIT_NPROC, (most, most))


def _change_user() -> Wall:
    uid = user.become_nobody_else()
    return Wall(OWN_USER, False, "needs root") if uid is None else Wall(OWN_USER, True, str(uid))


def _leave_file_system(may_read: bool) -> Wall:
    version = landlock.version()
    if version:
        landlock.restrict(version, may_read=may_read)
    return Wall(LANDLOCK, bool(version), f"version {version}" if version else "unknown to this kernel")


def _limit_system_calls(may_read: bool, may_start_threads: bool) -> Wall:
    here = system_calls.machine()
    if here is None:
        return Wall(SYSTEM_CALLS, False, "no list for this machine")
    allowed = _allowed() | (_TO_READ if may_read else {}) | (_TO_START_THREADS if may_start_threads else {})
    try:
        system_calls.allow_only(here, allowed)
    except OSError as error:
        if error.errno not in (errno.ENOSYS, errno.EINVAL):
            raise
        return Wall(SYSTEM_CALLS, False, "unknown to this kernel")
    return Wall(SYSTEM_CALLS, True, f"{len(allowed)} of them")


def _allowed() -> dict[str, Condition | None]:
    no_new_code = Condition(2, without=_PROT_EXEC)
    to_itself = system_calls.own_process()
    allowed: Allowed = {
        **dict.fromkeys(_ALWAYS),
        "mmap": no_new_code,
        "mprotect": no_new_code,
        "fcntl": Condition(1, (_F_GETFD, _F_GETFL, _F_DUPFD_CLOEXEC)),
        "newfstatat": Condition(3, (_AT_EMPTY_PATH,)),
        "tgkill": to_itself,
        "tkill": to_itself,
    }
    return dict(allowed)
