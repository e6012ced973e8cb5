"""What the parser process gives up before it opens a file: memory beyond its limit, files, children, the network.

Whatever a file makes of its reader, it reaches no other process and no other machine.
"""

import ctypes
import platform
import resource
import signal
from struct import pack
from typing import Any

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2  # linux/seccomp.h

# Refused with EPERM: socket, connect, socketpair, io_uring_setup; fork, vfork, clone, clone3, execve, execveat; kill,
# ptrace, process_vm_readv, process_vm_writev. By machine: its AUDIT_ARCH (linux/audit.h) and its table of system calls.
_REFUSED = {
    "x86_64": (0xC000003E, (41, 42, 53, 425, 57, 58, 56, 435, 59, 322, 62, 101, 310, 311)),
    "aarch64": (0xC00000B7, (198, 203, 199, 425, 220, 435, 221, 281, 129, 117, 270, 271)),
}
_X32_CALLS = 0x40000000  # x86_64's second table of system calls begins here; nothing of ours uses it

# linux/bpf_common.h: load a word, jump if equal, jump if greater or equal, return.
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _ARCHITECTURE = 0, 4  # offsets in struct seccomp_data
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050001  # SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO with EPERM


class _Program(ctypes.Structure):
    """`struct sock_fprog` of linux/filter.h."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def confine(libc: Any, memory_bytes: int) -> None:
    """Die with the parent; no core dump, no file, no child, no socket, no more than `memory_bytes` of address space."""
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    for for_the_group in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP):
        # The worker may be told to finish its document first; then we end with it.
        signal.signal(for_the_group, signal.SIG_IGN)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    _refuse_system_calls(libc)


def _refuse_system_calls(libc: Any) -> None:
    """Load the filter; where the machine or the kernel knows none, the limits above are all there is."""
    architecture, calls = _REFUSED.get(platform.machine(), (0, ()))
    if not calls:
        return
    instructions = _filter(architecture, calls)
    buffer = ctypes.create_string_buffer(b"".join(instructions))
    program = _Program(len(instructions), ctypes.addressof(buffer))
    libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)


def _filter(architecture: int, calls: tuple[int, ...]) -> list[bytes]:
    """The instructions; jumps count those that they skip, the last two are allow and refuse."""
    tests = [(_AT_LEAST, _X32_CALLS), *((_EQUAL, call) for call in calls)]
    jumps = [_instruction(test, value, len(tests) - place) for place, (test, value) in enumerate(tests)]
    return [
        _instruction(_LOAD, _ARCHITECTURE),
        pack("HBBI", _EQUAL, 0, len(tests) + 2, architecture),
        _instruction(_LOAD, _NUMBER),
        *jumps,
        _instruction(_RETURN, _ALLOW),
        _instruction(_RETURN, _REFUSE),
    ]


def _instruction(code: int, value: int, jump_if_true: int = 0) -> bytes:
    """One `struct sock_filter`."""
    return pack("HBBI", code, jump_if_true, 0, value)
