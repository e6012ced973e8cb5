"""How well letters know each other: links between labelled letters (F1), and near duplicates by threshold.

    make bench-references
    DATABASE_URL=postgresql://… python -m tests.bench.references [--letters 400]

Without a DATABASE_URL a throw-away stack is started. The letters are made by `tests.bench.made_letters`.
"""

import argparse
import os
import random
from collections.abc import Callable, Sequence
from itertools import combinations
from uuid import UUID

from sqlalchemy import delete

from ingest.db import letter_links, migrate
from ingest.db.engine import Database
from ingest.db.letter_links import Links
from ingest.db.schema import documents
from ingest.describing.references import references
from ingest.describing.rules import OfficeRules
from ingest.domain.likeness import bands, likeness, shared_shingles
from ingest.domain.pages import CleanText
from ingest.search.thread import thread
from tests.bench import intake_latency
from tests.bench.databases import own_database
from tests.bench.made_letters import Letter, letters, misread, stamped
from tests.bench.search_quality import add_document

SEED = 20262
NOISE = 0.015  # characters misread: twice the error of our own reading of photographs
FIRST_ID = 7 * 10**6
Link = tuple[int, int]


def f1(found: set[Link], true: set[Link]) -> float:
    """The harmonic mean of precision and recall."""
    return 2 * len(found & true) / (len(found) + len(true)) if found or true else 1.0


def links(database: Database, made: Sequence[Letter], texts: Sequence[str]) -> tuple[float, float, int]:
    """F1 of the links between these letters, F1 of those that answer, and how many were candidates only."""
    _fill(database, texts)
    linked: set[Link] = set()
    answering: set[Link] = set()
    candidates = 0
    with database.begin() as connection:
        for place in range(len(made)):
            around = thread(connection, UUID(int=FIRST_ID + place))
            answers = {(place, one.document.document_id.int - FIRST_ID) for one in around.answers if one.document}
            answering |= answers
            linked |= answers | {(place, one.document.document_id.int - FIRST_ID) for one in around.mentions if one.document}
            candidates += len(around.candidates)
    true_answers = {(place, other) for place, one in enumerate(made) for other in one.answers}
    true = true_answers | {(place, other) for place, one in enumerate(made) for other in one.mentions}
    return f1(linked, true), f1(answering, true_answers), candidates


def _fill(database: Database, texts: Sequence[str]) -> None:
    """The letters as the pipeline leaves them, described by rules."""
    with database.begin() as connection:
        connection.execute(delete(documents))
    rules = OfficeRules()
    for place, text in enumerate(texts):
        document_id, clean = UUID(int=FIRST_ID + place), CleanText(text, (0,))
        described = rules.describe(text, f"{place}.pdf")
        named = {"document_type": described.document_type, "document_number": described.number}
        add_document(database, document_id, text, **named)
        with database.begin() as connection:
            letter_links.replace(connection, document_id, Links(references(clean), bands(text)))


Change = Callable[[str, random.Random], str]
# Another letter of the same template is not the letter once more.
_READINGS: dict[str, Change] = {
    "1 % misread": lambda text, dice: misread(text, 0.01, dice),
    "4 % misread": lambda text, dice: misread(text, 0.04, dice),
    "stamped, 1 %": lambda text, dice: stamped(misread(text, 0.01, dice), dice),
    "stamped, 4 %": lambda text, dice: stamped(misread(text, 0.04, dice), dice),
}
_THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)


def near_duplicates(made: Sequence[Letter], dice: random.Random) -> None:
    """Print which share of pairs lies above each threshold, which share bands, and which are called one letter."""
    first = [misread(one.text, 0.005, dice) for one in made]
    pairs = {
        name: [(text, change(one.text, dice)) for one, text in zip(made, first, strict=True)]
        for name, change in _READINGS.items()
    }
    pairs["another of its template"] = [(text, _sibling(one, dice)) for one, text in zip(made, first, strict=True)]
    pairs["another letter"] = list(combinations(first[:30], 2))
    print(f"{'pairs':26}{''.join(f'  ≥ {least:.1f}' for least in _THRESHOLDS)}   share a band   called one letter")
    for name, both in pairs.items():
        shared = [shared_shingles(one, other) for one, other in both]
        above = "".join(f"{sum(one >= least for one in shared) / len(both):7.3f}" for least in _THRESHOLDS)
        meet = sum(bool({*bands(one)} & {*bands(other)}) for one, other in both) / len(both)
        same = name in _READINGS
        called = sum(likeness(one, other, same_number=same) > 0 for one, other in both) / len(both)
        print(f"{name:26}{above}{meet:15.3f}{called:20.3f}")


def _sibling(letter: Letter, dice: random.Random) -> str:
    """The same words to somebody else, a day later, with another number."""
    other = f"{dice.randrange(1, 900):05d}"
    changed = letter.text.replace(f"{letter.number}-{letter.year}", f"{other}-{letter.year}")
    for name, instead in (("Rosa Quispe Mamani", "Carmen Loayza Vega"), ("Julio Huamán Torres", "Raúl Yupanqui Soto")):
        changed = changed.replace(name, instead)
    return misread(changed.replace(" de marzo de ", " de abril de "), 0.005, dice)


def measure(url: str, count: int) -> None:
    """Print both tables."""
    database = Database(url)
    with database.begin() as connection:
        migrate.upgrade(connection)
    dice = random.Random(SEED)  # noqa: S311
    made = letters(count, dice)
    for name, texts in (
        ("clean", [one.text for one in made]),
        (f"{NOISE:.1%} misread", [misread(one.text, NOISE, dice) for one in made]),
    ):
        linked, answering, candidates = links(database, made, texts)
        print(f"links  {name:14} F1 {linked:.3f}   of those that answer {answering:.3f}   candidates {candidates}   n={count}")
    near_duplicates(made[:200], dice)
    database.close()


def main() -> None:
    """Measure, on a stack of its own where no database is named."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--letters", type=int, default=400)
    given = arguments.parse_args()
    if url := os.environ.get("DATABASE_URL"):
        measure(url, given.letters)
        return
    with intake_latency.environment(here=False) as env:
        measure(own_database(env["DATABASE_URL"], "letters"), given.letters)


if __name__ == "__main__":
    main()
