"""A seccomp filter: a program may make the system calls on a list and no other, or all but those on a list.

Refused with EPERM; from number 424 on, where all machines share their numbers and libc asks for a call in order to fall
back to an older one, with ENOSYS.
"""

import ctypes
import os
from collections.abc import Iterable, Mapping
from struct import pack
from typing import NamedTuple

from ingest.adapters.confinement import kernel

_SHARED_NUMBERS = 424  # pidfd_send_signal, Linux 5.1; x86_64's second table (x32) lies above it too
_SET_MODE_FILTER, _TO_ALL_THREADS = 1, 1  # linux/seccomp.h

# linux/bpf_common.h: load a word, jump if equal, jump if greater or equal, jump if a bit is set, return.
_LOAD, _EQUAL, _AT_LEAST, _HAS_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_ALLOW, _REFUSE, _UNKNOWN = 0x7FFF0000, 0x00050001, 0x00050026  # SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO with EPERM, ENOSYS


class Machine(NamedTuple):
    """Its AUDIT_ARCH (linux/audit.h), its number of seccomp, and those of the calls that a list may name."""

    architecture: int
    seccomp: int
    numbers: Mapping[str, int]


_SHARED = {"io_uring_setup": 425, "pidfd_getfd": 438, "process_madvise": 440}
_SECOND_TABLE = 0x40000000  # of x86_64 (x32); nothing of ours uses it

# fmt: off
MACHINES = {
    "x86_64": Machine(0xC000003E, 317, {
        "read": 0, "write": 1, "close": 3, "fstat": 5, "lseek": 8, "mmap": 9, "mprotect": 10, "munmap": 11,
        "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "pread64": 17, "readv": 19, "writev": 20,
        "sched_yield": 24, "mremap": 25, "madvise": 28, "dup": 32, "nanosleep": 35, "getpid": 39, "recvfrom": 45,
        "clone": 56, "set_robust_list": 273, "rseq": 334,
        "recvmsg": 47, "exit": 60, "fcntl": 72, "gettimeofday": 96, "getrusage": 98, "sysinfo": 99, "sigaltstack": 131,
        "gettid": 186, "tkill": 200, "time": 201, "futex": 202, "sched_getaffinity": 204, "restart_syscall": 219,
        "clock_gettime": 228, "clock_getres": 229, "clock_nanosleep": 230, "exit_group": 231, "tgkill": 234, "openat": 257,
        "newfstatat": 262, "getcpu": 309, "getrandom": 318,
        "socket": 41, "ptrace": 101, "mount": 165, "add_key": 248, "request_key": 249, "keyctl": 250, "unshare": 272,
        "perf_event_open": 298, "open_by_handle_at": 304, "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311,
        "kcmp": 312, "bpf": 321, "userfaultfd": 323, **_SHARED,
    }),
    "aarch64": Machine(0xC00000B7, 277, {
        "clone": 220, "set_robust_list": 99, "rseq": 293,
        "dup": 23, "fcntl": 25, "openat": 56, "close": 57, "lseek": 62, "read": 63, "write": 64, "readv": 65, "writev": 66,
        "pread64": 67, "newfstatat": 79, "fstat": 80, "exit": 93, "exit_group": 94, "futex": 98, "nanosleep": 101,
        "clock_gettime": 113, "clock_getres": 114, "clock_nanosleep": 115, "sched_getaffinity": 123, "sched_yield": 124, "restart_syscall": 128, "tkill": 130, "tgkill": 131,
        "sigaltstack": 132, "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139, "getrusage": 165,
        "getcpu": 168, "gettimeofday": 169, "getpid": 172, "gettid": 178, "sysinfo": 179, "recvfrom": 207, "recvmsg": 212,
        "brk": 214, "munmap": 215, "mremap": 216, "mmap": 222, "mprotect": 226, "madvise": 233, "getrandom": 278,
        "mount": 40, "unshare": 97, "ptrace": 117, "socket": 198, "add_key": 217, "request_key": 218, "keyctl": 219,
        "perf_event_open": 241, "open_by_handle_at": 265, "setns": 268, "process_vm_readv": 270, "process_vm_writev": 271,
        "kcmp": 272, "bpf": 280, "userfaultfd": 282, **_SHARED,
    }),
}
# fmt: on


