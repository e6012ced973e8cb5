"""`make help` lists every target, in the order of the Makefile."""

import re
from pathlib import Path
from subprocess import run

ROOT = Path(__file__).parents[2]


def test_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    targets = re.findall(r"^([a-z-]+):(?!=)", makefile, re.MULTILINE)
    said = run(["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"^make (\S+) +\S", said, re.MULTILINE) == targets
    assert set(" ".join(phony).split()) == set(targets)
