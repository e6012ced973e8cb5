"""A user of its own for a process that root has started."""

import os
import re
from pathlib import Path

# systemd's UIDS-GIDS.md leaves 0x70000000 to 0x7FFFFFFF to nobody; a process id has at most 22 bits (PID_MAX_LIMIT).
_FIRST_UID = 0x70000000
_CAPABILITIES = (5, 6, 7)  # CAP_KILL, CAP_SETGID, CAP_SETUID (linux/capability.h)


def become_nobody_else() -> int | None:
    """Change to a user that no other process has, and return its number; None where we may not.

    Only with the right to signal any process, which our parent then has too: it must be able to end us.
    """
    if os.geteuid() != 0 or not _may():
        return None
    uid = _FIRST_UID + os.getpid()
    try:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    except OSError:
        return None  # a container in which this number means no user
    return uid


def _may() -> bool:
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    effective = re.search(r"^CapEff:\s*([0-9a-f]+)$", status, re.MULTILINE)
    held = int(effective[1], 16) if effective else 0
    return all(held >> capability & 1 for capability in _CAPABILITIES)
