"""Seconds from a PUT's end until its document is found, and until it is completed: one by one, then forty at once.

    python -m tests.bench.intake_latency [--documents 40] [--here] [--json bench.json]

A throw-away stack is started unless `--here` says to use the one that the environment names (`eval "$(bandeja env)"`).
Every document is a born-digital PDF of two pages with a word of its own; "found" is `GET /api/v1/search?mode=text`
for that word, asked every 10 ms. Nothing is asserted: a wall clock on a busy machine is no test.
"""

import argparse
import json
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx

from ingest.cli import samples
from ingest.stack.stack import Stack

POLL = 0.01
PATIENCE = 120.0
_SYLLABLES = [a + b for a in "bcdfglmnprstv" for b in "aeiou"]


@dataclass
class IntakeResult:
    """Seconds after the PUT's end; `put` is the PUT itself, `announce` the call before it."""

    announce: float
    put: float
    found: float
    completed: float


def own_word(rng: random.Random) -> str:
    """A word that no other document has: six random syllables."""
    return "".join(rng.choice(_SYLLABLES) for _ in range(6))


class Client:
    """Uploads and asks, as any client would."""

    def __init__(self, env: dict[str, str]) -> None:
        headers = {"X-API-Key": env["BANDEJA_API_KEY"]}
        self.api = httpx.Client(base_url=env["BANDEJA_API_URL"], headers=headers, timeout=30)
        self.store = httpx.Client(timeout=30)

    def announce(self, body: bytes) -> dict[str, Any]:
        """Ask for a presigned PUT."""
        wanted = {"filename": "oficio.pdf", "content_type": "application/pdf", "size": len(body), "method": "put"}
        answer = self.api.post("/api/v1/uploads", json=wanted)
        answer.raise_for_status()
        made: dict[str, Any] = answer.json()
        return made

    def put(self, announced: dict[str, Any], body: bytes) -> None:
        """Send the bytes straight to the store."""
        upload = announced["upload"]
        self.store.put(upload["url"], content=body, headers=upload["headers"]).raise_for_status()

    def finds(self, word: str, document_id: str) -> bool:
        """Whether search finds the document by its own word."""
        answer = self.api.get("/api/v1/search", params={"q": word, "mode": "text", "limit": 1})
        return any(hit["document_id"] == document_id for hit in answer.json()["hits"])

    def status(self, task_id: str) -> str:
        """Where it stands."""
        return str(self.api.get(f"/api/v1/tasks/{task_id}").json()["status"])


def until(question: Any, deadline: float) -> float:
    """The moment at which the question's answer became yes."""
    while not question():
        if time.perf_counter() > deadline:
            raise TimeoutError
        time.sleep(POLL)
    return time.perf_counter()


def document(rng: random.Random) -> tuple[str, bytes]:
    """A word and the two pages that hold it."""
    word = own_word(rng)
    subject = f"ASUNTO: {word}\n"
    first = samples.MAINTENANCE.replace("ASUNTO:", f"{subject}\nREF.:")
    return word, samples.letter(rng.randrange(1, 99_999), first, samples.MAINTENANCE_ANNEX)


def one_by_one(client: Client, rng: random.Random, count: int) -> Iterator[IntakeResult]:
    """Each document waits until the one before it is completed."""
    for _ in range(count):
        word, body = document(rng)
        begun = time.perf_counter()
        announced = client.announce(body)
        asked = time.perf_counter()
        client.put(announced, body)
        there = time.perf_counter()
        deadline = there + PATIENCE
        found = until(lambda word=word, one=announced: client.finds(word, one["document_id"]), deadline)
        done = until(lambda one=announced: client.status(one["task_id"]) == "completed", deadline)
        yield IntakeResult(asked - begun, there - asked, found - there, done - there)


def at_once(client: Client, rng: random.Random, count: int) -> tuple[float, float, float]:
    """Seconds of the PUTs, then from the last PUT's end until all are found, and until all are completed."""
    made = [document(rng) for _ in range(count)]
    announced = [client.announce(body) for _, body in made]
    begun = time.perf_counter()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(client.put, announced, (body for _, body in made)))
    there = time.perf_counter()
    deadline = there + PATIENCE
    # One after the other: what is measured is when the last is there, and asking must not keep the machine busy.
    for one, (word, _) in zip(announced, made, strict=True):
        found = until(lambda word=word, one=one: client.finds(word, one["document_id"]), deadline)
    for one in announced:
        done = until(lambda one=one: client.status(one["task_id"]) == "completed", deadline)
    return there - begun, found - there, done - there


def quantile(values: list[float], share: float) -> float:
    """The value below which `share` of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


@contextmanager
def environment(*, here: bool) -> Iterator[dict[str, str]]:
    """The settings of the stack to measure: the environment's, or a throw-away one's."""
    if here:
        yield dict(os.environ)
        return
    with tempfile.TemporaryDirectory(prefix="bandeja-bench-") as name:
        stack = Stack(Path(name))
        try:
            stack.up(print, port_base=random.SystemRandom().randrange(20_000, 29_000, 20))
            yield stack.environment
        finally:
            stack.destroy()


def measure(env: dict[str, str], count: int) -> dict[str, Any]:
    """All numbers, in seconds."""
    client, rng = Client(env), random.SystemRandom()
    list(one_by_one(client, rng, 3))  # the first loads what the rest find loaded
    single = list(one_by_one(client, rng, count))
    put, found, completed = at_once(client, rng, count)
    return {
        "documents": count,
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "one_by_one": {
            name: {
                "p50": statistics.median(values := [asdict(one)[name] for one in single]),
                "p95": quantile(values, 0.95),
                "max": max(values),
            }
            for name in ("announce", "put", "found", "completed")
        },
        "at_once": {"put": put, "all_found": found, "all_completed": completed},
    }


def report(numbers: dict[str, Any]) -> str:
    """The numbers as a table."""
    lines = [
        f"{numbers['documents']} born-digital PDFs of 2 pages, {numbers['cores']} cores, load {numbers['load']:.1f}; seconds"
    ]
    lines.append(f"{'one by one':22}{'p50':>8}{'p95':>8}{'max':>8}")
    words = {"announce": "POST /uploads", "put": "PUT", "found": "PUT's end → found", "completed": "PUT's end → completed"}
    for name, said in words.items():
        row = numbers["one_by_one"][name]
        lines.append(f"{said:22}{row['p50']:8.3f}{row['p95']:8.3f}{row['max']:8.3f}")
    together = numbers["at_once"]
    lines.append(f"all at once: PUTs {together['put']:.2f}, all found {together['all_found']:.2f}, ")
    lines[-1] += f"all completed {together['all_completed']:.2f} after the last PUT"
    return "\n".join(lines)


def main() -> None:
    """Measure, print, keep."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--documents", type=int, default=40)
    arguments.add_argument("--here", action="store_true", help="the stack that the environment names")
    arguments.add_argument("--json", type=Path, default=Path("bench.json"))
    given = arguments.parse_args()
    with environment(here=given.here) as env:
        numbers = measure(env, given.documents)
    given.json.write_text(json.dumps(numbers, indent=2), encoding="utf-8")
    print(report(numbers))


if __name__ == "__main__":
    main()
