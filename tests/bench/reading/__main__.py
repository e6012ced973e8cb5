"""How fast, how right and how lean documents are read, beside others on the same pages in one run.

    python -m tests.bench.reading [--pages 12] [--large 48] [--seed 7] [--only side-by-side,system,born-digital,fairness,memory,collection]

Needs the scan maker, bare Tesseract and the collection under ../shared. Nothing is asserted: ratios are for reading, and
a wall clock on a busy machine is no test. OCRmyPDF and the picture need the extra `bench`.
"""

import argparse
import importlib.util
import json
import os
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ingest.stack.stack import Stack
from tests.bench.reading import collection, fairness, scans, through_system, yardsticks

PARTS = ("side-by-side", "system", "born-digital", "fairness", "collection", "memory")


def measure(parts: list[str], pages: int, large: int, seed: int, folder: Path) -> dict[str, Any]:
    """All numbers of these parts."""
    numbers: dict[str, Any] = {"cores": os.cpu_count(), "load": os.getloadavg()[0]}
    if "side-by-side" in parts:
        sets = [
            scans.make("plain", folder, pages // 2, 2, seed=seed),
            scans.make("hard", folder, pages // 2, 2, "--hard", seed=seed),
            scans.make("phone", folder, pages // 2, 2, "--phone", seed=seed),
        ]
        numbers["side_by_side"] = [one.row() for one in yardsticks.side_by_side(sets, print)]
    if set(parts) - {"side-by-side"}:
        with _system(folder) as system:
            numbers |= through(system, parts, large, seed, folder)
    return numbers


def through(system: through_system.System, parts: list[str], large: int, seed: int, folder: Path) -> dict[str, Any]:
    """The parts that need a running stack."""
    numbers: dict[str, Any] = {}
    if "system" in parts:
        small = scans.make("many small", folder, large // 2, 2, seed=seed + 1)
        one = scans.make("one large", folder, 1, large, seed=seed + 2)
        numbers["system"] = through_system.against_bare(system, [small, one], print)
    if "born-digital" in parts:
        numbers["born_digital"] = through_system.born_digital(system, 100)
        print(f"100 born-digital: {numbers['born_digital']['ratio']:.2f} times the plain processes", flush=True)
    if "collection" in parts:
        numbers["collection"] = collection.through(system)
    if "fairness" in parts:
        many = scans.thousand_pages(folder / "many.pdf", 400)
        numbers["fairness"] = fairness.beside_a_large_scan(system, many, print)
    if "memory" in parts:
        thousand = scans.thousand_pages(folder / "thousand.pdf")
        numbers["memory"] = through_system.thousand_pages(system, thousand, print)
    return numbers


@contextmanager
def _system(folder: Path) -> Iterator[through_system.System]:
    """A throw-away stack with the default settings, as a client sees it."""
    stack = Stack(folder / "stack")
    try:
        stack.up(print, port_base=random.SystemRandom().randrange(20_000, 29_000, 20))
        yield through_system.System(stack)
    finally:
        stack.destroy()


def report(numbers: dict[str, Any]) -> str:
    """The numbers as tables."""
    lines = [f"{numbers['cores']} cores, load {numbers['load']:.1f} before"]
    for row in numbers.get("side_by_side", []):
        errors = "" if row["errors"] is None else f"{100 * row['errors']:7.2f}"
        lines.append(
            f"{row['scans']:8}{row['system']:26}{row['cpu_a_page']:7.2f} CPU s a page {row['pages_a_minute']:7.1f} pages a minute"
            f" {errors:>7} % wrong {row['memory'] / 1e6:6.0f} MB"
        )
    for one in numbers.get("system", []):
        reading = one["reading"]
        lines.append(
            f"{one['scans']:12} upload until searchable: {one['ratio']:.3f} of bare Tesseract's throughput,"
            f" {one['ratio_with_vectors']:.3f} with vectors made behind it; {reading['cpu_a_page']:.2f} CPU s a page"
            f" (bare {sum(bare['cpu_a_page'] for bare in one['bare']) / 2:.2f}; vectors {one['embedder_cpu'] / reading['pages']:.2f}),"
            f" {100 * reading['errors']:.2f} % wrong"
        )
    if born := numbers.get("born_digital"):
        lines.append(
            f"100 born-digital: searchable {born['searchable']:.1f} s, completed {born['completed']:.1f} s;"
            f" plain processes {born['plain']:.1f} s; ratio {born['ratio']:.2f}"
        )
    if found := numbers.get("collection"):
        lines.append(
            f"collection: {found['files']} files in {found['seconds']:.0f} s; wrong: {found['wrong'] or 'none'};"
            f" over 30 s + 3 s a page: {found['over_30_s_and_3_s_a_page'] or 'none'}; children lost: {found['children_lost']};"
            f" largest process {found['largest_process'] / 1e6:.0f} MB"
        )
    if fair := numbers.get("fairness"):
        lines.append(
            f"{fair['documents']} born-digital beside a large scan, p95: searchable {fair['beside']['searchable']['p95']:.2f} s,"
            f" idle {fair['idle']['searchable']['p95']:.2f} s, ratio {fair['ratio']:.2f};"
            f" completed {fair['beside']['completed']['p95']:.2f} s, idle {fair['idle']['completed']['p95']:.2f} s,"
            f" ratio {fair['ratio_completed']:.2f}"
        )
    if memory := numbers.get("memory"):
        lines.append(
            f"{memory['pages']} pages in {memory['seconds']:.0f} s; time left was off by {100 * (memory['eta_off_worst'] or 0):.0f} %"
            " at worst after the first tenth"
        )
        for name, along in memory["memory"].items():
            at_100, at_the_end, most = (along[when] / 1e6 for when in ("at_100", "at_the_end", "most"))
            lines.append(f"    {name}: {at_100:.0f} MB at page 100, {at_the_end:.0f} MB at the end, most {most:.0f} MB")
    return "\n".join(lines)


def main() -> None:
    """Measure, print, keep."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--pages", type=int, default=12, help="of each kind of scan")
    arguments.add_argument("--large", type=int, default=48, help="pages for the system, as many small and as one large document")
    arguments.add_argument("--seed", type=int, default=7, help="other scans")
    arguments.add_argument("--only", default=",".join(PARTS))
    arguments.add_argument("--json", type=Path, default=Path("bench-reading.json"))
    arguments.add_argument("--plot", type=Path, default=Path("bench-reading.svg"))
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="bandeja-reading-") as name:
        numbers = measure(given.only.split(","), given.pages, given.large, given.seed, Path(name))
    given.json.write_text(json.dumps(numbers, indent=2), encoding="utf-8")
    print(report(numbers))
    if "side_by_side" in numbers and importlib.util.find_spec("matplotlib"):
        from tests.bench.reading import plot  # noqa: PLC0415  matplotlib is optional

        plot.draw(numbers, given.plot)


if __name__ == "__main__":
    main()
