"""The whole system, from upload until searchable and completed, beside bare Tesseract and beside plain processes."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from minio import Minio

from ingest.domain.objects import object_document_id
from ingest.stack.layout import load_plan
from ingest.stack.stack import Stack
from tests.bench import intake_latency
from tests.bench.reading import usage
from tests.bench.reading.scans import ScanSet, error_rate
from tests.bench.reading.yardsticks import Measured, bare_tesseract

PATIENCE = 1800.0
_TYPES = {".pdf": "application/pdf", ".jpg": "image/jpeg"}


class System:
    """One running stack as a client, and its processes."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.env = stack.environment
        headers = {"X-API-Key": self.env["BANDEJA_API_KEY"]}
        self.api = httpx.Client(base_url=self.env["BANDEJA_API_URL"], headers=headers, timeout=60)
        self.store = httpx.Client(timeout=60)
        credentials = self.env["MINIO_ACCESS_KEY"], self.env["MINIO_SECRET_KEY"]
        self.bucket = Minio(self.env["MINIO_ENDPOINT"], *credentials, secure=False)

    def send(self, files: list[tuple[str, bytes]]) -> list[str]:
        """Upload them, four at a time; returns their task ids."""
        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(lambda one: self._upload(*one), files))

    def _upload(self, name: str, body: bytes) -> str:
        wanted = {"filename": name, "content_type": _TYPES[Path(name).suffix], "size": len(body), "method": "put"}
        made = self.api.post("/api/v1/uploads", json=wanted).raise_for_status().json()
        self.store.put(made["upload"]["url"], content=body, headers=made["upload"]["headers"]).raise_for_status()
        return str(made["task_id"])

    def drop(self, key: str, body: bytes) -> str:
        """Put an object as anybody with a key may; returns the task id that it will have."""
        made = self.bucket.put_object(self.env["MINIO_BUCKET"], key, BytesIO(body), len(body))
        return str(object_document_id(self.env["MINIO_BUCKET"], key, str(made.version_id)))

    def is_known(self, task_id: str) -> bool:
        return self.api.get(f"/api/v1/tasks/{task_id}").status_code == 200

    def task(self, task_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get(f"/api/v1/tasks/{task_id}").raise_for_status().json()
        return found

    def until(self, tasks: list[str], reached: Callable[[dict[str, Any]], bool], every: float = 0.2) -> None:
        """Wait until each task is so; a task that failed breaks the measurement off."""
        deadline = time.monotonic() + PATIENCE
        for task_id in tasks:
            while not reached(task := self.task(task_id)):
                if task["status"] == "error" or time.monotonic() > deadline:
                    raise RuntimeError(f"{task['filename']} did not get there: {task}")
                time.sleep(every)

    def text(self, task_id: str) -> str:
        return str(self.api.get(f"/api/v1/documents/{task_id}/text").raise_for_status().text)

    def workers(self, *names: str) -> list[int]:
        """The processes of these programs and all below them."""
        return usage.descendants(service.pid for service in self.stack.services() if service.name in names)

    @contextmanager
    def embedder_paused(self) -> Iterator[None]:
        """Nothing is embedded within the block: what reading takes is told apart from what vectors take."""
        pids = self.workers("embedder")
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)


READERS = ("worker", "pager")
EMBEDDER = ("embedder",)


def read_through(system: System, scans: ScanSet, name: str) -> tuple[Measured, list[str]]:
    """From the first announcement until the last document is searchable; and the documents."""
    bodies = [(path.name, path.read_bytes()) for path in scans.files]
    with usage.of_processes(lambda: system.workers(*READERS)) as used:
        tasks = system.send(bodies)
        system.until(tasks, lambda task: bool(task["searchable"]))
    texts = dict(zip(scans.files, map(system.text, tasks), strict=True))
    return Measured(name, scans.name, scans.pages, used.seconds, used.cpu, error_rate(texts), used.memory), tasks


def against_bare(system: System, sets: list[ScanSet], say: Callable[[str], None]) -> list[dict[str, Any]]:
    """For each set: bare, the system without vectors, the system with them, bare again; throughput as a ratio to bare.

    `embedder_cpu` is what the vectors of one such set take, in CPU seconds. Nothing of one measurement is left to do
    when the next one begins.
    """
    found = []
    for scans in sets:
        before = bare_tesseract(scans)
        with usage.of_processes(lambda: system.workers(*EMBEDDER)) as embedder:
            with system.embedder_paused():
                reading, tasks = read_through(system, scans, "Bandeja, vectors paused")
            system.until(tasks, _is_completed)
        with_vectors, tasks = read_through(system, altered(scans), "Bandeja, vectors behind it")
        system.until(tasks, _is_completed)
        after = bare_tesseract(scans)
        bare_rate = (before.pages_a_minute + after.pages_a_minute) / 2
        found.append(
            {
                "scans": scans.name,
                "bare": [before.row(), after.row()],
                "reading": reading.row(),
                "with_vectors": with_vectors.row(),
                "ratio": reading.pages_a_minute / bare_rate,
                "ratio_with_vectors": with_vectors.pages_a_minute / bare_rate,
                "embedder_cpu": embedder.cpu,
            }
        )
        say(f"{scans.name}: {found[-1]['ratio']:.3f} of bare, with vectors {found[-1]['ratio_with_vectors']:.3f}")
    return found


