"""A scanner's whole round, tried for it; and what MinIO's SFTP gateway says of what MinIO refused."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.adapters import paramiko_sftp
from ingest.adapters.minio.admin import MinioSetup
from ingest.errors import StorageRefused
from ingest.ports import Credentials
from ingest.stack.stack import Stack
from tests.support.office import Office, Scanner

pytestmark = pytest.mark.stack

Check = Callable[[str], subprocess.CompletedProcess[str]]


@pytest.fixture
def check(stack: Stack) -> Check:
    def run(name: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "BANDEJA_HOME": str(stack.layout.home), "LANG": "en_US.UTF-8", "COLUMNS": "200"}
        command = [str(Path(sys.executable).parent / "bandeja"), "device", "check", name]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)

    return run


def test_a_scanner_that_works_leaves_nothing_behind(
    check: Check, add: Callable[..., Scanner], rows: Callable[[str], list[Any]]
) -> None:
    scanner = add()
    ended = check(scanner.name)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert [line[0] for line in ended.stdout.splitlines()] == ["✓"] * 4
    assert "SFTP" in ended.stdout
    assert scanner.secret_key not in ended.stdout
    assert {row.status for row in rows(scanner.prefix)} <= {"deleted"}


def test_one_that_minio_does_not_know_any_more_is_named(check: Check, add: Callable[..., Scanner], setup: MinioSetup) -> None:
    scanner = add()
    setup.remove_device(scanner.access_key)
    ended = check(scanner.name)
    assert ended.returncode == 1
    assert scanner.access_key in ended.stdout
    assert "device add" in ended.stdout


def test_one_that_nobody_knows_is_none(check: Check) -> None:
    ended = check("nadie")
    assert ended.returncode == 1
    assert "✗" in ended.stdout


def test_rights_that_are_too_wide_are_found(check: Check, add: Callable[..., Scanner], setup: MinioSetup, office: Office) -> None:
    scanner = add()
    setup.renew_device(scanner.access_key, office.bucket, "inbox/")
    ended = check(scanner.name)
    assert ended.returncode == 1
    assert "✗ S3: it may write nowhere else" in ended.stdout


def test_rights_that_are_too_narrow_are_found(
    check: Check, add: Callable[..., Scanner], setup: MinioSetup, office: Office
) -> None:
    scanner = add()
    setup.renew_device(scanner.access_key, office.bucket, "inbox/scan/otro/")
    ended = check(scanner.name)
    assert ended.returncode == 1
    assert "✗ S3: a document goes all the way" in ended.stdout
    assert "✗ SFTP: a document goes all the way" in ended.stdout


@pytest.mark.parametrize("name", ["../otro/a.pdf", "../../../a.pdf", "a" * 260 + ".pdf", "oficio\udcf3.pdf"])
def test_what_the_gateway_says_ok_to_and_minio_refused_is_noticed(
    office: Office, add: Callable[..., Scanner], rows: Callable[[str], list[Any]], name: str
) -> None:
    """Another folder, another bucket, a name that is too long, one in Latin-1."""
    scanner = add()
    who, key = Credentials(scanner.access_key, scanner.secret_key), f"{scanner.prefix}{name}"
    with pytest.raises(StorageRefused):
        paramiko_sftp.drop(office.env["MINIO_SFTP_ADDRESS"], who, office.bucket, key, b"%PDF-1.7")
    assert rows(scanner.prefix) == []
