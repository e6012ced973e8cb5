"""The API against its own OpenAPI, by Schemathesis: all its checks, with a key of each scope and with a revoked one."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.db import keys
from ingest.db.engine import Database
from tests.support import made
from tests.support.office import Office

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[3]
CHECKS = ROOT / "schemathesis.toml"
EXAMPLES = {"admin": 15, "upload": 5, "read": 5, "revoked": 3}  # a call, beyond those that do not depend on chance
SEED = 2


@pytest.fixture
def secret(office: Office) -> Iterator[Callable[[str], str]]:
    database = Database(office.env["DATABASE_URL"], pool_size=1)

    def add(scope: str) -> str:
        if scope == "admin":
            return office.env["BANDEJA_API_KEY"]
        name = f"schemathesis {scope}"
        with database.begin() as connection:
            made_key = keys.add(connection, name, (scope if scope != "revoked" else "read",))
            if scope == "revoked":
                keys.revoke(connection, name)
        return made_key

    yield add
    database.close()


def run(office: Office, key: str, examples: int, config: Path) -> subprocess.CompletedProcess[str]:
    url = office.env["BANDEJA_API_URL"]
    # Wrong keys are counted by address: these are another's.
    headers = [f"X-API-Key: {key}", "X-Forwarded-For: 203.0.113.50"]
    options = ["--checks=all", f"--max-examples={examples}", f"--seed={SEED}", "--suppress-health-check=all", "--no-color"]
    command = [
        str(Path(sys.executable).parent / "schemathesis"),
        f"--config-file={config}",
        "run",
        f"{url}/openapi.json",
        *options,
    ]
    for header in headers:
        command += ["-H", header]
    return subprocess.run(command, cwd=config.parent, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("scope", EXAMPLES)
def test_every_answer_is_as_it_is_described(office: Office, secret: Callable[[str], str], scope: str, tmp_path: Path) -> None:
    config = tmp_path / "schemathesis.toml"
    known = ""
    if scope == "read":
        # With a document that is there.
        task = office.until_ended(office.upload("descrito.pdf", made.born_digital("descripción", 1)))
        known = (
            f'[parameters]\n"path.document_id" = "{task["document_id"]}"\n"path.task_id" = "{task["task_id"]}"\n"path.page" = 1\n'
        )
    config.write_text(known + CHECKS.read_text(encoding="utf-8"), encoding="utf-8")
    ended = run(office, secret(scope), EXAMPLES[scope], config)
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-2000:]
