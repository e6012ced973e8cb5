"""System calls that Python has no function for, with their failures as OSError."""

import ctypes
import os
from typing import Any

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def prctl(option: int, argument: int = 0) -> None:
    """`prctl(2)`. Raises OSError."""
    _checked("prctl", _libc.prctl(option, *(ctypes.c_ulong(value) for value in (argument, 0, 0, 0))))


def system_call(number: int, *arguments: Any) -> int:
    """The call's result; a whole number goes as a long, anything else as ctypes takes it. Raises OSError."""
    passed = (ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments)
    return _checked(f"system call {number}", _libc.syscall(ctypes.c_long(number), *passed))


def drop_capabilities(*kept: int) -> None:
    """Give up what root may do, but for those of these capabilities that we have (below 32). Raises OSError."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3 of linux/capability.h; this thread
    held = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable, in two halves
    _checked("capget", _libc.capget(ctypes.byref(header), ctypes.byref(held)))
    mask = sum(1 << capability for capability in kept)
    left = (ctypes.c_uint32 * 6)(*(word & mask for word in held[:3]))
    _checked("capset", _libc.capset(ctypes.byref(header), ctypes.byref(left)))


def trim_heap() -> None:
    """Give freed memory back, which glibc would keep; nothing where there is another libc."""
    if hasattr(_libc, "malloc_trim"):
        _libc.malloc_trim(0)


def _checked(name: str, result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return int(result)
