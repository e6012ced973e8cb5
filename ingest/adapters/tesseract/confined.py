"""Becomes a program that reaches no network and no process outside: `python -I -S confined.py PROGRAM ARGUMENT…`.

As far as this kernel can. Tesseract reads pixels that we made, and opens its models and our scratch files by name; so its
files stay open to it.
"""

import os
import sys

sys.path.insert(0, __file__.rsplit(os.sep, 4)[0])  # isolated: nothing of ours is on the path

from ingest.adapters.confinement import kernel, landlock, system_calls

_PR_SET_NO_NEW_PRIVS = 38  # linux/prctl.h
_FILES_AS_BEFORE = (1, 2)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH (linux/capability.h)
_REFUSED = (
    *("socket", "io_uring_setup", "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "process_madvise", "kcmp"),
    *("add_key", "request_key", "keyctl", "bpf", "userfaultfd", "perf_event_open", "open_by_handle_at"),
    *("mount", "unshare", "setns"),
)


def main() -> None:
    """Give up what Tesseract does not need, and become the program. Raises OSError."""
    kernel.drop_capabilities(*_FILES_AS_BEFORE)  # CAP_PERFMON reads other processes' environment in spite of Landlock
    kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1)
    if version := landlock.version():
        landlock.seclude(version)
    if here := system_calls.machine():
        system_calls.refuse(here, _REFUSED)
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606  no shell is wanted


if __name__ == "__main__":
    main()
