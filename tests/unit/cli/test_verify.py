"""`bandeja verify` says what confines the process that opens files."""

import pytest

from ingest.adapters.parser.confinement import LANDLOCK, OWN_USER, SYSTEM_CALLS, Wall
from ingest.cli import checks, verify
from ingest.settings import Settings


class Reader:
    """One whose process stands within these walls."""

    def __init__(self, *walls: Wall) -> None:
        self._walls = walls
        self.is_stopped = False

    def walls(self) -> tuple[Wall, ...]:
        return self._walls

    def stop(self) -> None:
        self.is_stopped = True


def said_of(monkeypatch: pytest.MonkeyPatch, *walls: Wall) -> str:
    reader = Reader(*walls)
    monkeypatch.setattr(verify, "build_reader", lambda _: reader)
    try:
        return verify._confined(Settings.model_construct())
    finally:
        assert reader.is_stopped


def test_what_holds_and_what_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    calls, landlock, user = Wall(SYSTEM_CALLS, True, "43"), Wall(LANDLOCK, True, "version 7"), Wall(OWN_USER, False, "needs root")
    assert said_of(monkeypatch, landlock, calls, user) == "Landlock (version 7), system calls (43), no own user (needs root)"


def test_without_a_list_of_system_calls_it_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(checks.Failed, match="no system calls"):
        said_of(monkeypatch, Wall(LANDLOCK, True, "version 7"), Wall(SYSTEM_CALLS, False, "no list for this machine"))
