"""Labelled letters, clean and misread, know each other as well as they were measured to (`make bench-references`)."""

import random

import pytest

from ingest.db.engine import Database
from tests.bench.made_letters import letters, misread
from tests.bench.references import NOISE, SEED, links


@pytest.mark.parametrize(("noise", "linked", "answering"), [(0.0, 0.99, 0.99), (NOISE, 0.94, 0.94)])
def test_links_are_as_good_as_measured(database: Database, noise: float, linked: float, answering: float) -> None:
    dice = random.Random(SEED)  # noqa: S311
    made = letters(120, dice)
    texts = [misread(one.text, noise, dice) for one in made]
    f1, f1_answers, _ = links(database, made, texts)
    assert f1 >= linked
    assert f1_answers >= answering
