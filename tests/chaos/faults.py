"""The faults: kill -9, freeze, full disks, clock steps; aimed at moments at which rows are being worked on.

A fault on workers stops the processes first, looks into the database who holds what, and then strikes: what it saw is
what it hit, because a stopped process cannot finish in between.
"""

import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock, Thread

import httpx
import psycopg2

from tests.chaos.audit import Audit, Held
from tests.chaos.disks import SmallDisk
from tests.chaos.victims import Process, Victims, busiest

AIM_SECONDS = 12.0  # how long a fault waits for a row to be worked on before it strikes anyway
MOST_CRASHES = 2  # a row that has crashed so often in a row is spared: one more is the product's cap, not a loss
# Where no page worker runs, the document workers read all pages.
_QUEUES = {"worker": ("documents",), "pager": ("pages",), "embedder": ("embed",)}
_STORES = {"redis", "minio", "postgres"}
FORWARD, BACK = 3600.0, -600.0  # seconds that the clock jumps


@dataclass(slots=True)
class Fault:
    """What was done, when (seconds of the epoch), and who held what in that moment: document ids by lease token."""

    kind: str
    begun: float
    ended: float = 0.0
    touched: dict[str, str] = field(default_factory=dict)
    note: str = ""

    @property
    def lane(self) -> str:
        """What it struck."""
        words = self.kind.split()
        return "clock" if words[0] == "clock" else f"{words[1]} disk" if words[0] == "fill" else words[1]

    @property
    def is_kill(self) -> bool:
        """Whether it is a kill -9."""
        return self.kind.startswith("kill")

    @property
    def of_workers(self) -> bool:
        """Whether it struck processes that hold leases."""
        return self.lane in _QUEUES


