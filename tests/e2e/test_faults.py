"""Inputs that were read wrongly, each with the words that it must be found by; made by a program that others keep."""

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.office import Office, wait_for

_SHARED = Path(os.environ.get("BANDEJA_SHARED_TOOLS", Path(__file__).resolve().parents[3] / "shared" / "tools"))
_MAKER = _SHARED / "make_faults.py"

pytestmark = [pytest.mark.stack, pytest.mark.skipif(not _MAKER.exists(), reason="the maker of faults is not here")]

Inputs = dict[str, tuple[Callable[[], bytes], list[str]]]
SLOW = 280  # seconds: a plan whose drawing takes a page's whole time is among them, and a screenshot of 16,000 lines


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    spec = importlib.util.spec_from_file_location("make_faults", _MAKER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made: Inputs = module.INPUTS
    return made


@pytest.mark.timeout(SLOW + 120)
def test_each_is_found_by_its_words(office: Office, inputs: Inputs) -> None:
    tasks = {name: _sent(office, name, make()) for name, (make, _) in inputs.items()}
    for name, task_id in tasks.items():
        wait_for(lambda task_id=task_id: office.task(task_id)["searchable"] or None, name, seconds=SLOW)
    missed = [
        f"{name}: {words}"
        for name, (_, several) in inputs.items()
        for words in several
        if tasks[name] not in {hit["document_id"] for hit in office.find(f'"{words}"', mode="text", limit=20)}
    ]
    assert missed == []


def _sent(office: Office, name: str, body: bytes) -> str:
    content_type = "image/png" if name.endswith(".png") else "application/pdf"
    announced = office.announce(name, body, content_type=content_type)
    office.send(announced, body).raise_for_status()
    return str(announced["task_id"])
