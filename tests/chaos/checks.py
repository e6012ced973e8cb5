"""What must hold, as pure functions from facts to what is wrong with them; nothing here looks at a running system.

The bucket is the truth: what its versions say decides which rows, results and hits there must be.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tests.chaos.audit import Change

OPEN = {"queued", "processing"}
FINAL = {"completed", "error", "expired", "cancelled", "deleted", "superseded"}
GONE = {"deleted", "superseded"}
EMPTY = hashlib.md5(b"", usedforsecurity=False).hexdigest()
# What may follow an end by itself: a removal, a newer version. Replays and undeletes are nobody's here.
_AFTER_END = {
    "completed": GONE,
    "error": GONE,
    "superseded": {"deleted"},
    "deleted": set(),
    "expired": {"queued", "deleted"},
    "cancelled": set(),
}


@dataclass(frozen=True, slots=True)
class Version:
    """One version in the bucket; `hidden` where a newer delete marker lies over it."""

    key: str
    version_id: str
    etag: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One row of `documents`."""

    id: str
    key: str
    version_id: str | None
    status: str
    code: str | None
    searchable: bool
    waiting: bool = False  # for its next try
    degraded: bool = False  # some of its pages were given up


@dataclass(frozen=True, slots=True)
class Result:
    """What was made of a document: its cleaned text and its passages in order, (start, end, text)."""

    document_id: str
    text: str
    passages: tuple[tuple[int, int, str], ...]
    without_vector: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a version must have become: one of `statuses`, with `code` where it is an error."""

    version: Version
    statuses: frozenset[str]
    code: str = ""
    may_lack_row: bool = False


@dataclass(frozen=True, slots=True)
class Letters:
    """What was sent: the word and the error's code ("" for none), by eTag."""

    words: Mapping[str, str]
    codes: Mapping[str, str]


@dataclass(slots=True)
class Facts:
    """All that was looked at, in one moment."""

    versions: list[Version]  # of a key from the oldest to the newest
    rows: list[Row]
    results: list[Result] = field(default_factory=list)
    hits: dict[str, list[str]] = field(default_factory=dict)  # word → document ids


def wanted(versions: Sequence[Version], letters: Letters, replacing: tuple[str, ...]) -> list[Wanted]:
    """What must have become of each version. Versions replace each other under the prefixes `replacing`."""
    by_key: dict[str, list[Version]] = defaultdict(list)
    for version in versions:
        by_key[version.key].append(version)
    found: list[Wanted] = []
    for key, own in by_key.items():
        if key.startswith("inbox/upload/"):
            first, *later = own
            found.append(_stands(first, letters))
            # A form can be sent twice: the first version counts, and no row is made for another.
            found += [Wanted(version, frozenset(), may_lack_row=True) for version in later]
            continue
        # A client that lost the answer puts the same bytes again: the newest of them is the letter.
        again = [older for older, newer in pairwise(own) if older.etag == newer.etag and not older.hidden]
        again = [version for version in again if version.etag != EMPTY]
        found += [Wanted(version, frozenset({"superseded"})) for version in again]
        # One that holds nothing is where such a client began to write what stands beside it.
        begun = [one for one in own if one.etag == EMPTY and not one.hidden and any(other.etag != EMPTY for other in own)]
        found += [Wanted(version, frozenset({"superseded", "error"}), letters.codes[EMPTY]) for version in begun]
        once = [version for version in own if version not in again and version not in begun]
        found += _replaced(once, letters) if key.startswith(replacing) else [_stands(version, letters) for version in once]
    return found


def _stands(version: Version, letters: Letters) -> Wanted:
    if version.hidden:
        return Wanted(version, frozenset(GONE), may_lack_row=True)
    code = letters.codes[version.etag]
    return Wanted(version, frozenset({"error" if code else "completed"}), code)


def _replaced(own: list[Version], letters: Letters) -> list[Wanted]:
    """The newest good version stands; what is older has given way; a newer bad one ends in its error."""
    shown = [version for version in own if not version.hidden and not letters.codes[version.etag]]
    newest = own.index(shown[-1]) if shown else -1
    found = []
    for place, version in enumerate(own):
        if version.hidden or place >= newest:
            found.append(_stands(version, letters))
        elif letters.codes[version.etag]:
            found.append(Wanted(version, frozenset({"superseded", "error"}), letters.codes[version.etag]))
        else:
            found.append(Wanted(version, frozenset({"superseded"})))
    return found


def lost(expected: Iterable[Wanted], rows: Iterable[Row]) -> list[str]:
    """Versions that stand for a document and have no row, or whose row has not ended, or has ended wrongly."""
    by_version = {(row.key, row.version_id): row for row in rows}
    problems = []
    for one in expected:
        name = f"{one.version.key} {one.version.version_id[:8]}"
        row = by_version.get((one.version.key, one.version.version_id))
        if row is None:
            if not one.may_lack_row:
                problems.append(f"lost: {name} has no row")
        elif row.status not in FINAL:
            problems.append(f"lost: {name} is still {row.status}")
        elif one.statuses and row.status not in one.statuses:
            problems.append(f"wrong end: {name} is {row.status} {row.code or ''}, not {' or '.join(sorted(one.statuses))}")
        elif row.status == "error" and row.code != one.code:
            problems.append(f"wrong end: {name} has {row.code}, not {one.code}")
    return problems


