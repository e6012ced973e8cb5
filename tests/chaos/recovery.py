"""How soon what a fault touched had ended, and which kills hit: pure functions over the audit's record."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tests.chaos.audit import Change
from tests.chaos.checks import FINAL
from tests.chaos.faults import Fault


@dataclass(frozen=True, slots=True)
class Recovery:
    """Of one fault: the documents that it was the last to hit, and seconds from its end until all had ended."""

    fault: Fault
    documents: int
    seconds: float


def brought_down(faults: Sequence[Fault], changes: Sequence[Change]) -> dict[int, set[str]]:
    """Which documents each fault hit, by the fault's index.

    Of a fault on workers: those that it saw held and whose lease then ran out without a word, which only a holder that
    is dead or frozen lets happen. Of a database, Redis or MinIO that went away: all that were held as it went.
    """
    buried = {one.token_before: one.at for one in changes if one.buried}
    hit: dict[int, set[str]] = {index: set() for index in range(len(faults))}
    owner: dict[str, int] = {}  # of a lease seen by several, the last before it was buried
    for index, fault in enumerate(faults):
        if fault.of_workers or fault.lane == "clock":
            owner |= {token: index for token in fault.touched if buried.get(token, 0) >= fault.begun}
        else:
            hit[index] = set(fault.touched.values())
    for token, index in owner.items():
        hit[index].add(faults[index].touched[token])
    return hit


def recoveries(faults: Sequence[Fault], changes: Sequence[Change]) -> list[Recovery]:
    """From each fault's end until every document that it hit had ended.

    A document that another fault hit before it had ended counts for the later fault alone, whose end is the last
    moment at which anything was done to it. A fault all of whose documents were hit again has no recovery of its own.
    """
    ends = _ends(changes)
    hit = brought_down(faults, changes)
    last: dict[str, dict[float, int]] = defaultdict(dict)  # document → its end → the last fault before it
    for index, fault in sorted(enumerate(faults), key=lambda one: (one[1].ended, one[1].begun)):
        for document_id in hit[index]:
            end = _next_end(ends, document_id, fault.begun)
            if end is not None:
                last[document_id][end] = index
    seconds: dict[int, list[float]] = defaultdict(list)
    for own in last.values():
        for end, index in own.items():
            seconds[index].append(max(0.0, end - faults[index].ended))
    return [Recovery(faults[index], len(own), max(own)) for index, own in sorted(seconds.items())]


def ordeals(faults: Sequence[Fault], changes: Sequence[Change]) -> list[float]:
    """For each document that was hit: seconds from the first fault that hit it until its end, all others included."""
    ends = _ends(changes)
    first: dict[str, float] = {}
    hit = brought_down(faults, changes)
    for index, fault in enumerate(faults):
        for document_id in hit[index]:
            first[document_id] = min(first.get(document_id, fault.begun), fault.begun)
    found = ((_next_end(ends, document_id, begun), begun) for document_id, begun in first.items())
    return sorted(end - begun for end, begun in found if end is not None)


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of them lie; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))] if ordered else 0.0


def _ends(changes: Sequence[Change]) -> dict[str, list[float]]:
    ends: dict[str, list[float]] = defaultdict(list)
    for one in changes:
        if one.batch is None and one.after in FINAL and one.before not in FINAL:
            ends[one.document_id].append(one.at)
    return ends


def _next_end(ends: dict[str, list[float]], document_id: str, moment: float) -> float | None:
    return next((end for end in ends.get(document_id, []) if end >= moment), None)
