"""The life of a row: the code's table, the page's table and the page's picture are one and the same."""

import re
from pathlib import Path

from ingest.domain.documents import FINAL, Status
from ingest.domain.life_cycle import LIFE_CYCLE, Move, Transition

PAGE = (Path(__file__).parents[3] / "docs/architecture.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("## Life of a row")[2].partition("\n## ")[0]

Edge = tuple[str, str, str]


def edges(move: str, transition: Transition) -> set[Edge]:
    """(from, to, move), "[*]" standing for no row."""
    return {(before, after, move) for before in transition.sources or ("[*]",) for after in transition.targets}


def statuses(cell: str) -> tuple[Status, ...]:
    return () if cell == "–" else tuple(Status(word) for word in cell.split(", "))


def test_the_page_has_the_same_table() -> None:
    rows = re.findall(r"^\| ([a-z ]+) \| ([a-z_, –]+) \| ([a-z_, ]+) \| .+ \|$", SECTION, re.MULTILINE)
    told = {move: Transition(statuses(before), statuses(after)) for move, before, after in rows if move != "move"}
    assert {move: (set(one.sources), set(one.targets)) for move, one in told.items()} == {
        move.value: (set(one.sources), set(one.targets)) for move, one in LIFE_CYCLE.items()
    }


def test_the_picture_shows_the_same() -> None:
    drawn = re.findall(r"^ +(\S+) --> (\w+): (.+)$", SECTION, re.MULTILINE)
    pictured = {(before, after, move) for before, after, moves in drawn for move in moves.split(", ")}
    written = set().union(*(edges(move.value, transition) for move, transition in LIFE_CYCLE.items()))
    assert pictured == written


def test_every_move_and_every_status_has_its_place() -> None:
    assert set(LIFE_CYCLE) == set(Move)
    assert {status for one in LIFE_CYCLE.values() for status in one.targets} == set(Status)


def test_success_turns_into_an_error_by_no_move() -> None:
    after_success = {status for one in LIFE_CYCLE.values() if Status.COMPLETED in one.sources for status in one.targets}
    assert after_success == {Status.QUEUED, Status.SUPERSEDED, Status.DELETED}


def test_an_end_is_left_only_by_a_person_or_the_bucket() -> None:
    back = {move for move, one in LIFE_CYCLE.items() if FINAL & set(one.sources) and not FINAL & set(one.targets)}
    assert back == {Move.PUT, Move.REPLAY, Move.UNDELETE}