def _is_completed(task: dict[str, Any]) -> bool:
    return bool(task["status"] == "completed")


def altered(scans: ScanSet) -> ScanSet:
    """The same files with other bytes, or their pages would be known already."""
    folder = scans.folder.with_name(f"{scans.folder.name}-again")
    folder.mkdir(exist_ok=True)
    for path in scans.files:
        (folder / path.name).write_bytes(path.read_bytes() + b"\n% again\n")
        (folder / path.with_suffix(".txt").name).write_bytes(path.with_suffix(".txt").read_bytes())
    return ScanSet(scans.name, folder, scans.pages)


def born_digital(system: System, count: int) -> dict[str, Any]:
    """`count` documents through the system, against the same stages called one after the other in plain processes.

    Other documents of the same kind each time, or pages and vectors would be known already.
    """
    plan = load_plan(system.stack.layout)
    assert plan is not None
    plain = in_plain_processes(system, _born_digital(count), plan.workers * plan.concurrency)
    bodies = _born_digital(count)
    begun = time.perf_counter()
    tasks = system.send(bodies)
    system.until(tasks, lambda task: bool(task["searchable"]), every=0.05)
    searchable = time.perf_counter() - begun
    system.until(tasks, _is_completed)
    completed = time.perf_counter() - begun
    return {"documents": count, "plain": plain, "searchable": searchable, "completed": completed, "ratio": completed / plain}


def _born_digital(count: int) -> list[tuple[str, bytes]]:
    rng = random.SystemRandom()
    return [(f"{number}.pdf", intake_latency.document(rng)[1]) for number in range(count)]


def in_plain_processes(system: System, bodies: list[tuple[str, bytes]], processes: int) -> float:
    """Seconds that all stages take there; imports and models are loaded before, as the workers have theirs."""
    with TemporaryDirectory(prefix="bandeja-plain-") as name, ExitStack() as ended:
        for file, body in bodies:
            (Path(name) / file).write_bytes(body)
        files = [str(Path(name) / file) for file, _ in bodies]
        environment = {**os.environ, **system.env, "OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1"}
        running = [
            ended.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "tests.bench.reading.plain_stages", *files[number::processes]],
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for number in range(processes)
        ]
        for process in running:
            assert process.stdout is not None
            process.stdout.readline()
        begun = time.perf_counter()
        for process in running:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        codes = [process.wait() for process in running]
        if any(codes):
            raise RuntimeError("a plain process failed")
        return time.perf_counter() - begun


def thousand_pages(system: System, scan: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Memory (PSS) of each reading program with all its children, Tesseract apart, as one large scan goes through."""
    task_id = system.send([(scan.name, scan.read_bytes())])[0]
    roots = {service.name: service.pid for service in system.stack.services() if service.name in READERS}
    sizes: dict[str, list[tuple[int, int]]] = {name: [] for name in roots}
    etas: list[tuple[float, float, int]] = []
    begun = time.perf_counter()
    while not (task := system.task(task_id))["searchable"]:
        if task["status"] == "error":
            raise RuntimeError(f"the large scan failed: {task}")
        for name, pid in roots.items():
            size = usage.memory_bytes(usage.descendants([pid], without="tesseract"))
            sizes[name].append((task["pages_done"], size))
        if task["eta_seconds"] is not None:
            etas.append((time.perf_counter() - begun, task["eta_seconds"], task["pages_done"]))
        time.sleep(1)
    seconds = time.perf_counter() - begun
    total = task["pages_total"]
    judged = [(moment, eta) for moment, eta, pages in etas if pages >= total / 10 and moment < 0.95 * seconds]
    off = [abs(eta - (seconds - moment)) / (seconds - moment) for moment, eta in judged]
    say(f"{total} pages in {seconds:.0f} s")
    return {
        "pages": total,
        "seconds": seconds,
        "memory": {name: _memory_along(samples, total) for name, samples in sizes.items()},
        "eta_off_median": sorted(off)[len(off) // 2] if off else None,
        "eta_off_worst": max(off, default=None),
    }


def _memory_along(samples: list[tuple[int, int]], total: int) -> dict[str, int]:
    """The most bytes about page 100, in the last twentieth, and ever."""
    early = [size for pages, size in samples if 80 <= pages <= 120]
    late = [size for pages, size in samples if pages >= 0.95 * total]
    return {"at_100": max(early, default=0), "at_the_end": max(late, default=0), "most": max(size for _, size in samples)}
