"""A kept test stack belongs to one run at a time, and only while it runs today's code."""

from pathlib import Path

import pytest

from ingest.stack.stack import Stack
from tests.support import kept_stack


def test_a_second_run_at_the_same_time_does_not_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_stack, "FOLDER", tmp_path / "test-stack")
    with kept_stack.held() as first, kept_stack.held() as second:
        assert (first, second) == (True, False)
    with kept_stack.held() as after:
        assert after


def test_another_code_gets_another_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_stack, "checkout", lambda: tmp_path)
    monkeypatch.setattr(kept_stack, "_CODE", ("ingest",))
    module = tmp_path / "ingest" / "module.py"
    module.parent.mkdir()
    words = []
    for text in ("one", "other", "one"):
        module.write_text(text)
        words.append(kept_stack.code())
    assert words[0] == words[2] != words[1]


def test_a_stack_of_other_code_is_not_used_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = Stack(tmp_path / "test-stack")
    stack.layout.make()
    (stack.layout.home / "code").write_text("an older one")
    monkeypatch.setattr(Stack, "is_up", lambda _: True)
    kept_stack.make_fit(stack)
    assert not stack.layout.home.exists()
