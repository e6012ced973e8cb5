"""What must be there before our processes start: schema, buckets, users, rule, vector index. Doing it twice is fine."""

from contextlib import closing

from ingest.adapters.minio.admin import MinioSetup
from ingest.db import embedded, migrate, vectors
from ingest.db.embedded import Model
from ingest.db.engine import Database
from ingest.errors import SettingsError
from ingest.intake import scanners
from ingest.intake.scanners import Scanners
from ingest.ports import Credentials
from ingest.services.backing import build_store
from ingest.settings import LOCAL_DIMENSIONS, LOCAL_EMBEDDING_MODEL, Settings


def prepare_database(settings: Settings) -> None:
    """Bring the schema up to date and make the indexes of the models of vectors. Raises DatabaseUnavailable."""
    database = Database(settings.database_url.get_secret_value(), pool_size=1)
    with database.begin() as connection:
        migrate.upgrade(connection)
    with database.begin() as connection:
        vectors.ensure_index(connection, settings.embedder, settings.dimensions)
        if settings.embedder != LOCAL_EMBEDDING_MODEL:
            vectors.ensure_index(connection, LOCAL_EMBEDDING_MODEL, LOCAL_DIMENSIONS)  # of the time that Google was away
        embedded.settle(connection, Model(settings.embedder, settings.dimensions))
    database.close()


def prepare_store(settings: Settings) -> bool:
    """Make buckets, users and the notification rule, as root; returns whether the rule reads back equal."""
    setup = minio_setup(settings)
    users = {
        "service": Credentials(settings.minio_access_key, settings.minio_secret_key.get_secret_value()),
        "signer": Credentials(settings.minio_signer_access_key, settings.minio_signer_secret_key.get_secret_value()),
        "reader": Credentials(settings.minio_reader_access_key, settings.minio_reader_secret_key.get_secret_value()),
    }
    if settings.minio_watcher_access_key:
        watcher = settings.minio_watcher_access_key, settings.minio_watcher_secret_key.get_secret_value()
        users["watcher"] = Credentials(*watcher)
    setup.prepare_users(settings.minio_bucket, settings.derived_bucket, settings.inbox_prefix, users)
    matches = setup.prepare_buckets(settings.minio_bucket, settings.derived_bucket, settings.inbox_prefix)
    _prepare_devices(settings, setup)
    return matches


def _prepare_devices(settings: Settings, setup: MinioSetup) -> None:
    """Before the sweeper takes in what an empty database does not know: whether versions replace each other."""
    store = build_store(settings)
    with closing(Database(settings.database_url.get_secret_value(), pool_size=1)) as database, database.begin() as connection:
        scanners.restore(connection, store)
        Scanners(setup, store, settings.minio_bucket, settings.inbox_prefix).renew_rights(connection)


def minio_setup(settings: Settings) -> MinioSetup:
    """MinIO as its root. Raises SettingsError where root is not known."""
    if not settings.minio_root_user:
        raise SettingsError("MINIO_ROOT_USER, MINIO_ROOT_PASSWORD: should be MinIO's root, to make users and buckets")
    root = Credentials(settings.minio_root_user, settings.minio_root_password.get_secret_value())
    return MinioSetup(settings.minio_endpoint, root, secure=settings.minio_secure, region=settings.minio_region)
