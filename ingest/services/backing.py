"""What every process of ours stands on: database, store, tallies, and the intake door between them."""

from dataclasses import dataclass
from typing import NamedTuple

from ingest.adapters.minio.store import MinioStore, connect
from ingest.adapters.redis_tallies import RedisTallies
from ingest.db.engine import Database
from ingest.intake.door import Intake
from ingest.intake.key_versions import PromptVersions
from ingest.reading.file_cache import FileCache
from ingest.settings import Settings

REDIS_KEY_PREFIX = "ingest:"


class Patience(NamedTuple):
    """How long the store is waited for: seconds for an answer, and how often it is asked again."""

    read_seconds: float
    retries: int


PATIENT = Patience(30, 2)
# Within a transaction; PostgreSQL ends one that is silent for 15 s (`ingest/db/engine.py`).
ASKED_PROMPTLY = Patience(5, 0)


@dataclass(frozen=True, slots=True)
class Services:
    """What every entry point needs."""

    settings: Settings
    database: Database
    store: MinioStore
    prompt_store: MinioStore  # the same, waited for 5 s at most: for those who ask it within a transaction
    tallies: RedisTallies
    intake: Intake

    def close(self) -> None:
        """Close what holds connections."""
        self.database.close()
        self.tallies.close()


def build_services(settings: Settings, *, statement_seconds: float = 0) -> Services:
    """All of it; opens no connection yet. `statement_seconds`: see `Database`; 0 is no limit."""
    prompt_store = build_store(settings, ASKED_PROMPTLY)
    return Services(
        settings=settings,
        database=Database(settings.database_url.get_secret_value(), statement_seconds=statement_seconds),
        store=build_store(settings),
        prompt_store=prompt_store,
        tallies=RedisTallies(settings.redis_url, REDIS_KEY_PREFIX),
        intake=Intake(settings.minio_bucket, settings.inbox_prefix, PromptVersions(prompt_store)),
    )


def build_store(settings: Settings, patience: Patience = PATIENT) -> MinioStore:
    """Both buckets, as the service's own user."""
    client = connect(
        settings.minio_endpoint,
        settings.minio_access_key,
        settings.minio_secret_key.get_secret_value(),
        secure=settings.minio_secure,
        region=settings.minio_region,
        read_seconds=patience.read_seconds,
        retries=patience.retries,
    )
    return MinioStore(client, settings.minio_bucket, settings.derived_bucket, settings.inbox_prefix)


def build_files(settings: Settings) -> FileCache:
    """The host's cache of files; none where it has no folder for one."""
    return FileCache(settings.cache_dir and settings.cache_dir / "files", settings.cache_bytes)
