"""The checkers of `make chaos` can fail: each broken world is caught, and the whole one passes."""

from dataclasses import replace

import pytest

from tests.chaos import checks, facts, recovery
from tests.chaos.audit import Change
from tests.chaos.checks import Letters, Result, Row, Version
from tests.chaos.faults import Fault
from tests.chaos.script import Delete, Send, Strike, write

REPLACING = ("inbox/scan/firmas/",)
UPLOAD, SCAN, SIGNED = "inbox/upload/1/a.pdf", "inbox/scan/mesa/scan0001.pdf", "inbox/scan/firmas/scan0001.pdf"
LETTERS = Letters(
    {"e1": "uno", "e2": "dos", "e3": "tres", "e4": "cuatro", "bad": "malo"},
    {"e1": "", "e2": "", "e3": "", "e4": "", "bad": "corrupt_file"},
)
VERSIONS = [
    Version(UPLOAD, "v1", "e1", hidden=False),
    Version(SCAN, "v2", "e2", hidden=False),
    Version(SIGNED, "v3", "e3", hidden=False),
    Version(SIGNED, "v4", "e4", hidden=False),
]
ROWS = [
    Row("1", UPLOAD, "v1", "completed", None, searchable=True),
    Row("2", SCAN, "v2", "completed", None, searchable=True),
    Row("3", SIGNED, "v3", "superseded", None, searchable=False),
    Row("4", SIGNED, "v4", "completed", None, searchable=True),
]
RESULTS = [Result(row.id, "abcdef", ((0, 4, "abcd"), (3, 6, "def"))) for row in ROWS if row.status == "completed"]
HITS = {"uno": ["1"], "dos": ["2"], "tres": [], "cuatro": ["4"]}


def change(before: str | None, after: str | None, document_id: str = "1", **more: object) -> Change:
    blank: dict[str, object] = dict.fromkeys(("batch", "token_before", "token_after", "crashes_before", "crashes_after", "code"))
    return Change(id=1, document_id=document_id, before=before, after=after, **{"at": 0.0, **blank, **more})  # type: ignore[arg-type]


def with_row(number: int, **changed: object) -> list[Row]:
    return [*ROWS[:number], replace(ROWS[number], **changed), *ROWS[number + 1 :]]


def lost(rows: list[Row], versions: list[Version] = VERSIONS) -> list[str]:
    return checks.lost(checks.wanted(versions, LETTERS, REPLACING), rows)


def searched(hits: dict[str, list[str]], rows: list[Row] = ROWS, versions: list[Version] = VERSIONS) -> list[str]:
    return checks.search(checks.wanted(versions, LETTERS, REPLACING), rows, LETTERS, hits)


def test_a_whole_world_passes() -> None:
    assert lost(ROWS) == []
    assert checks.doubled(ROWS, RESULTS, [change("processing", "completed")]) == []
    assert checks.results(ROWS, RESULTS) == []
    assert checks.leftovers(ROWS, VERSIONS) == []
    assert searched(HITS) == []
    assert checks.kept([(UPLOAD, "e1")], VERSIONS, set()) == []


@pytest.mark.parametrize(
    "rows",
    [
        ROWS[1:],
        with_row(0, status="queued"),
        with_row(0, status="processing"),
        with_row(0, status="awaiting_upload"),
        with_row(0, status="error", code="worker_lost"),
        with_row(1, status="superseded"),
        with_row(2, status="completed"),
        with_row(3, status="deleted"),
    ],
)
def test_a_lost_document_is_caught(rows: list[Row]) -> None:
    assert len(lost(rows)) == 1


def test_the_second_form_of_an_upload_needs_no_row_and_an_older_version_does() -> None:
    assert lost(ROWS, [*VERSIONS, Version(UPLOAD, "v9", "e1", hidden=False)]) == []
    assert lost([ROWS[0], ROWS[1], ROWS[3]]) == [f"lost: {SIGNED} v3 has no row"]


