"""The `bandeja` command as a person runs it, against the test stack."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from ingest.cli import samples
from ingest.stack.stack import Stack
from tests.support import made
from tests.support.office import Office, rows, wait_for

LETTERS = "bcdfglmnprst"

Bandeja = Callable[..., subprocess.CompletedProcess[str]]


def own_word() -> str:
    """A word that no other document has."""
    return "".join(random.SystemRandom().choices(LETTERS, k=12))


@pytest.fixture(scope="session")
def bandeja(stack: Stack) -> Bandeja:
    """Runs a command; English, and a terminal wide enough for every line."""

    def run(*arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "BANDEJA_HOME": str(stack.layout.home), "LANG": "en_US.UTF-8", "COLUMNS": "200", **more}
        environment.pop("LC_ALL", None)
        command = [str(Path(sys.executable).parent / "bandeja"), *map(str, arguments)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=240)

    return run


def test_upload_waits_until_found_and_says_what_failed(bandeja: Bandeja, tmp_path: Path) -> None:
    word = own_word()
    good, bad = tmp_path / "año nuevo.pdf", tmp_path / "roto.pdf"
    good.write_bytes(made.born_digital(word, 1))
    bad.write_bytes(samples.broken(1))
    done = bandeja("upload", good, bad, "--wait", "--method", "put")
    assert done.returncode == 1
    assert "roto.pdf: The file is damaged" in done.stderr
    assert "año nuevo.pdf" in done.stdout
    task_id = next(line.split()[0] for line in done.stdout.splitlines() if line.endswith("  año nuevo.pdf"))

    found = bandeja("search", word, "--mode", "text")
    assert task_id in found.stdout
    answer = json.loads(bandeja("search", word, "--json").stdout)
    assert answer["hits"][0]["document_id"] == task_id
    # `--wait` waits until it is found; its vectors follow.
    shown = wait_for(lambda: said if "completed" in (said := bandeja("show", task_id).stdout) else None, "its completion")
    assert "año nuevo.pdf" in shown


def test_an_upload_says_its_language(bandeja: Bandeja, office: Office, tmp_path: Path) -> None:
    file = tmp_path / "letter.pdf"
    file.write_bytes(made.born_digital(own_word(), 1))
    refused = bandeja("upload", file, "--language", "klingon, at length")
    assert refused.returncode == 1
    assert "metadata.language" in refused.stderr
    sent = bandeja("upload", file, "--language", "en")
    assert sent.returncode == 0
    (metadata,) = rows(office, "SELECT upload_metadata FROM documents WHERE id = :id", sent.stdout.split()[-2])[0]
    assert metadata["language"] == "en"


def test_the_same_bytes_are_not_sent_twice(bandeja: Bandeja, office: Office, tmp_path: Path) -> None:
    file = tmp_path / "uno.pdf"
    file.write_bytes(made.born_digital(own_word(), 1))
    first = bandeja("upload", file, "--wait")
    assert first.returncode == 0
    task_id = first.stdout.split()[-2]
    assert office.until_ended(task_id)["status"] == "completed"
    second = bandeja("upload", file, "--wait")
    assert second.returncode == 0
    assert "already here" in second.stdout
    assert second.stdout.split()[-2] == task_id


def test_tasks_replay_and_cancel(bandeja: Bandeja, office: Office) -> None:
    task_id = office.upload("roto.pdf", samples.broken(2))
    assert office.until_ended(task_id)["status"] == "error"
    listed = json.loads(bandeja("tasks", "--status", "error", "--code", "corrupt_file", "--json").stdout)
    assert task_id in {task["task_id"] for task in listed}

    assert bandeja("replay", task_id).returncode == 0
    assert office.until_ended(task_id)["attempt"] == 2
    refused = bandeja("cancel", task_id)
    assert refused.returncode == 1
    assert "(conflict)" in refused.stderr

    announced = office.announce("nunca.pdf", b"x")
    assert bandeja("cancel", announced["task_id"]).returncode == 0
    assert office.task(announced["task_id"])["status"] == "cancelled"


def test_a_device_is_made_renewed_and_removed(bandeja: Bandeja) -> None:
    name = "Escáner del 2.º piso"
    first, second = bandeja("device", "add", name), bandeja("device", "add", name, "--replace")
    assert first.returncode == second.returncode == 0
    assert "prefix      inbox/scan/" in first.stdout
    assert "the old ones no longer work" in second.stderr
    assert name in bandeja("device", "list").stdout
    same_folder = bandeja("device", "add", "Escáner del 2.º_piso".replace("_", "/"))
    assert same_folder.returncode == 0  # "/" and " " are made safe in different ways
    assert bandeja("device", "remove", name).returncode == 0
    assert name not in bandeja("device", "list").stdout
    assert bandeja("device", "remove", name).returncode == 1


def test_the_list_of_devices_says_what_arrived(bandeja: Bandeja, office: Office) -> None:
    added = bandeja("device", "add", "Buzón [rojo]", "--env").stdout
    credentials = dict(line.split("=", 1) for line in added.split("\n") if line)
    prefix = credentials["DEVICE_PREFIX"].strip("'")

    def line() -> str:
        listed = bandeja("device", "list", COLUMNS="80").stdout.splitlines()
        return next(one for one in listed if "Buzón [rojo]" in one)

    assert line().endswith("nothing yet")
    s3 = office.s3(credentials["DEVICE_ACCESS_KEY"], credentials["DEVICE_SECRET_KEY"])
    for name in ("a.pdf", "b.pdf"):
        s3.put_object(Bucket=office.bucket, Key=f"{prefix}{name}", Body=b"")
        found = wait_for(lambda name=name: office.task_of(f"{prefix}{name}"), f"a row for {name}")
        office.until_ended(found["task_id"])
    assert "2 documents, 0 waiting, 2 failed; last 20" in line()
    assert line().endswith("b.pdf")
    assert bandeja("device", "remove", "Buzón [rojo]").returncode == 0


def test_a_parked_event_is_listed_shown_tried_and_forgotten(bandeja: Bandeja, office: Office) -> None:
    httpx.post(
        f"{office.env['BANDEJA_LISTENER_URL']}/events/durable",
        content='{"Records": "\\u001b[31mrojo"}',
        headers={"Authorization": f"Bearer {office.env['BANDEJA_WEBHOOK_TOKEN']}"},
    ).raise_for_status()
    newest = json.loads(bandeja("parked", "--limit", "1", "--json").stdout)[0]
    number = str(newest["id"])
    assert f"{number}  20" in bandeja("parked").stdout
    shown = bandeja("parked", "show", number)
    assert "durable" in shown.stdout
    assert "\\u001b[31mrojo" in shown.stdout
    assert "\x1b" not in shown.stdout
    tried = bandeja("parked", "retry", number)
    assert (tried.returncode, tried.stdout) == (1, f"{number} parked\n")
    assert bandeja("parked", "forget", number).stdout == "1 forgotten\n"
    assert bandeja("parked", "forget", number).returncode == 1
    assert bandeja("parked", "forget").returncode == 2


def test_a_key_works_until_it_is_revoked(bandeja: Bandeja) -> None:
    made_key = bandeja("key", "add", "Lectura", "--scope", "read")
    secret = made_key.stdout.strip()
    assert bandeja("tasks", BANDEJA_API_KEY=secret).returncode == 0
    refused = bandeja("replay", "00000000-0000-0000-0000-000000000000", BANDEJA_API_KEY=secret)
    assert "(forbidden)" in refused.stderr
    assert secret not in bandeja("key", "list").stdout
    assert bandeja("key", "revoke", "Lectura").returncode == 0
    assert "(unauthorized)" in bandeja("tasks", BANDEJA_API_KEY=secret).stderr
    assert bandeja("key", "revoke", "Lectura").returncode == 1


def test_verify_holds_and_says_which_part_does_not(bandeja: Bandeja) -> None:
    held = bandeja("verify")
    assert held.returncode == 0, held.stdout
    assert "✗" not in held.stdout
    assert held.stdout.count("✓") == 13
    failed = bandeja("verify", OCR_LANGUAGES="xyz", BANDEJA_API_URL="http://127.0.0.1:1")
    assert failed.returncode == 1
    assert failed.stdout.count("✗") == 2
    assert "✗ Tesseract reads: not installed here: xyz" in failed.stdout


def test_the_demo_can_be_shown_twice(bandeja: Bandeja, stack: Stack) -> None:
    for _ in range(2):
        shown = bandeja("demo", "--data", stack.layout.home)
        assert shown.returncode == 0, shown.stdout + shown.stderr
        assert shown.stdout.count("completed") == 4
        assert "(corrupt_file)" in shown.stdout
        assert shown.stdout.count(" found · ") == 3
        assert stack.environment["BANDEJA_API_URL"] in shown.stdout
