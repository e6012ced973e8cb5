"""What came out of a run: as a table for people, as JSON for machines."""

import os
import platform
from collections import Counter
from typing import Any

from tests.chaos import picture, recovery
from tests.chaos.run import Outcome
from tests.chaos.script import Delete
from tests.chaos.watch import Sample

HITS_WANTED = 0.15  # kills that must hit a document in processing, a document sent: 30 of 200
_MOST_SHOWN = 30


def figures(outcome: Outcome, count: int, seed: int) -> dict[str, Any]:
    """All numbers of the run."""
    faults, changes = outcome.striker.faults, outcome.watch.changes
    hit = hits(outcome)
    recovered = [one.seconds for one in recovery.recoveries(faults, changes)]
    ordeals = recovery.ordeals(faults, changes)
    problems = list(outcome.problems)
    wanted = int(HITS_WANTED * count)
    if len(kills := [index for index in hit if faults[index].is_kill]) < wanted:
        problems.append(f"too gentle: {len(kills)} kills hit a document in processing, not {wanted}")
    crashes = sum(one.buried for one in changes)
    pages = sum(letter.read_by_ocr for letter in outcome.letters)
    statuses = Counter(row.status for row in outcome.facts.rows)
    return {
        "documents": count,
        "seed": seed,
        "seconds": round(outcome.settled - outcome.begun, 1),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "letters": dict(Counter(letter.kind for letter in outcome.letters)),
        "scans_of_three_pages_or_more": sum(letter.read_by_ocr >= 3 for letter in outcome.letters),
        "removed": sum(isinstance(step, Delete) for step in outcome.steps),
        "rows": dict(statuses),
        "events": {
            "received": outcome.proxy.received,
            "dropped": len(outcome.proxy.dropped),
            "delivered": outcome.proxy.delivered,
        },
        "client_calls_refused": outcome.doors.ledger.refused_attempts,
        "faults": _fault_table(outcome, hit),
        "kills": sum(fault.is_kill for fault in faults),
        "kills_in_processing": len(kills),
        "documents_hit": len({id_ for ids in recovery.brought_down(faults, changes).values() for id_ in ids}),
        "leases_lost": crashes,
        "could_not_be_made": sorted(f"fill {name} disk" for name, mounted in outcome.disks.items() if not mounted),
        "tesseract": {"calls": outcome.tesseract_calls, "pages": pages, "crashes": crashes},
        "recovery_seconds": _quantiles(recovered),
        "first_fault_to_end_seconds": _quantiles(ordeals),
        "found_seconds": _quantiles(_found(outcome)),
        "honest_letters_found_seconds": outcome.honest_seconds,
        "most_messages_a_waiting_document": round(outcome.watch.most_messages, 2),
        "lost": sum(problem.startswith(("lost", "wrong end")) for problem in problems),
        "doubled": sum(problem.startswith("doubled") for problem in problems),
        "flips": sum(problem.startswith("flip") for problem in problems),
        "problems": problems,
    }


def hits(outcome: Outcome) -> set[int]:
    """The indexes of the faults that hit a document in `processing`."""
    return {index for index, ids in recovery.brought_down(outcome.striker.faults, outcome.watch.changes).items() if ids}


def _fault_table(outcome: Outcome, hit: set[int]) -> list[dict[str, Any]]:
    faults = outcome.striker.faults
    down = recovery.brought_down(faults, outcome.watch.changes)
    recovered: dict[str, list[float]] = {}
    for one in recovery.recoveries(faults, outcome.watch.changes):
        recovered.setdefault(one.fault.kind, []).append(one.seconds)
    return [
        {
            "fault": kind,
            "count": number,
            "in_processing": sum(faults[index].kind == kind for index in hit),
            "documents": sum(len(down[index]) for index, fault in enumerate(faults) if fault.kind == kind),
            "recovery_max": round(max(recovered.get(kind, [0.0])), 1),
        }
        for kind, number in sorted(Counter(fault.kind for fault in faults).items())
    ]


def _found(outcome: Outcome) -> list[float]:
    """From the end of each transfer until it had its row."""
    ids = {(row.key, version.etag): row.id for row in outcome.facts.rows for version in outcome.facts.versions
           if (row.key, row.version_id) == (version.key, version.version_id)}  # fmt: skip
    queued: dict[str, float] = {}
    for one in outcome.watch.changes:
        if one.batch is None and one.after == "queued":
            queued.setdefault(one.document_id, one.at)
    taken = outcome.doors.ledger.taken
    return [max(0.0, queued[ids[where]] - at) for where, at in taken.items() if ids.get(where) in queued]


