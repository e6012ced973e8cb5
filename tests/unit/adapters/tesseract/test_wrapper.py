"""The wrapper around Tesseract: what its program is given, whether or not there is a limit by the clock."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.adapters.tesseract import program

pytestmark = pytest.mark.processes


@pytest.mark.parametrize(
    "limits", [{}, {"TESSERACT_WALL_SECONDS": "60", "TESSERACT_CPU_SECONDS": "30", "TESSERACT_PYTHON": sys.executable}]
)
def test_tesseract_sees_no_secret(limits: dict[str, str], tmp_path: Path) -> None:
    stand_in = tmp_path / "tesseract"
    stand_in.write_text('#!/bin/sh\necho "$# $2"\nexec env\n', encoding="ascii")
    stand_in.chmod(0o755)
    needed = {"TMPDIR": "/tmp/a folder", "TESSDATA_PREFIX": "/usr/share/my data"}
    secrets = {"DATABASE_URL": "postgresql://secret", "MINIO_SECRET_KEY": "secret", "BANDEJA_PDF_PASSWORDS": "secret"}
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"} | needed | limits | secrets
    package = Path(program.__file__).parents[2]
    (tmp_path / "a checkout").mkdir()
    (tmp_path / "a checkout" / "ingest").symlink_to(package)
    wrapper = tmp_path / "a checkout" / "ingest" / program._WRAPPER.relative_to(package)
    command = [wrapper, "in", "two words", "-l", "spa"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    arguments, *variables = done.stdout.splitlines()
    assert arguments == "4 two words"
    given = dict(variable.split("=", 1) for variable in variables)
    assert given.items() >= needed.items()
    assert given["OMP_THREAD_LIMIT"] == "1"
    allowed = {*needed, "PATH", "LANG", "OMP_THREAD_LIMIT", "TESSERACT_CPU_SECONDS", "LD_LIBRARY_PATH", "PWD", "SHLVL", "_"}
    assert set(given) <= allowed
