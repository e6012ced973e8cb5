"""The page's files, read once: ours in `api/page`, third-party modules from where the set-up has put them."""

import gzip
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

OURS = Path(__file__).with_name("page")
MODULES = Path(sys.prefix) / "share" / "bandeja" / "page"  # `infra/page_modules.py` fetches them
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file as it is sent."""

    body: bytes
    zipped: bytes
    media_type: str
    etag: str


def read_page(ours: Path = OURS, modules: Path = MODULES) -> dict[str, PageFile]:
    """The files by their path below `/page/`, modules below `vendor/`; no path leads anywhere else."""
    return {name: _file(path) for name, path in (*_below(ours, ""), *_below(modules, "vendor/"))}


def _below(folder: Path, prefix: str) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in _TYPES and path.is_file():
            yield prefix + path.relative_to(folder).as_posix(), path


def _file(path: Path) -> PageFile:
    body = path.read_bytes()
    return PageFile(body, gzip.compress(body, 9, mtime=0), _TYPES[path.suffix], f'"{sha256(body).hexdigest()[:20]}"')