def _quantiles(values: list[float]) -> dict[str, float]:
    shares = {"p50": 0.5, "p95": 0.95, "max": 1.0}
    return {"count": len(values)} | {name: round(recovery.quantile(values, share), 1) for name, share in shares.items()}


def table(numbers: dict[str, Any]) -> str:
    """The same, to read."""
    lines = ["", f"{'fault':28}{'times':>7}{'in processing':>15}{'documents hit':>15}{'slowest recovery':>18}"]
    for row in numbers["faults"]:
        times = f"{row['fault']:28}{row['count']:7}{row['in_processing']:15}{row['documents']:15}"
        lines.append(times + (f"{row['recovery_max']:16.1f} s" if row["documents"] else f"{'':>18}"))
    events, tesseract, seconds = numbers["events"], numbers["tesseract"], numbers["recovery_seconds"]
    ordeal, found = numbers["first_fault_to_end_seconds"], numbers["found_seconds"]
    honest = numbers["honest_letters_found_seconds"]
    lines += [
        "",
        f"{numbers['documents']} documents ({numbers['scans_of_three_pages_or_more']} scans of three pages or more), "
        f"{numbers['removed']} removals, seed {numbers['seed']}, {numbers['seconds']:.0f} s on {numbers['cores']} cores",
        f"rows        {', '.join(f'{number} {status}' for status, number in sorted(numbers['rows'].items()))}",
        f"events      {events['received']} from MinIO, {events['dropped']} never handed on, the others three times: "
        f"{events['delivered']} taken by the listener",
        f"kills       {numbers['kills']}, of which {numbers['kills_in_processing']} hit documents in processing; "
        f"{numbers['documents_hit']} documents were hit by some fault",
        f"Tesseract   {tesseract['calls']} calls for {tesseract['pages']} pages and {tesseract['crashes']} crashes",
        f"recovery    p50 {seconds['p50']} s, p95 {seconds['p95']} s, max {seconds['max']} s (fault's end until all it hit had ended)",
        f"ordeal      p50 {ordeal['p50']} s, p95 {ordeal['p95']} s, max {ordeal['max']} s (first fault until the end, all others included)",
        f"found       p50 {found['p50']} s, p95 {found['p95']} s, max {found['max']} s (transfer's end until its row)",
        f"attackers   honest letters found after {honest['before']} s before them, {honest['among attackers']} s among them; "
        f"at most {numbers['most_messages_a_waiting_document']} messages a waiting document",
        f"result      {numbers['lost']} lost, {numbers['doubled']} doubled, {numbers['flips']} flips, "
        f"{len(numbers['problems'])} broken invariants",
    ]
    if numbers["could_not_be_made"]:
        lines.append(f"not made    {', '.join(numbers['could_not_be_made'])}: a small disk needs root")
    lines += [f"  ✗ {problem}" for problem in numbers["problems"][:_MOST_SHOWN]]
    return "\n".join(lines)


def drawing(outcome: Outcome, numbers: dict[str, Any]) -> str:
    """The run as a picture."""
    result = f"{numbers['lost']} lost, {numbers['doubled']} doubled, {numbers['flips']} flips"
    title = f"{numbers['documents']} documents under {len(outcome.striker.faults)} faults: {result}"
    seconds = numbers["recovery_seconds"]
    under = (
        f"{numbers['kills']} × kill -9, {numbers['kills_in_processing']} of them in processing · every event three times, shuffled, "
        f"one in ten never · recovery p50 {seconds['p50']:.0f} s, p95 {seconds['p95']:.0f} s · seed {numbers['seed']}, "
        f"{numbers['cores']} cores"
    )
    samples = _removed_before_known(outcome) if not numbers["problems"] else outcome.watch.samples
    return picture.draw(outcome.striker.faults, hits(outcome), samples, outcome.begun, title=title, under=under)


def _removed_before_known(outcome: Outcome) -> list[Sample]:
    """What is not known at the end of a run without a fault was removed before anybody heard of it: it is gone."""
    samples = outcome.watch.samples
    never = samples[-1].counts["unfound"] if samples else 0
    moved = []
    for sample in samples:
        gone = min(never, sample.counts["unfound"])
        counts = {**sample.counts, "unfound": sample.counts["unfound"] - gone, "gone": sample.counts["gone"] + gone}
        moved.append(Sample(sample.at, counts))
    return moved
