"""Makes the virtual environment: `python3 infra/bootstrap.py`. Needs nothing but Python 3.11 or newer, PyPI and npm's registry."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
VENV = CHECKOUT / ".venv"
UV = "uv==0.13.9"  # reads uv.lock; pinned like everything it installs


def main() -> int:
    """Make `.venv`, install exactly what `uv.lock` names, and fetch the page's modules; safe to run again."""
    if sys.version_info < (3, 11):
        newer = next((name for name in ("python3.14", "python3.13", "python3.12", "python3.11") if shutil.which(name)), None)
        if newer is None:
            print("Bandeja needs Python 3.11 or newer; install it and run: make PYTHON=python3.11", file=sys.stderr)
            return 1
        os.execvp(newer, [newer, __file__])
    print("Setting up .venv", flush=True)
    if not _has_pip() and not _make_environment():
        return 1
    python = str(VENV / "bin" / "python")
    steps = (
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV],
        # uv stays although the lock does not name it, hence --inexact.
        [python, "-m", "uv", "sync", "--frozen", "--inexact", "--quiet", "--project", str(CHECKOUT)],
        [python, str(CHECKOUT / "infra" / "page_modules.py"), str(VENV / "share" / "bandeja" / "page")],
    )
    # The interpreter that was chosen; else uv would make the environment anew with the one of .python-version.
    environment = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(VENV), "VIRTUAL_ENV": str(VENV), "UV_PYTHON": python}
    return next((code for step in steps if (code := subprocess.run(step, env=environment, check=False).returncode)), 0)


def _has_pip() -> bool:
    python = VENV / "bin" / "python"
    return (
        python.exists() and subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0
    )


def _make_environment() -> bool:
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False, capture_output=True, text=True)
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        print(f"{made.stdout}{made.stderr}\nOn Debian: apt-get install python3-venv; then run this again.", file=sys.stderr)
    return made.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
