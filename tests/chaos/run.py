"""One run from an empty stack to the last check."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Queue

from ingest.adapters.redis_tallies import RedisTallies
from ingest.domain.queues import QUEUES
from ingest.services.backing import REDIS_KEY_PREFIX
from tests.chaos import checks, facts
from tests.chaos.attackers import Attackers
from tests.chaos.audit import Audit
from tests.chaos.checks import Facts
from tests.chaos.doors import Doors
from tests.chaos.faults import Striker
from tests.chaos.letters import Letter
from tests.chaos.proxy import EventProxy
from tests.chaos.script import Delete, Send, Step, Strike, write
from tests.chaos.stage import Stage
from tests.chaos.victims import Victims
from tests.chaos.watch import Watch

MOST_OPEN = 10  # documents on their way before the next one is sent: an office's day, not its archive
HELD_BACK = 60.0  # seconds after which the next one is sent all the same
_AHEAD = 2  # faults that may be due while one still looks for its moment; then no more documents are sent
PATIENCE = 300.0  # seconds without any change after which what has not ended is held to be lost

Say = Callable[[str], None]


@dataclass(slots=True)
class Outcome:
    """What a run leaves to be told."""

    steps: list[Step]
    letters: list[Letter]
    begun: float
    watch: Watch
    striker: Striker
    proxy: EventProxy
    doors: Doors
    facts: Facts
    problems: list[str] = field(default_factory=list)
    tesseract_calls: int = 0
    disks: dict[str, bool] = field(default_factory=dict)
    settled: float = 0.0
    honest_seconds: dict[str, float] = field(default_factory=dict)


class Run:
    """Carries the script out on a stage."""

    def __init__(self, stage: Stage, count: int, seed: int, say: Say) -> None:
        self.say = say
        self._stage = stage
        self.steps = write(count, seed)
        self.attackers = Attackers(count)
        self.letters = [*(step.letter for step in self.steps if isinstance(step, Send)), *self.attackers.letters]
        self._known = checks.Letters(
            {letter.etag: letter.word for letter in self.letters}, {letter.etag: letter.code for letter in self.letters}
        )
        self.begun = time.time()
        words: dict[str, set[str]] = {}
        for letter in self.letters:
            words.setdefault(letter.word, set()).add(letter.etag)
        self._audit = Audit(stage.env["DATABASE_URL"])
        self._audit.install()
        self._doors = Doors(stage.env)
        self._striker = Striker(Victims(stage.stack), self._audit_of_its_own(), stage.env, stage.disks, seed)
        self._sent = 0
        self._tallies = RedisTallies(stage.env["REDIS_URL"], REDIS_KEY_PREFIX)
        self._watch = Watch(self._audit_of_its_own(), self._doors, words, say, self._status, self._messages)
        self._futures: dict[int, Future[None]] = {}

    def _audit_of_its_own(self) -> Audit:
        return Audit(self._stage.env["DATABASE_URL"])

    def _status(self) -> str:
        return f"sent {self._sent}/{sum(isinstance(step, Send) for step in self.steps)} · faults {len(self._striker.faults)} · events {self._stage.proxy.received}"

    def _messages(self) -> int:
        depths = self._tallies.depths(QUEUES)
        return sum(depths[queue] for queue in QUEUES)

    def carry_out(self) -> Outcome:
        """Let the attackers come, do every step, wait until all has ended, look at everything."""
        self._watch.start()
        self.say("Honest letters alone, then attackers and honest letters")
        self.attackers.come(self._doors)
        strikes: Queue[str] = Queue(_AHEAD)
        with ThreadPoolExecutor(4) as clients, ThreadPoolExecutor(1) as enemy:
            striking = enemy.submit(self._strike_all, strikes)
            for step in self.steps:
                self._do(step, clients, strikes)
            strikes.put("")
        for future in (*self._futures.values(), striking):
            future.result()
        self._striker.finish()
        self.say("All is sent and every fault is over; waiting until all has ended")
        found, problems = self._until_settled()
        self._watch.stop()
        return self._outcome(found, problems)

    def _strike_all(self, strikes: "Queue[str]") -> None:
        while kind := strikes.get():
            self._striker.strike(kind)

    def _do(self, step: Step, pool: ThreadPoolExecutor, strikes: "Queue[str]") -> None:
        match step:
            case Send(letter=letter, burst=burst):
                if not burst:
                    self._wait_for_room()
                self._sent += 1
                self._futures[letter.number] = pool.submit(self._doors.send, step)
            case Delete(letter=letter):
                sent = self._futures[letter.number]
                self._futures[-letter.number - 1] = pool.submit(self._delete_after, sent, letter)
            case Strike(kind=kind):
                strikes.put(kind)

    def _delete_after(self, sent: Future[None], letter: Letter) -> None:
        sent.result()
        self._doors.delete(letter)

    def _wait_for_room(self) -> None:
        deadline = time.monotonic() + HELD_BACK
        while self._watch.open_rows() >= MOST_OPEN and time.monotonic() < deadline:
            time.sleep(0.1)

    def _until_settled(self) -> tuple[Facts, list[str]]:
        """Look again and again until nothing is wrong, or until nothing has changed for long."""
        before: list[str] = []
        moved = time.time()
        while True:
            found = facts.look(self._doors, self._audit)
            problems = self._wrong_with(found)
            if not problems:
                found.hits = facts.hits(self._doors, (letter.word for letter in self.letters))
                problems = checks.search(self._wanted(found), found.rows, self._known, found.hits)
            if not problems and self._events_are_over():
                return found, []
            if problems != before:
                before, moved = problems, time.time()
                shown = problems[:3] or ["events under way"]
                self.say(f"{len(problems)} not yet as they must be: {'; '.join(shown)}")
            if any(row.waiting for row in found.rows):
                moved = time.time()
            if time.time() - max(moved, self._watch.last_change()) > PATIENCE:
                return found, problems or ["events: some were never taken"]
            time.sleep(2)

    def _wanted(self, found: Facts) -> list[checks.Wanted]:
        return checks.wanted(found.versions, self._known, self._doors.replacing_prefixes)

    def _wrong_with(self, found: Facts) -> list[str]:
        ledger = self._doors.ledger
        return [
            *checks.kept(ledger.taken, found.versions, ledger.erased_keys),
            *checks.lost(self._wanted(found), found.rows),
            *checks.leftovers(found.rows, found.versions),
            *checks.results(found.rows, found.results),
        ]

    def _events_are_over(self) -> bool:
        return self._stage.proxy.idle() and self._stage.waiting_events() == 0

    def _outcome(self, found: Facts, problems: list[str]) -> Outcome:
        watch = self._watch
        problems = [
            *watch.problems,
            *self.attackers.problems,
            *problems,
            *checks.doubled(found.rows, found.results, watch.changes),
        ]
        return Outcome(
            self.steps,
            self.letters,
            self.begun,
            watch,
            self._striker,
            self._stage.proxy,
            self._doors,
            found,
            problems,
            self._stage.tesseract_calls(),
            {name: disk.mounted for name, disk in self._stage.disks.items()},
            time.time(),
            self.attackers.found_seconds,
        )
