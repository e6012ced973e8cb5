"""Kill, freeze, fill and shuffle while documents come in; then prove that nothing was lost and nothing done twice.

    python -m tests.chaos [--documents 200] [--seed 1] [--out chaos.json]

Exit status 1 where one document is lost, doubled or flipped, or any other invariant is broken. Beside the JSON file lie
a picture of the run (.svg) and, in a folder of its name, the services' logs.
"""

import argparse
import json
import signal
import sys
import time
from pathlib import Path

from ingest.logs import configure_logs
from tests.chaos import report
from tests.chaos.run import Run
from tests.chaos.stage import staged


def main() -> None:
    """Run, report, judge."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--documents", type=int, default=200)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--out", type=Path, default=Path("chaos.json"))
    given = arguments.parse_args()
    configure_logs("error")
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))  # through the stage's end, so that nothing is left running
    begun = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - begun:5.0f} s  {line}", flush=True)

    given.out.parent.mkdir(parents=True, exist_ok=True)
    with staged(given.seed, say, given.out.with_suffix("")) as stage:
        outcome = Run(stage, given.documents, given.seed, say).carry_out()
    numbers = report.figures(outcome, given.documents, given.seed)
    given.out.write_text(json.dumps(numbers, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    given.out.with_suffix(".svg").write_text(report.drawing(outcome, numbers), encoding="utf-8")
    print(report.table(numbers))
    print(f"\n{given.out}, {given.out.with_suffix('.svg')}; the services' logs: {given.out.with_suffix('')}/")
    sys.exit(1 if numbers["problems"] else 0)


if __name__ == "__main__":
    main()
