"""What the README says to copy and paste works, in its order, on the test stack."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.cli import samples
from ingest.stack.stack import Stack

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="its examples use curl and jq")
def test_the_examples_run_as_they_stand(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "oficio.pdf").write_bytes(samples.letter(20))
    (tmp_path / ".venv").symlink_to(Path(sys.prefix))
    steps = ["set -euo pipefail"]
    for number, (language, body) in enumerate(_BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))):
        if language == "python":
            script = tmp_path / f"example{number}.py"
            script.write_text(body, encoding="utf-8")
            steps.append(f"python {script.name}")
        else:
            steps.append(body)
    assert len(steps) == 10
    environment = {**os.environ, "BANDEJA_HOME": str(stack.layout.home), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        ["bash", "-c", "\n".join(steps)], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "completed Finalizando 100" in done.stdout
    assert "<mark>techos</mark>" in done.stdout
