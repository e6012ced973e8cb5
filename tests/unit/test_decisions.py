"""docs/decisions: each has a number, a date and a status, and the index lists them all.

A failure shows the row that is missing, ready to be pasted.
"""

import re
from datetime import date
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs/decisions"
INDEX = (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
PAGES = sorted(FOLDER.glob("[0-9]*.md"))
_HEAD = re.compile(r"# (.+)\n\nDate: (\d{4}-\d\d-\d\d) · Status: (proposed|accepted|superseded by \d{4})\n\n")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_begins_with_its_date_and_status_and_stands_in_the_index(page: Path) -> None:
    head = _HEAD.match(page.read_text(encoding="utf-8"))
    assert head is not None, f"should begin as {FOLDER / 'template.md'}"
    title, day, status = head.groups()
    assert date.fromisoformat(day)
    assert f"| [{page.name[:4]}]({page.name}) | {title} | {day} | {status} |" in INDEX


def test_numbers_have_no_gap_and_no_twin() -> None:
    numbers = [page.name[:4] for page in PAGES]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


def test_the_index_lists_nothing_else() -> None:
    assert [row.partition("](")[2].partition(")")[0] for row in INDEX if row.startswith("| [")] == [page.name for page in PAGES]


def test_what_supersedes_a_decision_is_one() -> None:
    named = [
        number for page in PAGES for number in re.findall(r"Status: superseded by (\d{4})", page.read_text(encoding="utf-8"))
    ]
    assert set(named) <= {page.name[:4] for page in PAGES}
