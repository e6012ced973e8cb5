"""The parser process, seen from outside: start it, ask it, end it when it takes too long or too much."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import structlog

from ingest.adapters.parser.confinement import OWN_USER, Wall
from ingest.adapters.parser.messages import EXTRAS, LENGTHS, Header, MessageTooLong, check_lengths, pack, unpack_header
from ingest.adapters.parser.meter import Meter
from ingest.errors import ParserMemory, ParserTimeout, TransientError

log = structlog.get_logger(__name__)

CHILD = "ingest.adapters.parser.child"
# Importing PyMuPDF and Pillow takes 0.3 s on an idle core; a machine short of memory or cores takes far longer.
START_SECONDS = 30.0
_LOOK_SECONDS = 0.2  # how often the child's CPU time is looked at while it works
_PAGE_SIZE = os.sysconf("SC_PAGE_SIZE")
# All that the child needs to find its Python and its libraries. It reads hostile files: no secret of ours goes along.
_ENVIRONMENT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV")


class ParserDied(Exception):
    """The process ended without an answer; `by_signal` is the signal that ended it, or 0."""

    def __init__(self, by_signal: int) -> None:
        super().__init__(f"signal {by_signal}")
        self.by_signal = by_signal


class ParserProcess:
    """One child process that opens hostile files; asked one thing at a time.

    Started by `start` or the first `ask`, so that its start is paid once and not for every document. It ends
    with us, because the kernel kills it (PR_SET_PDEATHSIG) and its standard input ends.
    """

    def __init__(self, memory_bytes: int) -> None:
        """`memory_bytes` limits the child's address space (RLIMIT_AS), its libraries' 200 MB included."""
        self._memory_bytes = memory_bytes
        self._child: subprocess.Popen[bytes] | None = None
        self._requests: socket.socket | None = None
        self._extras: tuple[str, ...] = ()
        self._walls: Sequence[Wall] = ()
        self._owner = 0
        self._is_ready = False
        self._fresh_bytes = 0
        self._starts = 0
        self._spent = 0.0

    def start(self) -> None:
        """Start the child if there is none; does not wait until it is ready."""
        if self._child is not None and self._owner == os.getpid() and self._child.poll() is None:
            return
        self.stop()
        self._owner = os.getpid()
        self._is_ready = False
        self._starts += 1
        # A socket, because files are sent through it, open.
        self._requests, theirs = socket.socketpair()
        with theirs:
            self._child = subprocess.Popen(
                [sys.executable, "-m", CHILD, str(self._memory_bytes), *self._extras],
                stdin=theirs.fileno(),
                stdout=subprocess.PIPE,
                bufsize=0,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
                # NumPy's OpenBLAS would start a thread a core on import, which the child may not.
                | {"LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"},
            )

    def stop(self) -> None:
        """End the child and collect it; one inherited by fork is only forgotten."""
        child, self._child = self._child, None
        if self._requests is not None:
            self._requests.close()
        if child is None:
            return
        if self._owner == os.getpid():
            child.kill()
            child.wait()
        else:
            child.returncode = 0  # not ours to wait for, and Popen would complain
        if child.stdout is not None:
            with contextlib.suppress(OSError):
                child.stdout.close()

    @property
    def pid(self) -> int | None:
        """The child's process id, or None."""
        return None if self._child is None else self._child.pid

    @property
    def starts(self) -> int:
        """How many children there have been: one that answers under another number knows nothing of the file."""
        return self._starts

    @property
    def spent_seconds(self) -> float:
        """What all answers so far have cost, as `Meter` counts."""
        return self._spent

    @property
    def growth_bytes(self) -> int:
        """Memory that the child holds beyond what it held when it was ready; 0 where that cannot be told."""
        return max(0, self._resident_bytes() - self._fresh_bytes) if self._is_ready else 0

    def _resident_bytes(self) -> int:
        try:
            return int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE_SIZE
        except (OSError, IndexError, ValueError):
            return 0

    def walls(self) -> Sequence[Wall]:
        """What confines the child on this machine, as it said when it was ready. Raises TransientError."""
        self.start()
        if not self._is_ready:
            self._wait_until_ready()
        return self._walls

    def load(self, extra: str) -> bool:
        """Whether another child would have this one of `EXTRAS`, which this one does not; it is ended then."""
        if extra in self._extras or extra not in EXTRAS:
            return False
        self._extras = (*self._extras, extra)
        self.stop()
        return True

    def unload(self, extra: str) -> None:
        """End the child if it has this extra; the next one does without."""
        if extra in self._extras:
            self._extras = tuple(other for other in self._extras if other != extra)
            self.stop()

    def ask(self, request: Header, seconds: float, file: int | None = None) -> tuple[Header, bytes]:
        """The child's answer, who is sent the open file's descriptor.

        Raises ParserTimeout after `seconds` of CPU time, ParserMemory, ParserDied. Whatever interrupts the wait ends
        the child too: its answer would be taken for the next question's.
        """
        self.start()
        try:
            if not self._is_ready:
                self._wait_until_ready()
            meter = Meter(self._pid(), seconds)
            try:
                return self._exchange(request, file, meter)
            finally:
                self._spent += meter.spent_seconds()
        except BaseException:
            self.stop()
            raise

    def _pid(self) -> int:
        assert self._child is not None  # noqa: S101  started by `ask`
        return self._child.pid

    def _wait_until_ready(self) -> None:
        try:
            said, _ = self._receive(Meter(self._pid(), START_SECONDS))
        except (ParserDied, ParserTimeout) as error:
            raise TransientError(f"the parser process did not start: {error}") from error
        if "unconfined" in said:
            raise TransientError(f"the parser process could not be confined: {said['unconfined']}")
        self._look_at(tuple(Wall.of(wall) for wall in said.get("walls", ())))
        self._fresh_bytes = self._resident_bytes()
        self._is_ready = True

    def _look_at(self, walls: Sequence[Wall]) -> None:
        """Tell, once, what this kernel does not have; a worker that is not root's is no news."""
        missing = {wall.name: wall.detail for wall in walls if not wall.holds and wall.name != OWN_USER}
        if missing and walls != self._walls:
            log.warning("parser_less_confined", missing=missing)
        self._walls = walls

    def _exchange(self, request: Header, file: int | None, meter: Meter) -> tuple[Header, bytes]:
        assert self._requests is not None  # noqa: S101  made by `start`
        message = b"".join(pack(request))
        try:
            # Always less than a socket holds, so this does not block.
            socket.send_fds(self._requests, [message], [] if file is None else [file])
        except (BrokenPipeError, ConnectionResetError):
            raise self._death() from None
        return self._receive(meter)

    def _receive(self, meter: Meter) -> tuple[Header, bytes]:
        try:
            header_bytes, body_bytes = LENGTHS.unpack(self._read(LENGTHS.size, meter))
            check_lengths(header_bytes, body_bytes)
            header = unpack_header(self._read(header_bytes, meter))
        except (ValueError, RecursionError, MessageTooLong) as error:
            raise ParserMemory(f"unreadable answer: {type(error).__name__}") from error
        return header, bytes(self._read(body_bytes, meter))

    def _read(self, size: int, meter: Meter) -> bytearray:
        assert self._child is not None  # noqa: S101  started by `ask`
        assert self._child.stdout is not None  # noqa: S101
        descriptor = self._child.stdout.fileno()
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        buffer = bytearray(size)
        view, got = memoryview(buffer), 0
        while got < size:
            meter.check()
            if not poll.poll(_LOOK_SECONDS * 1000):
                continue
            count = os.readv(descriptor, [view[got:]])
            if count == 0:
                raise self._death()
            got += count
        return buffer

    def _death(self) -> ParserDied:
        assert self._child is not None  # noqa: S101  started by `ask`
        self._child.kill()
        return ParserDied(max(0, -self._child.wait()))


def is_out_of_memory(died: ParserDied) -> bool:
    """Whether the death looks like the kernel's or C++'s answer to a lack of memory."""
    return died.by_signal in (signal.SIGKILL, signal.SIGABRT)