@pytest.mark.parametrize(("key", "etag"), [(SCAN, "e2"), (SIGNED, "e4"), (SIGNED, "bad")])
def test_the_same_bytes_put_again_are_one_letter(key: str, etag: str) -> None:
    versions = [*VERSIONS, Version(key, "v8", etag, hidden=False), Version(key, "v9", etag, hidden=False)]
    code = LETTERS.codes[etag]
    newest = Row("9", key, "v9", "error" if code else "completed", code or None, searchable=not code)
    older = [Row("8", key, "v8", "superseded", None, searchable=False)]
    rows = [replace(row, status="superseded") if (row.key, etag) in {(SCAN, "e2"), (SIGNED, "e4")} else row for row in ROWS]
    assert lost([*rows, *older, newest], versions) == []
    assert len(lost([*rows, replace(older[0], status="completed"), newest], versions)) == 1


def test_a_bad_file_must_end_in_its_own_code() -> None:
    versions = [*VERSIONS, Version(SIGNED, "v5", "bad", hidden=False)]
    bad = Row("5", SIGNED, "v5", "error", "corrupt_file", searchable=False)
    assert lost([*ROWS, bad], versions) == [], "the good version before it stays"
    for wrong in (replace(bad, code="internal"), replace(bad, status="completed", code=None)):
        assert len(lost([*ROWS, wrong], versions)) == 1


def test_a_hidden_version_must_be_gone() -> None:
    versions = [replace(VERSIONS[0], hidden=True), *VERSIONS[1:]]
    assert len(lost(ROWS, versions)) == 1
    assert lost(with_row(0, status="deleted"), versions) == []
    assert lost(ROWS[1:], versions) == []
    assert len(searched(HITS, with_row(0, status="deleted"), versions)) == 1
    assert searched({**HITS, "uno": []}, with_row(0, status="deleted"), versions) == []


def test_a_doubled_document_is_caught() -> None:
    assert len(checks.doubled([*ROWS, replace(ROWS[0], id="9")], RESULTS, [])) == 1
    assert len(checks.doubled(ROWS, [*RESULTS, RESULTS[0]], [])) == 1
    twice = [change("processing", "completed"), change("completed", "queued"), change("processing", "completed")]
    assert len(checks.doubled(ROWS, RESULTS, twice)) == 1
    assert len(checks.doubled(ROWS, RESULTS, [change("false", "true", batch=2)] * 2)) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [("completed", "error"), ("completed", "queued"), ("error", "completed"), ("superseded", "completed"), ("deleted", "queued")],
)
def test_a_flip_is_caught(before: str, after: str) -> None:
    assert len(checks.flips([change(before, after)])) == 1


def test_a_row_that_vanishes_is_caught() -> None:
    assert len(checks.flips([change("completed", None)])) == 1


def test_a_life_is_no_flip() -> None:
    life = [(None, "awaiting_upload"), ("awaiting_upload", "queued"), ("queued", "processing"), ("processing", "queued")]
    life += [("processing", "processing"), ("processing", "completed"), ("completed", "superseded"), ("superseded", "deleted")]
    assert checks.flips([change(before, after) for before, after in life]) == []


@pytest.mark.parametrize(
    "passages",
    [
        (),
        ((0, 4, "abcd"),),
        ((1, 4, "bcd"), (3, 6, "def")),
        ((0, 2, "ab"), (3, 6, "def")),
        ((0, 4, "abXd"), (3, 6, "def")),
        ((0, 6, "abcdef"), (2, 6, "cdef")),
    ],
)
def test_passages_that_do_not_rebuild_the_text_are_caught(passages: tuple[tuple[int, int, str], ...]) -> None:
    assert len(checks.results(ROWS, [replace(RESULTS[0], passages=passages), *RESULTS[1:]])) == 1


