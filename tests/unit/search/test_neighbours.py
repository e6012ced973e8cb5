"""Which terms of a question follow each other."""

from ingest.db.frequencies import Term
from ingest.search.understanding import neighbours


def terms(**passages: int | None) -> dict[str, list[Term]]:
    """What look-up gives: None for a stop word."""
    return {word: [] if held is None else [Term(word, held)] for word, held in passages.items()}


def test_as_far_apart_as_in_the_question() -> None:
    found = terms(ciudad=3, mas=1, grande=2, de=None, polonia=1)
    assert neighbours(list(found), found) == ["'ciudad' <1> 'mas'", "'mas' <1> 'grande'", "'grande' <2> 'polonia'"]


def test_what_stands_nowhere_parts() -> None:
    found = terms(ciudad=3, marciana=0, grande=2)
    assert neighbours(list(found), found) == []


def test_a_word_of_several_terms_has_no_place() -> None:
    found = terms(ugel=3, agp=1) | {"ugel05": [Term("ugel", 3), Term("5", 2)]}
    assert neighbours(["ugel", "ugel05", "agp"], found) == []


def test_too_far_apart_and_too_many() -> None:
    apart = terms(uno=1, de=None, la=None, el=None, los=None, dos=1)
    assert neighbours(list(apart), apart) == []
    many = terms(**{f"palabra{place}": 1 for place in range(100)})
    assert len(neighbours(list(many), many)) == 16
