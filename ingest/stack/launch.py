"""`python -m ingest.stack.launch HOME NAME`: becomes one program of the stack; supervisor's command for all."""

import sys
from pathlib import Path

from ingest.stack.layout import Layout, load_plan
from ingest.stack.programs import run


def main() -> None:
    """Become the program; exits with 2 where the stack was never planned."""
    layout = Layout(Path(sys.argv[1]))
    plan = load_plan(layout)
    if plan is None:
        sys.exit(2)
    run(layout, plan, sys.argv[2])


if __name__ == "__main__":
    main()
