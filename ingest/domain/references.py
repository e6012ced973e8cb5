"""A reference: the words of a letter that mean another document."""

from typing import NamedTuple

# How references (`ingest.describing.references`) and bands (`ingest.domain.likeness`) are made. Documents of another recipe get
# theirs anew (`ingest.upkeep.renewal`): change it whenever those modules give others.
RECIPE = "1"


class Reference(NamedTuple):
    """A document that a text names by its number; `year` and `unit` are empty where they are not written.

    `kind` is a word of `ingest.domain.numbers` or "", `several` says that it goes to many (OFICIO MÚLTIPLE), `answers` that the
    text replies to it; `page` and `words` are where it was read.
    """

    kind: str
    several: bool
    number: str
    year: str
    unit: tuple[str, ...]
    answers: bool
    page: int
    words: str