class Striker:
    """Carries faults out; `faults` is the record."""

    def __init__(self, victims: Victims, audit: Audit, env: dict[str, str], disks: dict[str, SmallDisk], seed: int) -> None:
        self._victims = victims
        self._audit = audit
        self._env = env
        self._disks = disks
        self._rng = random.Random(seed)
        self._struck: dict[str, float] = {}  # lease token → its end when its holder was struck
        self._free = {kind: Lock() for kind in _QUEUES}
        self._running: list[Thread] = []
        self._lease = float(env.get("BANDEJA_LEASE_SECONDS", "20"))
        self.faults: list[Fault] = []

    def strike(self, kind: str) -> None:
        """Do it; a lasting one goes on behind, what is killed is started again by its supervisor."""
        word, target, *rest = kind.split()
        match word:
            case "kill" if target in _QUEUES:
                self._kill_worker(kind, target, " ".join(rest))
            case "kill":
                self._kill_service(kind, target, " ".join(rest))
            case "freeze":
                self._behind(lambda: self._freeze(kind, target, " ".join(rest)))
            case "fill":
                self._behind(lambda: self._fill(kind, target))
            case _:
                self._step_clock(kind, FORWARD if target == "forward" else BACK)

    def finish(self) -> None:
        """Wait for lasting faults to end."""
        for thread in self._running:
            thread.join()

    def _behind(self, work: Callable[[], None]) -> None:
        thread = Thread(target=work, daemon=True)
        thread.start()
        self._running.append(thread)
        time.sleep(0.3)  # so that it is under way when the next one comes

    # --- workers ---------------------------------------------------------------------------------

    def _kill_worker(self, kind: str, target: str, whom: str) -> None:
        with self._free[target]:
            main, stopped, held = self._caught(target)
            fault = Fault(kind, time.time())
            children = [busiest(stopped, self._rng)] if stopped and whom == "child" else stopped if whom else []
            for one in children if whom == "child" else (main, *children):
                one.send(signal.SIGKILL)
            for one in stopped:
                one.send(signal.SIGCONT)
            self._note(fault, held)
            fault.ended = fault.begun

    def _caught(self, target: str) -> tuple[Process, list[Process], list[Held]]:
        """The main process, its children stopped at a moment at which one of them holds a row, and what is held."""
        deadline = time.monotonic() + AIM_SECONDS
        queues = _QUEUES["worker" if target == "pager" and not self._victims.has_pager else target]
        while True:
            self._until_held(queues, deadline)
            main = self._victims.main(target, self._rng)
            children = self._victims.children(main)
            for child in children:
                child.send(signal.SIGSTOP)
            held = self._alive(queues)
            if time.monotonic() > deadline or (held and all(one.crashes < MOST_CRASHES for one in held)):
                return main, children, held
            for child in children:
                child.send(signal.SIGCONT)
            time.sleep(0.05)

    def _until_held(self, queues: tuple[str, ...], deadline: float) -> None:
        while time.monotonic() < deadline and not self._alive(queues):
            time.sleep(0.01)

    def _alive(self, queues: tuple[str, ...] = ()) -> list[Held]:
        """Leases whose holder works: one that was struck counts again only when it was renewed."""
        try:
            held = self._audit.held()
        except psycopg2.Error:
            return []
        return [one for one in held if (not queues or one.queue in queues) and one.until > self._struck.get(one.token, 0) + 0.01]

    def _note(self, fault: Fault, held: list[Held]) -> None:
        fault.touched = {one.token: one.document_id for one in held}
        if fault.of_workers:
            self._struck |= {one.token: one.until for one in held}
        self.faults.append(fault)

    def _freeze(self, kind: str, target: str, whom: str) -> None:
        """Stop it until its lease has run out and another has the row, then let it go on as if nothing had been."""
        with self._free[target]:
            main, stopped, held = self._caught(target)
            fault = Fault(kind, time.time())
            frozen = stopped if not whom else [busiest(stopped, self._rng)] if stopped else []
            for one in stopped:
                if one not in frozen:
                    one.send(signal.SIGCONT)
            if not whom:
                main.send(signal.SIGSTOP)
            self._note(fault, held)
            if not whom:
                time.sleep(self._lease + self._rng.uniform(3, 6))
        if whom:
            time.sleep(self._lease + self._rng.uniform(3, 6))
        for one in (*frozen, main):
            one.send(signal.SIGCONT)
        fault.ended = time.time()

    # --- services --------------------------------------------------------------------------------

    def _kill_service(self, kind: str, target: str, part: str) -> None:
        deadline = time.monotonic() + (AIM_SECONDS if target in _STORES else 0)
        while time.monotonic() < deadline and not self._alive():
            time.sleep(0.01)
        victim = self._victims.main(target, self._rng)
        if part:
            victim = self._rng.choice(self._victims.children(victim))
        fault = Fault(kind, time.time())
        self._note(fault, self._alive() if target in _STORES else [])
        victim.send(signal.SIGKILL)
        if target in _STORES:
            self._until_back(target)
            fault.ended = time.time()
        else:
            fault.ended = fault.begun

    def _until_back(self, target: str, seconds: float = 120) -> None:
        time.sleep(0.3)
        deadline = time.monotonic() + seconds
        while not self._answers(target):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{target} did not come back")
            time.sleep(0.1)

    def _answers(self, target: str) -> bool:
        if target == "postgres":
            return self._audit.answers()
        if target == "redis":
            return bool(self._victims.main("redis", self._rng))
        try:
            return httpx.get(f"http://{self._env['MINIO_ENDPOINT']}/minio/health/ready", timeout=2).is_success
        except httpx.HTTPError:
            return False

    # --- disks and clocks ------------------------------------------------------------------------

    def _fill(self, kind: str, target: str) -> None:
        disk = self._disks.get(target)
        if disk is None or not disk.mounted:
            return
        fault = Fault(kind, time.time())
        self._note(fault, self._alive() if target == "database" else [])
        disk.fill()
        time.sleep(self._rng.uniform(4, 6))
        disk.free()
        if target == "database":
            self._until_back("postgres")
        fault.ended = time.time()

    def _step_clock(self, kind: str, seconds: float) -> None:
        deadline = time.monotonic() + AIM_SECONDS
        while time.monotonic() < deadline and (not (held := self._alive()) or any(one.crashes >= MOST_CRASHES for one in held)):
            time.sleep(0.02)
        fault = Fault(kind, time.time(), note=f"{seconds:+.0f} s")
        held = self._alive()
        self._audit.shift_clock(seconds)
        self._note(fault, held)
        fault.ended = time.time()
