"""The cache of files: who has one keeps it, the least recently used go, nothing half-made stays."""

import os
from hashlib import sha256
from pathlib import Path
from threading import Thread

import pytest

from ingest.reading.file_cache import UNUSED_SECONDS, FileCache


@pytest.fixture
def cache(tmp_path: Path) -> FileCache:
    return FileCache(tmp_path / "files", 100)


def keep(cache: FileCache, folder: Path, body: bytes) -> bytes:
    """Keep a file of this content; its hash."""
    path = folder / "downloaded"
    path.unlink(missing_ok=True)
    path.write_bytes(body)
    cache.keep(sha256(body).digest(), path)
    return sha256(body).digest()


def test_what_is_kept_is_found(cache: FileCache, tmp_path: Path) -> None:
    kept = keep(cache, tmp_path, b"carta")
    assert cache.take(kept, 5, tmp_path / "mine")
    assert (tmp_path / "mine").read_bytes() == b"carta"
    assert not cache.take(sha256(b"otra").digest(), 4, tmp_path / "other")


def test_who_uses_one_keeps_it_when_it_goes(cache: FileCache, tmp_path: Path) -> None:
    kept = keep(cache, tmp_path, b"carta")
    cache.take(kept, 5, tmp_path / "mine")
    cache.drop(kept)
    assert not cache.take(kept, 5, tmp_path / "again")
    assert (tmp_path / "mine").read_bytes() == b"carta"


def test_the_least_recently_used_go(cache: FileCache, tmp_path: Path) -> None:
    oldest, used = keep(cache, tmp_path, b"a" * 40), keep(cache, tmp_path, b"b" * 40)
    for age, kept in ((20, oldest), (30, used)):
        path = tmp_path / "files" / kept.hex()
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - age))
    cache.take(used, 40, tmp_path / "mine")
    keep(cache, tmp_path, b"c" * 40)
    assert not cache.take(oldest, 40, tmp_path / "first")
    assert cache.take(used, 40, tmp_path / "second")


def test_what_nobody_asks_for_goes_with_time(cache: FileCache, tmp_path: Path) -> None:
    kept = keep(cache, tmp_path, b"carta")
    path = tmp_path / "files" / kept.hex()
    os.utime(path, (0, path.stat().st_mtime - UNUSED_SECONDS - 1))
    cache.evict()
    assert not cache.take(kept, 5, tmp_path / "mine")


def test_nothing_goes_where_nothing_was_kept(cache: FileCache, tmp_path: Path) -> None:
    cache.evict()
    FileCache(None, 100).evict()


def test_a_file_that_was_cut_short_is_none(cache: FileCache, tmp_path: Path) -> None:
    kept = keep(cache, tmp_path, b"carta")
    (tmp_path / "files" / kept.hex()).write_bytes(b"car")
    assert not cache.take(kept, 5, tmp_path / "mine")
    assert not (tmp_path / "mine").exists()


def test_one_that_is_too_large_is_not_kept(cache: FileCache, tmp_path: Path) -> None:
    assert not cache.take(keep(cache, tmp_path, b"x" * 101), 101, tmp_path / "mine")


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    cache = FileCache(None, 100)
    assert not cache.take(keep(cache, tmp_path, b"carta"), 5, tmp_path / "mine")


def test_many_at_once_never_see_half_a_file(tmp_path: Path) -> None:
    """A cache for two files, five that come and go by eight threads: whatever is taken is whole."""
    cache, bodies = FileCache(tmp_path / "files", 25_000), [bytes([65 + n]) * 10_000 for n in range(5)]
    wrong: list[str] = []

    def work(me: int) -> None:
        folder = tmp_path / str(me)
        folder.mkdir()
        for turn in range(60):
            body = bodies[(me + turn) % len(bodies)]
            mine = folder / f"mine{turn}"
            if not cache.take(sha256(body).digest(), len(body), mine):
                mine.write_bytes(body)
                cache.keep(sha256(body).digest(), mine)
            elif mine.read_bytes() != body:
                wrong.append(mine.name)

    threads = [Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    keep(cache, tmp_path, b"Z" * 10_000)
    assert sum(path.stat().st_size for path in (tmp_path / "files").iterdir()) <= 25_000
