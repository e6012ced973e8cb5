"""`bandeja setup`: what it does where a part of it fails."""

import pytest
from typer.testing import CliRunner

from ingest.adapters.e5_onnx.place import CannotBuild
from ingest.cli import app, stack


def test_without_the_fast_embedder_it_says_so_in_one_line_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise CannotBuild("OSError: [Errno 28] No space left on device")

    monkeypatch.setattr(stack, "provision", lambda *_, **__: None)
    monkeypatch.setattr(stack, "set_up_embedder", fail)
    ran = CliRunner().invoke(app, ["setup"])
    assert ran.exit_code == 0
    said = " ".join(ran.output.split())
    assert "Vectors will be made by the slower engine: OSError: [Errno 28] No space left on device" in said
