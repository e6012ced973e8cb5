"""Search finds as well as it was measured to (`python -m tests.bench.search_quality`): a fall of more than a point fails."""

from functools import partial
from operator import sub

import pytest

from ingest.adapters.local_embedder import LocalEmbedder
from ingest.db.engine import Database
from ingest.search.answer import Mode
from tests.bench.search_quality import DATA, KnownVectors, fill, ids, measure, numbers, ways_to_type

ARTICLES, EVERY = 6, 5
# R@1 and R@10 as measured on these, by way of typing and mode.
MEASURED = {
    ("clean", Mode.HYBRID): (0.758, 0.961),
    ("clean", Mode.TEXT): (0.672, 0.934),
    ("clean", Mode.VECTOR): (0.688, 0.945),
    ("typos", Mode.HYBRID): (0.727, 0.941),
    ("no accents", Mode.HYBRID): (0.762, 0.961),
    ("lower case", Mode.HYBRID): (0.762, 0.957),
}
POINT = 0.01


@pytest.fixture(scope="module")
def embedder() -> KnownVectors:
    return KnownVectors(LocalEmbedder())


@pytest.mark.skipif(not DATA.exists(), reason="SQuAD-es is not here")
def test_questions_however_they_are_typed(database: Database, embedder: KnownVectors) -> None:
    asked = fill(database, embedder, ARTICLES)[::EVERY]
    found = {}
    for name, questions in ways_to_type(asked).items():
        for mode in Mode if name == "clean" else [Mode.HYBRID]:
            measured = measure(partial(ids, database, embedder, mode), questions)
            found[name, mode] = (round(measured.first, 3), round(measured.ten, 3))
    # One that is new says here what it was measured to.
    assert {key: is_now for key, is_now in found.items() if _has_fallen(is_now, MEASURED.get(key, (1.0, 1.0)))} == {}


def _has_fallen(is_now: tuple[float, float], was: tuple[float, float]) -> bool:
    return min(map(sub, is_now, was)) < -POINT


def test_numbers_written_in_eight_ways(database: Database, embedder: KnownVectors) -> None:
    measured = numbers(database, embedder, every=4, letters_wanted=100)
    assert {mode: one.first for mode, one in measured.items() if one.first < 0.99} == {}
