"""Landlock: no process outside that could be traced or signalled, no TCP port, and nothing of the file system.

The constants are those of linux/landlock.h; the calls have one number on every machine.
"""

import ctypes
import os

from ingest.adapters.confinement import kernel

_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_CREATE_RULESET_VERSION = 1
_READ = 1 << 2 | 1 << 3  # files, folders
_DEVICES = 1 << 6 | 1 << 11  # to make one, which nobody needs; without refusing something there is no domain
# What each version of the interface can refuse beyond the one before: files and folders; moving between folders;
# truncating; devices' ioctl. Then TCP's bind and connect; then abstract sockets and signals.
_FILES = {1: 0x1FFF, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
_NETWORK = {4: 0b11}
_SCOPES = {6: 0b11}


def version() -> int:
    """The version of the interface that this kernel has; 0 where it has none, or a container's filter refuses it."""
    try:
        return kernel.system_call(_CREATE_RULESET, None, 0, _CREATE_RULESET_VERSION)
    except OSError:
        return 0


def restrict(known: int, *, may_read: bool = False) -> None:
    """Allow this thread nothing of what the version `known` can refuse but, if told so, reading. Raises OSError.

    What is open already stays open. From the first version on it can trace nobody outside, and so read nobody's
    environment or memory and take nobody's descriptors.
    """
    _enter(_of(_FILES, known) & ~(_READ if may_read else 0), known)


def seclude(known: int) -> None:
    """Keep this thread, and what it becomes, from processes outside and from TCP, but leave it its files. Raises OSError."""
    _enter(_DEVICES, known)


def _enter(files: int, known: int) -> None:
    # An older kernel refuses fields that it does not know, unless they are 0.
    attributes = (ctypes.c_uint64 * 3)(files, _of(_NETWORK, known), _of(_SCOPES, known))
    ruleset = kernel.system_call(_CREATE_RULESET, ctypes.byref(attributes), ctypes.sizeof(attributes), 0)
    try:
        kernel.system_call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _of(rights: dict[int, int], known: int) -> int:
    return sum(right for since, right in rights.items() if since <= known)