def test_missing_texts_vectors_and_pages_and_texts_of_deleted_documents_are_caught() -> None:
    assert len(checks.results(ROWS, RESULTS[1:])) == 1
    assert len(checks.results(ROWS, [replace(RESULTS[0], without_vector=1), *RESULTS[1:]])) == 1
    assert len(checks.results(with_row(0, status="deleted"), RESULTS)) == 1
    assert len(checks.results(with_row(0, degraded=True), RESULTS)) == 1


@pytest.mark.parametrize("found", [[], ["2"], ["1", "2"], ["1", "1"]])
def test_a_search_that_differs_from_the_bucket_is_caught(found: list[str]) -> None:
    assert len(searched({**HITS, "uno": found})) == 1


def test_what_gave_way_must_not_be_found() -> None:
    assert len(searched({**HITS, "tres": ["3"]})) == 1


def test_rows_without_objects_and_objects_lost_by_the_store_are_caught() -> None:
    assert len(checks.leftovers(ROWS, VERSIONS[1:])) == 1
    assert len(checks.kept([(UPLOAD, "e1")], VERSIONS[1:], set())) == 1
    assert checks.kept([(UPLOAD, "e1")], VERSIONS[1:], {UPLOAD}) == []
    assert len(checks.kept([(UPLOAD, "e1")], VERSIONS, {UPLOAD})) == 1


def test_a_listing_is_read_from_the_oldest_and_markers_hide_what_lies_below() -> None:
    listed = [
        {"Key": "k", "VersionId": "new", "ETag": '"n"', "LastModified": 3},
        {"Key": "k", "VersionId": "old", "ETag": '"o"', "LastModified": 1},
        {"Key": "k", "VersionId": "marker", "Marker": True, "LastModified": 2},
    ]
    assert facts.versions(listed) == [Version("k", "old", "o", hidden=True), Version("k", "new", "n", hidden=False)]


def test_recovery_counts_for_the_last_fault_that_hit_a_document() -> None:
    faults = [
        Fault("kill worker child", 10.0, 10.0, {"t1": "1", "t2": "2"}),
        Fault("kill worker child", 20.0, 20.0, {"t3": "1"}),
        Fault("kill redis", 30.0, 31.0, {"t4": "1"}),
    ]
    buried = {"token_after": None, "crashes_before": 0, "crashes_after": 1}
    changes = [
        change("processing", "queued", token_before="t1", at=15.0, **buried),
        change("processing", "completed", "2", token_before="t2", token_after=None, at=16.0),
        change("processing", "queued", token_before="t3", at=25.0, **buried),
        change("processing", "completed", token_before="t4", token_after=None, at=40.0),
    ]
    assert recovery.brought_down(faults, changes) == {0: {"1"}, 1: {"1"}, 2: {"1"}}, "the second was idle or not held by it"
    (one,) = recovery.recoveries(faults, changes)
    assert (one.fault, one.seconds) == (faults[2], 9.0)
    assert recovery.ordeals(faults, changes) == [30.0]


def test_the_same_seed_writes_the_same_script() -> None:
    first, second = write(40, 7), write(40, 7)
    assert [step.kind for step in first if isinstance(step, Strike)] == [step.kind for step in second if isinstance(step, Strike)]
    assert [(step.name, step.door, step.letter.word) for step in first if isinstance(step, Send)] == [
        (step.name, step.door, step.letter.word) for step in second if isinstance(step, Send)
    ]
    letters = [step.letter for step in first if isinstance(step, Send)]
    assert len(letters) == 40
    assert sum(letter.read_by_ocr >= 3 for letter in letters) >= 10, "a quarter are scans of three pages or more"
    assert len({letter.word for letter in letters}) == 40
    sent: set[int] = set()
    for step in first:
        match step:
            case Send(letter=letter):
                sent.add(letter.number)
            case Delete(letter=letter):
                assert letter.number in sent, "nothing is removed before it is sent"
