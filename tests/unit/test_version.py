"""The version stands in pyproject.toml; whatever else says one says the same."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

from api.main import app

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def test_the_package_and_the_api_say_it() -> None:
    assert version("bandeja") == app.version == VERSION


def test_the_changelog_has_it_below_what_is_to_come() -> None:
    headings = re.findall(
        r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert headings[0] == ("Unreleased", "")
    assert headings[1][0] == VERSION
    assert all(day for _, day in headings[1:])


def test_it_is_written_nowhere_else() -> None:
    files = [path for package in ("ingest", "api", "listeners", "workers", "infra") for path in (ROOT / package).rglob("*.py")]
    files += [ROOT / name for name in ("docker-compose.yml", "infra/Dockerfile", "Makefile")]
    literal = re.compile(rf"(?<![\d.]){re.escape(VERSION)}(?![\d.])")
    assert [path.name for path in files if literal.search(path.read_text(encoding="utf-8"))] == []
