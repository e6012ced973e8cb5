"""Whatever pydantic may say of a request, it is said in Spanish too."""

import re
from typing import Any, get_args

import pytest
from pydantic_core import ErrorType, PydanticKnownError

from api import wording

# What pydantic says of Python's objects and of types that no request has.
_OTHER = re.compile(
    "attribute$|python_object|^recursion|frozen|^get_|dataclass|named_tuple|default_factory|none_required|^iter|^bytes|deque"
    "|ordered_dict|counter|^set_|^tuple|sentinel|ellipsis|^is_|callable|union_tag|argument|^url|^decimal|^fraction|^complex"
    "|time_delta|^time_|^timezone|_past$|_future$|frozen_set|invalid_key|uuid_version|string_not_ascii"
)
SAID = [kind for kind in get_args(ErrorType) if not _OTHER.search(kind)]


@pytest.mark.parametrize("kind", SAID)
def test_every_problem_is_known_in_spanish(kind: str) -> None:
    assert wording.SPANISH[kind].endswith(".")


@pytest.mark.parametrize(
    ("kind", "context", "said"),
    [
        ("string_too_long", {"max_length": 500}, "Debe tener como máximo 500 caracteres."),
        ("greater_than_equal", {"ge": 1}, "Debe ser mayor o igual que 1."),
        ("literal_error", {"expected": "'post' or 'put'"}, "Debe ser 'post' o 'put'."),
        ("enum", {"expected": "'a', 'b' or 'c'"}, "Debe ser 'a', 'b' o 'c'."),
        ("too_long", {"field_type": "List", "max_length": 100, "actual_length": 101}, "Debe tener como máximo 100 elementos."),
        ("date_past", {}, "No es válido."),
    ],
)
def test_what_it_says(kind: Any, context: dict[str, Any], said: str) -> None:
    english = PydanticKnownError(kind, context or None).message()
    assert wording.problem({"type": kind, "msg": english, "ctx": context}, "es") == said
    assert wording.problem({"type": kind, "msg": english, "ctx": context}, "en") == english
