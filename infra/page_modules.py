"""Fetches the page's third-party modules from npm: `python3 infra/page_modules.py FOLDER`. Pinned by version and hash; none is committed."""

import hashlib
import io
import sys
import tarfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import NamedTuple

_REGISTRY = "https://registry.npmjs.org"
_SECONDS = 60
_TRIES = 3


class Package(NamedTuple):
    """A package of npm: its tarball, the tarball's SHA-512, and the files that the page loads."""

    name: str
    tarball: str
    sha512: str
    files: tuple[str, ...]


PACKAGES = (
    Package(  # templates; BSD-3-Clause
        "lit-html",
        "lit-html/-/lit-html-3.3.3.tgz",
        "7a5f0cea32b6a37457067ad21d7dd92abb0df33115eb7a521314ced70609cfb427746619f37e777b66b93cf5fea877b66866b27e7721426900a2369601110e20",
        (
            "LICENSE",
            "lit-html.js",
            "directive.js",
            "directive-helpers.js",
            "directives/keyed.js",
            "directives/live.js",
            "directives/repeat.js",
        ),
    ),
    Package(  # SHA-256 where the browser lends none, which it does on plain HTTP; MIT
        "noble-hashes",
        "@noble/hashes/-/hashes-2.2.0.tgz",
        "218a831a24d769be859e20209d2759c2059ba26c69cbd16d62f2cab3bc0252cd9af119084c6f831463b50ccf5cafe137fd18000d1a458eb295689d73eac8ed12",
        ("LICENSE", "sha2.js", "_md.js", "_u64.js", "utils.js"),
    ),
)


def main(folder: Path) -> int:
    """Fetch what is missing; safe to run again."""
    for package in PACKAGES:
        stamp = folder / package.name / ".sha512"
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == package.sha512:
            continue
        print(f"Fetching {package.name}", flush=True)
        try:
            archive = _fetched(package)
        except (OSError, ValueError) as error:
            print(f"{package.name} could not be fetched from npm: {error}", file=sys.stderr)
            return 1
        _unpack(package, archive, folder / package.name)
        stamp.write_text(package.sha512, encoding="utf-8")
    return 0


def _fetched(package: Package) -> bytes:
    """The tarball. Raises OSError where it does not come, ValueError where it is another one."""
    for tries_left in reversed(range(_TRIES)):
        try:
            with urllib.request.urlopen(f"{_REGISTRY}/{package.tarball}", timeout=_SECONDS) as answer:  # noqa: S310  https
                archive: bytes = answer.read()
            break
        except urllib.error.URLError:
            if not tries_left:
                raise
    if hashlib.sha512(archive).hexdigest() != package.sha512:
        raise ValueError("its SHA-512 is not the one that is pinned")
    return archive


def _unpack(package: Package, archive: bytes, folder: Path) -> None:
    """The files that are named, and nothing else of what the archive holds."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as packed:
        for name in package.files:
            member = packed.extractfile(f"package/{name}")
            if member is None:
                raise ValueError(f"{name} is no file in it")
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(member.read())


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