class Condition(NamedTuple):
    """What a call's argument must be: one of these values, or a word without any of these bits."""

    argument: int
    values: tuple[int, ...] = ()
    without: int = 0


Allowed = Mapping[str, Condition | None]


def machine() -> Machine | None:
    """The numbers of the machine that we run on, or None where we have no table of them."""
    return MACHINES.get(os.uname().machine)


def allow_only(here: Machine, allowed: Allowed) -> None:
    """Refuse this process, all its threads and children, every call but these, for good.

    A call that this machine does not have is passed over. Needs no_new_privs. Raises OSError, ENOSYS or EINVAL where
    the kernel was built without it.
    """
    _load(here, program(here, allowed))


def refuse(here: Machine, names: Iterable[str]) -> None:
    """Refuse this process, all its threads and children, these calls for good; otherwise as `allow_only`."""
    refused = [_instruction(_RETURN, _REFUSE)]
    numbers = [here.numbers[name] for name in names]
    rules = (instruction for number in numbers for instruction in (_skip_unless(number, refused), *refused))
    second_table = _instruction(_AT_LEAST, _SECOND_TABLE, then=0, otherwise=1)
    _load(here, [*_of_this(here), *rules, second_table, *refused, _instruction(_RETURN, _ALLOW)])


def _load(here: Machine, instructions: list[bytes]) -> None:
    buffer = ctypes.create_string_buffer(b"".join(instructions))
    # `struct sock_fprog` of linux/filter.h: a short, padded, and a pointer.
    header = pack("HxxxxxxQ", len(instructions), ctypes.addressof(buffer))
    # A number above 0 would be that of a thread that could not be brought along.
    if kernel.system_call(here.seccomp, _SET_MODE_FILTER, _TO_ALL_THREADS, header):
        raise OSError("seccomp: a thread has a filter of its own")


def program(here: Machine, allowed: Allowed) -> list[bytes]:
    """The filter's instructions."""
    known = [(here.numbers[name], condition) for name, condition in allowed.items() if name in here.numbers]
    return [
        *_of_this(here),
        *(instruction for number, condition in known for instruction in _rule(number, condition)),
        _instruction(_AT_LEAST, _SHARED_NUMBERS, then=0, otherwise=1),
        _instruction(_RETURN, _UNKNOWN),
        _instruction(_RETURN, _REFUSE),
    ]


def _of_this(here: Machine) -> list[bytes]:
    """Refuse the calls of any other architecture; load the number of the call."""
    return [
        _instruction(_LOAD, _ARCHITECTURE),
        _instruction(_EQUAL, here.architecture, then=1, otherwise=0),
        _instruction(_RETURN, _REFUSE),
        _instruction(_LOAD, _NUMBER),
    ]


def _skip_unless(number: int, verdict: list[bytes]) -> bytes:
    return _instruction(_EQUAL, number, then=0, otherwise=len(verdict))


def _rule(number: int, condition: Condition | None) -> list[bytes]:
    """The verdict on one call; passed over, as a whole, by every other."""
    verdict = [_instruction(_RETURN, _ALLOW)] if condition is None else _verdict(condition)
    return [_skip_unless(number, verdict), *verdict]


def _verdict(condition: Condition) -> list[bytes]:
    # The lower half of the word, on machines of this byte order; the kernel takes an int and looks at no more.
    load = _instruction(_LOAD, _ARGUMENTS + 8 * condition.argument)
    allow, refuse = _instruction(_RETURN, _ALLOW), _instruction(_RETURN, _REFUSE)
    if condition.without:
        return [load, _instruction(_HAS_BIT, condition.without, then=1, otherwise=0), allow, refuse]
    tests = (_instruction(_EQUAL, value, then=0, otherwise=1) for value in condition.values)
    return [load, *(instruction for test in tests for instruction in (test, allow)), refuse]


def _instruction(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    """One `struct sock_filter`; jumps count the instructions that they skip."""
    return pack("HBBI", code, then, otherwise, value)


def own_process() -> Condition:
    """A condition on a signal's first argument: abort() sends one to itself."""
    return Condition(0, (os.getpid(),))