def doubled(rows: Sequence[Row], results: Sequence[Result], changes: Sequence[Change]) -> list[str]:
    """Versions with more than one row, and documents with more than one result, text or end."""
    problems = []
    for (key, version_id), number in Counter((row.key, row.version_id) for row in rows if row.version_id).items():
        if number > 1:
            problems.append(f"doubled: {key} {version_id} has {number} rows")
    for document_id, number in Counter(result.document_id for result in results).items():
        if number > 1:
            problems.append(f"doubled: {document_id} has {number} texts")
    ended = Counter(one.document_id for one in changes if one.batch is None and one.after == "completed" != one.before)
    problems += [f"doubled: {document_id} was completed {number} times" for document_id, number in ended.items() if number > 1]
    batches = Counter((one.document_id, one.batch) for one in changes if one.batch is not None and _batch_ended(one))
    problems += [
        f"doubled: batch {batch} of {id_} ended {number} times" for (id_, batch), number in batches.items() if number > 1
    ]
    return problems


def _batch_ended(change: Change) -> bool:
    return (change.before, change.after) == ("false", "true")


def flips(changes: Iterable[Change]) -> list[str]:
    """Ends that were taken back, and rows that vanished: a success never turns into an error."""
    problems = []
    for one in changes:
        if one.batch is not None:
            continue
        if one.after is None:
            problems.append(f"flip: the row of {one.document_id} was removed")
        elif one.before in FINAL and one.before != one.after and one.after not in _AFTER_END[one.before]:
            problems.append(f"flip: {one.document_id} went from {one.before} to {one.after} {one.code or ''}")
    return problems


def leftovers(rows: Iterable[Row], versions: Iterable[Version]) -> list[str]:
    """Rows without an object that are neither gone nor still waited for."""
    there = {(version.key, version.version_id) for version in versions}
    allowed = {"awaiting_upload", "expired", "cancelled", *GONE}
    return [
        f"leftover: {row.key} {row.version_id} is {row.status} and has no object"
        for row in rows
        if (row.key, row.version_id) not in there and row.status not in allowed
    ]


def results(rows: Iterable[Row], found: Iterable[Result]) -> list[str]:
    """Completed documents without a whole text: the passages, laid one after the other, must be the text again."""
    by_id = {one.document_id: one for one in found}
    problems = []
    for row in rows:
        result = by_id.get(row.id)
        if row.status == "completed":
            if row.code == "no_text_found":
                problems += _unlike_blank(row, result)
            elif result is None or not result.text:
                problems.append(f"no result: {row.key} is completed without a text")
            elif not _rebuilds(result):
                problems.append(f"broken text: the passages of {row.key} do not rebuild it")
            elif row.degraded:
                problems.append(f"lost: pages of {row.key} were given up")
            elif result.without_vector:
                problems.append(f"no vector: {row.key} is completed, {result.without_vector} passages have none")
        elif row.status == "deleted" and result is not None:
            problems.append(f"not erased: {row.key} is deleted and its text is there")
    return problems


def _unlike_blank(row: Row, result: Result | None) -> list[str]:
    """A document without text has one passage, its name, which is no part of the text."""
    if result is None or result.text.strip() or [span[:2] for span in result.passages] != [(0, 0)]:
        return [f"broken text: {row.key} is completed without a text, and {result} is kept of it"]
    return [f"no vector: {row.key} is completed, its name has none"] if result.without_vector else []


def _rebuilds(result: Result) -> bool:
    spans = [(start, end) for start, end, _ in result.passages]
    return (
        bool(spans)
        and spans[0][0] == 0
        and spans[-1][1] == len(result.text)
        and all(after[0] <= before[1] and after[1] > before[1] for before, after in pairwise(spans))
        and all(result.text[start:end] == text for start, end, text in result.passages)
    )


def search(expected: Iterable[Wanted], rows: Iterable[Row], letters: Letters, hits: Mapping[str, list[str]]) -> list[str]:
    """Words whose hits are not just the documents that the bucket shows with that word."""
    ids = {(row.key, row.version_id): row.id for row in rows}
    right: dict[str, set[str]] = {word: set() for word in hits}
    for one in expected:
        if one.statuses == {"completed"}:
            document_id = ids.get((one.version.key, one.version.version_id), "no row")
            right.setdefault(letters.words[one.version.etag], set()).add(document_id)
    right.pop("", None)  # the blank ones
    problems = []
    for word, ought in right.items():
        found = hits.get(word, [])
        if sorted(found) != sorted(ought):
            problems.append(f"search: {word} finds {sorted(found) or 'nothing'}, not {sorted(ought) or 'nothing'}")
    return problems


def kept(taken: Iterable[tuple[str, str]], versions: Sequence[Version], erased_keys: set[str]) -> list[str]:
    """Transfers that the store acknowledged and does not have."""
    there = {(version.key, version.etag) for version in versions}
    missing = [
        f"lost by the store: {key} {etag[:8]}" for key, etag in taken if (key, etag) not in there and key not in erased_keys
    ]
    return missing + [f"not erased: {version.key} is in the bucket" for version in versions if version.key in erased_keys]
