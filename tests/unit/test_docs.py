"""docs/reference.md names everything there is: what the code knows and the page does not fails here.

Each failure shows the row that is missing, ready to be pasted; only its meaning is left to write.
"""

import re
from pathlib import Path

from api.main import app
from api.problems import STATUS
from api.routes.metrics import COUNTERS, HISTOGRAMS
from ingest.domain.documents import Status
from ingest.errors import by_code
from ingest.pipeline.order import STAGES
from ingest.settings import Settings, setting_names

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs/reference.md").read_text(encoding="utf-8")
ROWS = REFERENCE.splitlines()
OUR_PACKAGES = ("ingest", "api", "listeners", "workers")


def missing(wanted: list[str]) -> list[str]:
    """The beginnings that no row of the page has."""
    return [row for row in wanted if not any(line.startswith(row) for line in ROWS)]


def shown(default: object) -> str:
    """A setting's default as the page writes it."""
    if hasattr(default, "get_secret_value"):
        default = default.get_secret_value()
    if isinstance(default, tuple):
        default = ",".join(f"{value:g}" if isinstance(value, float) else str(value) for value in default)
    if isinstance(default, bool):
        default = str(default).lower()
    if isinstance(default, float):
        default = f"{default:g}"
    if "Undefined" in type(default).__name__:
        return "*required*"
    return "" if default in (None, "") else f"`{default}`"


def test_every_setting_with_its_default() -> None:
    fields = Settings.model_fields.values()
    assert missing([f"| `{field.validation_alias}` | {shown(field.default)} |" for field in fields]) == []


def test_no_setting_that_is_gone() -> None:
    section = REFERENCE.partition("## Settings")[2].partition("\n## ")[0]
    others = {"MINIO_CONSOLE_URL", "FLOWER_URL", "BANDEJA_HOME"}  # the embedded stack's own
    assert set(re.findall(r"^\| `([A-Z_]+)`", section, re.MULTILINE)) - others == set(setting_names())


def test_every_error_with_its_words() -> None:
    rows = [
        f"| `{code}` | {STATUS[code]} | {kind.message.es} {kind.action.es} | {kind.message.en} {kind.action.en} |"
        for code, kind in by_code().items()
    ]
    assert missing(rows) == []


def test_every_stage_in_order() -> None:
    rows = [f"| `{stage.name}` | {stage.label} | {stage.begins}–{stage.ends} | `{stage.queue}` |" for stage in STAGES]
    assert missing(rows) == []
    places = [REFERENCE.index(row) for row in rows]
    assert places == sorted(places)


def test_every_status() -> None:
    assert missing([f"| `{status}` |" for status in Status]) == []


def test_every_log_event() -> None:
    said = re.compile(r"\blog\.(?:debug|info|warning|error|exception)\(\s*\"(\w+)\"")
    files = (file for package in OUR_PACKAGES for file in (ROOT / package).rglob("*.py"))
    events = {event for file in files for event in said.findall(file.read_text(encoding="utf-8"))}
    assert len(events) > 20
    assert missing([f"| `{event}` |" for event in sorted(events)]) == []


def test_every_endpoint() -> None:
    paths = app.openapi()["paths"]
    assert missing([f"| `{method.upper()} {path}` |" for path, methods in paths.items() for method in methods]) == []


def test_every_metric() -> None:
    computed = ["bandeja_documents_total", "bandeja_queue_length", "bandeja_oldest_waiting_seconds"]
    assert missing([f"| `{name}" for name in [*computed, *COUNTERS, *HISTOGRAMS]]) == []


def test_links_between_pages_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
