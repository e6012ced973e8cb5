"""The files of documents that are read in batches, kept on the worker's disk, so that a batch need not download again."""

import os
from collections.abc import Iterator
from pathlib import Path
from time import time

UNUSED_SECONDS = 3600.0  # a file that no batch has asked for so long goes, so that no erased letter stays


class FileCache:
    """A folder of files named by their SHA-256, from which the least recently used go; safe among processes.

    A file comes and goes by hard link, at once and whole: who uses one keeps it when it is evicted, and a kill -9
    leaves nothing half-made. Without a folder nothing is kept.
    """

    def __init__(self, folder: Path | None, limit_bytes: int) -> None:
        self._folder = folder
        self._limit = limit_bytes

    def take(self, sha256: bytes, size: int, to: Path) -> bool:
        """Make the file of that hash and size appear at `to`; False where it is not here."""
        if self._folder is None:
            return False
        kept = self._folder / sha256.hex()
        try:
            if kept.stat().st_size != size:  # the disk was full, or somebody wrote into it
                kept.unlink()
                return False
            os.link(kept, to)
            os.utime(kept)
        except OSError:
            return to.exists()
        return True

    def keep(self, sha256: bytes, path: Path) -> None:
        """Keep the file at `path`, which must be on the cache's disk and not be written to any more."""
        if self._folder is None or path.stat().st_size > self._limit:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            os.link(path, self._folder / sha256.hex())
        except OSError:  # another process kept it first, or it cannot be kept here: it is downloaded again
            return
        self.evict()

    def drop(self, sha256: bytes) -> None:
        """Keep the file no longer."""
        if self._folder is not None:
            (self._folder / sha256.hex()).unlink(missing_ok=True)

    def evict(self) -> None:
        """Remove what is over the limit, the least recently used first, and what nobody has used for an hour."""
        left, oldest_wanted = self._limit, time() - UNUSED_SECONDS
        for used, size, path in sorted(self._kept(), reverse=True):
            left -= size
            if left < 0 or used < oldest_wanted:
                path.unlink(missing_ok=True)

    def _kept(self) -> Iterator[tuple[float, int, Path]]:
        if self._folder is None or not self._folder.exists():
            return
        for path in self._folder.iterdir():
            try:
                found = path.stat()
            except FileNotFoundError:
                continue
            yield found.st_mtime, found.st_size, path
