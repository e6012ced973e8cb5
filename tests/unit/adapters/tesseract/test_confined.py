"""Tesseract reaches no network, and nothing that its worker holds; its files stay open to it."""

import json
import os
import sys
from pathlib import Path

import pytest
from PIL import Image

from ingest.adapters.confinement import landlock, system_calls
from ingest.adapters.tesseract.program import TesseractProgram
from ingest.errors import BandejaError

pytestmark = pytest.mark.processes

TRIES = """#!{python}
import json, os, socket, sys
from tests.unit.adapters.parser.attacks import Attacks, _outcome
from pathlib import Path
attacks = Attacks({worker}, Path({folder!r}), 0)
names = "internet datagram local_socket netlink read_environment read_memory write_memory open_descriptor trace vm_read "
names += "vm_write steal_descriptor compare kill tgkill io_uring user_faults bpf perf read_keys unshare mount"
told = {{name: _outcome(getattr(attacks, name)) for name in names.split()}}
Path({folder!r}, "told").write_text(json.dumps(told))
"""


@pytest.mark.skipif(not landlock.version() or system_calls.machine() is None, reason="this kernel or machine has not both")
def test_a_taken_over_tesseract_reaches_neither_network_nor_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = str(Path(__file__).parents[4])
    stand_in = tmp_path / "tesseract"
    text = TRIES.format(python=sys.executable, worker=os.getpid(), folder=str(tmp_path))
    stand_in.write_text(text.replace("\n", f"\nimport sys; sys.path.insert(0, {root!r})\n", 1), encoding="utf-8")
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(BandejaError):  # it wrote no text
        TesseractProgram(page_seconds=60, memory_bytes=1 << 30).text_and_table(Image.new("L", (50, 50)), "spa")
    told = json.loads((tmp_path / "told").read_text(encoding="ascii"))
    signals = {"kill", "tgkill"} if landlock.version() < 6 else set()
    assert {name for name, outcome in told.items() if outcome not in {"EPERM", "EACCES", "ENOSYS"}} <= signals
