"""A throw-away stack for all tests that need one: own folder, own ports, short waits; works beside any other."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from ingest.logs import configure_logs
from ingest.stack.stack import Stack
from tests.support import kept_stack

# What a person would not want to wait for.
SHORT = {
    "BANDEJA_RETRY_DELAYS": "1,1,1",
    "BANDEJA_LEASE_SECONDS": "4",
    "BANDEJA_SWEEP_SECONDS": "0.5",
    "BANDEJA_LISTING_SECONDS": "2",
    "BANDEJA_PARSER_PAGE_SECONDS": "20",
    "BANDEJA_PDF_PASSWORDS": "gastada,de la oficina",
    "BANDEJA_RATE_LIMIT_PER_MINUTE": "100000",
    "BANDEJA_FAILED_KEYS_PER_MINUTE": "1000",
    "BANDEJA_STREAMS_PER_KEY": "20",
}

# Stands before the real Tesseract on the workers' PATH and writes a line a call.
_SHIM = """#!/bin/sh
echo called >> "{log}"
exec "{tesseract}" "$@"
"""


def pytest_configure() -> None:
    """Logs as in production: a line of JSON each, shown with a test that fails."""
    configure_logs()


@pytest.fixture(scope="session")
def stack_home() -> Iterator[Path]:
    """The test stack's folder: one for this run, or with BANDEJA_TEST_STACK=keep the one that the next run finds again."""
    with kept_stack.held() if os.environ.get("BANDEJA_TEST_STACK") == "keep" else nullcontext(False) as kept:
        if kept:
            yield kept_stack.FOLDER
        else:
            with tempfile.TemporaryDirectory(prefix="bandeja-test-") as name:
                yield Path(name) / "stack"


@pytest.fixture(scope="session")
def tesseract_calls(stack_home: Path) -> Path:
    """The file that gets a line whenever a worker of the test stack calls Tesseract."""
    return stack_home.parent / "test-tesseract" / "calls"


@pytest.fixture(scope="session")
def stack(stack_home: Path, tesseract_calls: Path) -> Iterator[Stack]:
    """A running stack."""
    stack, is_kept = Stack(stack_home), stack_home == kept_stack.FOLDER
    with pytest.MonkeyPatch.context() as environment:
        for setting, value in SHORT.items():
            environment.setenv(setting, value)
        environment.setenv("PATH", f"{_shim_before_tesseract(tesseract_calls)}:{os.environ['PATH']}")
        if is_kept:
            kept_stack.make_fit(stack)
        try:
            stack.up(lambda _: None, port_base=20_000 + os.getpid() % 500 * 20)  # runs that start together stay apart
            kept_stack.note_code(stack)
            yield stack
        except BaseException:
            _show_logs(stack)
            raise
        finally:
            if not is_kept:
                stack.destroy()


def _shim_before_tesseract(log: Path) -> Path:
    """The folder of a program that stands before the real Tesseract."""
    shim = log.parent / "bin" / "tesseract"
    shim.parent.mkdir(parents=True, exist_ok=True)
    shim.write_text(_SHIM.format(log=log, tesseract=shutil.which("tesseract")), encoding="utf-8")
    shim.chmod(0o755)
    return shim.parent


def _show_logs(stack: Stack) -> None:
    for log in sorted(stack.layout.log.glob("*.log")):
        print(f"===== {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-15:]))


@pytest.fixture(scope="session")
def environment(stack: Stack) -> dict[str, str]:
    """The running stack's settings."""
    return stack.environment
