"""A test stack that outlives the run (`BANDEJA_TEST_STACK=keep`): the next one finds it up, emptied, if it runs this code."""

import fcntl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

from sqlalchemy import text

from ingest.db.engine import Database
from ingest.db.schema import metadata
from ingest.services.backing import build_store
from ingest.settings import Settings, load_settings
from ingest.stack.layout import checkout
from ingest.stack.stack import Stack

FOLDER = checkout() / ".bandeja" / "test-stack"
_CODE = ("ingest", "api", "listeners", "workers", "infra", "uv.lock", "tests/conftest.py")


@contextmanager
def held() -> Iterator[bool]:
    """Whether the kept stack is this run's until the block ends; another run that has it keeps it."""
    FOLDER.parent.mkdir(exist_ok=True)
    with FOLDER.with_suffix(".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def make_fit(stack: Stack) -> None:
    """Empty the stack where it is up and runs this code; else remove it, to be started anew."""
    if stack.is_up() and _code_of(stack) == code():
        empty(load_settings(**stack.environment))
    else:
        stack.destroy()


def note_code(stack: Stack) -> None:
    """Write down which code the stack was started from."""
    (stack.layout.home / "code").write_text(code())


def code() -> str:
    """A word that changes with whatever the stack's processes are made of."""
    digest = sha256()
    for name in _CODE:
        path = checkout() / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file.relative_to(checkout())}\0".encode() + sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def empty(settings: Settings) -> None:
    """Remove what an earlier run left, objects first, so that the listing brings none of it back."""
    store = build_store(settings)
    store.erase_all(settings.inbox_prefix)
    store.erase_derived("")
    with closing(Database(settings.database_url.get_secret_value(), pool_size=1)) as database, database.begin() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY CASCADE"))


def _code_of(stack: Stack) -> str:
    path: Path = stack.layout.home / "code"
    return path.read_text() if path.exists() else ""
