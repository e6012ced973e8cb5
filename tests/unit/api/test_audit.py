"""No call that changes something is left out of the audit."""

from api.audit import ACTIONS
from api.main import app


def _calls() -> set[tuple[str, str]]:
    return {(method.upper(), path) for path, calls in app.openapi()["paths"].items() for method in calls}


def test_every_change_has_its_word() -> None:
    assert {call for call in _calls() if call[0] != "GET"} - ACTIONS.keys() == set()


def test_every_word_has_its_call() -> None:
    assert ACTIONS.keys() - _calls() == set()
