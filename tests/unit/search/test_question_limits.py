"""A question has so many parts and no more, and is told so in the reader's language."""

import pytest

from ingest.search.question import MAX_PHRASES, MAX_WORDS, QuestionTooLong, parse


@pytest.mark.parametrize(
    "typed",
    [
        " ".join(f'"frase {number}"' for number in range(MAX_PHRASES + 1)),
        " ".join(f"-palabra{number}" for number in range(MAX_PHRASES + 1)),
        " ".join(f'"frase {number}" -palabra{number}' for number in range(MAX_PHRASES)),
        " ".join(f"palabra{number}" for number in range(MAX_WORDS + 1)),
    ],
)
def test_too_many_parts_are_refused_by_name(typed: str) -> None:
    with pytest.raises(QuestionTooLong) as refused:
        parse(typed).check()
    assert refused.value.code == "invalid_request"
    for said in refused.value.message:
        assert str(MAX_WORDS) in said
        assert str(MAX_PHRASES) in said


def test_as_many_as_are_permitted_are_answered() -> None:
    parse(" ".join([*(f'"frase {number}"' for number in range(MAX_PHRASES)), *("palabra" for _ in range(300))])).check()
    parse(" ".join(f"p{number}" for number in range(MAX_WORDS))).check()
