"""`make bench`: how soon a document is found, on a throw-away stack; how it is read, beside others; how well it is found.

The last two where scans and questions are at hand.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.bench import intake_latency, search_quality
from tests.bench.databases import own_database
from tests.bench.reading import scans


def main() -> None:
    """Measure, print, keep in bench.json."""
    with intake_latency.environment(here=False) as env:
        numbers = intake_latency.measure(env, 40)
        Path("bench.json").write_text(json.dumps(numbers, indent=2), encoding="utf-8")
        print(intake_latency.report(numbers), flush=True)
        if search_quality.DATA.exists():
            quality(env["DATABASE_URL"])
    if scans.MAKER.exists():
        subprocess.run([sys.executable, "-m", "tests.bench.reading"], check=True)


def quality(server: str) -> None:
    """Every tenth question; the paragraphs' vectors take some minutes."""
    environment = {**os.environ, "DATABASE_URL": own_database(server, "quality")}
    subprocess.run([sys.executable, "-m", "tests.bench.search_quality", "--every", "10"], env=environment, check=True)


if __name__ == "__main__":
    main()
