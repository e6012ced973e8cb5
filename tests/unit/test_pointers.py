"""Every pointer leads somewhere: the files, sections, decisions and names that code, comments and pages speak of are there."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("ingest", "api", "listeners", "workers")
_SUFFIXES = {"py", "md", "json", "sh"}
_TEXT = {".py", ".md", ".toml", ".yml", ".yaml", ".sh", ""}
_NOT_OURS = {"LICENSE", ".git", ".env", "office_letters.toml"}

_PATH = re.compile(
    r"(?<![\w./-])((?:docs|infra|tests|\.ci|\.github|ingest|api|listeners|workers)/[\w./-]*\.(?:py|md|json|toml|sh|yml|svg))\b"
)
_PLACEHOLDER = re.compile(r"\b(?:NAME|NNNN)")  # in "how to add"
_DECISION = re.compile(r"\bdecisions?[ /]+(\d{4})\b")
_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)#([^)\s]+)\)")
_SECTION = re.compile(r"(docs/[\w./-]+|[\w-]+\.md)\)?,\s+(?:# )?\"([^\"]+)\"")
_DOTTED = re.compile(r"`((?:ingest|api|listeners|workers)(?:\.\w+)+)`")
_NAME_OF_MODULE = re.compile(r"`(\w+)\.(\w+)(?:\(\))?`")


def _written() -> Iterator[Path]:
    """Every text file of ours."""
    rooms = [ROOT / name for name in (*PACKAGES, "docs", "infra", "tests", ".ci", ".github")]
    for path in [*ROOT.iterdir(), *(path for room in rooms for path in room.rglob("*"))]:
        if path.is_file() and path.suffix in _TEXT and path.name not in _NOT_OURS and path != Path(__file__):
            yield path


FILES = [(path, path.read_text(encoding="utf-8")) for path in _written()]


def found(pattern: re.Pattern[str]) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Each match's groups, and the file it stands in."""
    for path, text in FILES:
        for match in pattern.finditer(text):
            yield path, match.groups()


@cache
def headings(page: Path) -> dict[str, str]:
    """A page's headings by their anchors, as GitHub makes them."""
    titles = re.findall(r"^#{1,6} (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-"): title for title in titles}


def page_named(name: str, beside: Path) -> Path:
    """The page of this name: from the checkout, beside the one that names it, or in docs/."""
    places = (ROOT / name, beside.parent / name, ROOT / "docs" / name)
    return next((place for place in places if place.is_file()), ROOT / name)


@cache
def modules(stem: str) -> list[str]:
    """The text of our modules of this name, and of those in a package of this name."""
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if stem in (path.stem, path.parent.name)]
    return [path.read_text(encoding="utf-8") for path in files]


def leads_to(dotted: str) -> bool:
    """Whether a dotted name is a package, a module, or something that a module holds."""
    place, names = ROOT, dotted.split(".")
    while names and (place / names[0]).is_dir():
        place /= names.pop(0)
    if names and (module := place / f"{names[0]}.py").is_file():
        names.pop(0)
    else:
        module = place / "__init__.py"
    return all(holds(module.read_text(encoding="utf-8"), name) for name in names)


def holds(module: str, name: str) -> bool:
    """Whether the text of a module defines the name: a function, a class, a method, a variable or an attribute."""
    return bool(
        re.search(
            rf"(?:\bdef|\bclass) {name}\b|^\s*(?:self\.)?{name}\b(?:: [^=\n]+)?(?: = |$)|^\s*{name}: ", module, re.MULTILINE
        )
    )


def test_files() -> None:
    assert len(FILES) > 300
    named = ((str(path.relative_to(ROOT)), name) for path, (name,) in found(_PATH) if not _PLACEHOLDER.search(name))
    assert [(where, name) for where, name in named if not (ROOT / name).exists()] == []


def test_sections_by_link() -> None:
    gone = []
    for path, (name, anchor) in found(_LINK):
        page = path if not name else path.parent / name
        if page.suffix == ".md" and anchor not in headings(page):
            gone.append((str(path.relative_to(ROOT)), f"{name}#{anchor}"))
    assert gone == []


def test_sections_by_name() -> None:
    gone = []
    for path, (name, title) in found(_SECTION):
        page = page_named(name, path)
        if not page.is_file() or " ".join(title.split()) not in headings(page).values():
            gone.append((str(path.relative_to(ROOT)), name, title))
    assert gone == []


def test_decisions() -> None:
    there = {page.name[:4] for page in (ROOT / "docs/decisions").glob("[0-9]*.md")}
    assert [(str(path.relative_to(ROOT)), number) for path, (number,) in found(_DECISION) if number not in there] == []


def test_modules_and_what_they_hold() -> None:
    gone = [(str(path.relative_to(ROOT)), name) for path, (name,) in found(_DOTTED) if not leads_to(name)]
    assert gone == []


def test_names_of_modules() -> None:
    gone = []
    for path, (module, name) in found(_NAME_OF_MODULE):
        if (
            (texts := modules(module))
            and name not in _SUFFIXES
            and module not in PACKAGES
            and not any(holds(text, name) for text in texts)
        ):
            gone.append((str(path.relative_to(ROOT)), f"{module}.{name}"))
    assert gone == []


@pytest.mark.parametrize("name", ["ingest.nowhere", "ingest.db.leases.never", "api.main.nothing"])
def test_a_name_that_leads_nowhere_is_seen(name: str) -> None:
    assert not leads_to(name)
    assert leads_to("ingest.db.leases.fence")
