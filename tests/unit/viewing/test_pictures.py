"""A hostile page is drawn once in a while, and no crowd before it holds up anything else."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest

from ingest.domain.documents import Document
from ingest.errors import NotFound, ObjectMissing, ParserTimeout, PicturesBusy, StorageUnavailable
from ingest.viewing import pictures
from ingest.viewing.pictures import WAITING, Pictures


class Store:
    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.away = False
        self.content = b"content"

    def get_derived(self, key: str) -> bytes | None:
        return self.kept.get(key)

    def put_derived(self, key: str, body: bytes, content_type: str) -> None:
        self.kept[key] = body

    def download(self, key: str, version_id: str, to: Path, *, at_most: int) -> Any:
        if self.away:
            raise StorageUnavailable
        return SimpleNamespace(sha256=self.content)


class Reader:
    """Draws when it is let; `most` is how many it was at once."""

    def __init__(self) -> None:
        self.go_on = Event()
        self.go_on.set()
        self.hostile = False
        self.drawn = self.at_work = self.most = 0
        self._lock = Lock()

    @contextmanager
    def open(self, file: Path, passwords: Any) -> Iterator["Reader"]:
        yield self

    def picture(self, page: int, dpi: int, place: Any = None) -> bytes:
        with self._lock:
            self.drawn += 1
            self.at_work += 1
            self.most = max(self.most, self.at_work)
        assert self.go_on.wait(60)
        with self._lock:
            self.at_work -= 1
        if self.hostile:
            raise ParserTimeout
        return b"picture"


class Database:
    @contextmanager
    def begin(self) -> Iterator[None]:
        yield None


@pytest.fixture(autouse=True)
def _unnoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures.due, "note_pictures", lambda *_: None)


def document(pages: int = 100) -> Document:
    return cast(
        Document,
        SimpleNamespace(id=uuid4(), version_id="v1", object_key="k", pages_total=pages, content_sha256=b"content", size=7),
    )


def album(reader: Reader, store: Store | None = None, failure_seconds: float = 600) -> Pictures:
    parts: Any = (Database(), store or Store(), reader, SimpleNamespace(office=tuple))
    return Pictures(*parts, failure_seconds)


def test_forty_five_requests_of_a_hostile_page_draw_it_once_and_most_are_sent_away() -> None:
    reader, shown = Reader(), document()
    reader.hostile = True
    reader.go_on.clear()
    album_ = album(reader)
    with ThreadPoolExecutor(45) as pool:
        asked = [pool.submit(album_.of_page, shown, 1) for _ in range(45)]
        # Those that are sent away need nobody to end.
        while sum(one.done() for one in asked) < 45 - WAITING:
            Event().wait(0.01)
        reader.go_on.set()
        errors = [type(one.exception(60)) for one in asked]
    assert errors.count(PicturesBusy) == 45 - WAITING
    assert errors.count(ParserTimeout) == WAITING
    assert reader.drawn == 1
    with pytest.raises(ParserTimeout):
        album_.of_page(shown, 1)
    assert reader.drawn == 1


def test_a_failure_is_forgotten_after_a_while() -> None:
    reader, shown = Reader(), document()
    reader.hostile = True
    album_ = album(reader, failure_seconds=0)
    for _ in range(2):
        with pytest.raises(ParserTimeout):
            album_.of_page(shown, 1)
    assert reader.drawn == 2


def test_only_so_many_failures_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_FAILURES", 5)
    reader, shown = Reader(), document()
    reader.hostile = True
    album_ = album(reader)
    for page in range(1, 21):
        with pytest.raises(ParserTimeout):
            album_.of_page(shown, page)
    assert len(album_._failures._noted) == 5


def test_an_outage_of_the_store_is_no_fault_of_the_page() -> None:
    reader, store, shown = Reader(), Store(), document()
    store.away = True
    album_ = album(reader, store)
    with pytest.raises(StorageUnavailable):
        album_.of_page(shown, 1)
    store.away = False
    assert album_.of_page(shown, 1) == b"picture"


def test_other_bytes_under_its_key_are_not_drawn() -> None:
    reader, store = Reader(), Store()
    store.content = b"another"
    with pytest.raises(ObjectMissing):
        album(reader, store).of_page(document(), 1)
    assert reader.drawn == 0


def test_who_waited_for_the_same_page_is_shown_what_was_drawn() -> None:
    reader, shown = Reader(), document()
    album_ = album(reader)
    with ThreadPoolExecutor(WAITING) as pool:
        assert set(pool.map(lambda _: album_.of_page(shown, 1), range(WAITING))) == {b"picture"}
    assert (reader.drawn, reader.most) == (1, 1)


@pytest.mark.parametrize("page", [0, -1, 101, 1 << 40])
def test_a_page_that_is_not_there(page: int) -> None:
    with pytest.raises(NotFound):
        album(Reader()).of_page(document(), page)
