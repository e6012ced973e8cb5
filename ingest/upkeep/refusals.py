"""What a scanner sent and MinIO did not keep, parked, so that "did it arrive?" has an answer where there is no object."""

import structlog

from ingest.adapters.minio.refusals import Refusal, Trace
from ingest.db import devices, parked
from ingest.db.engine import Database
from ingest.ports import Credentials
from ingest.settings import Settings
from ingest.shutdown import Shutdown

log = structlog.get_logger(__name__)

MOST = 100  # kept of a device: one that sends to a wrong folder all day is told by the first of them


def trace_of(settings: Settings) -> Trace | None:
    """The trace of the SFTP gateway; None where nobody is set who may read it."""
    if not settings.minio_watcher_access_key:
        return None
    watcher = Credentials(settings.minio_watcher_access_key, settings.minio_watcher_secret_key.get_secret_value())
    return Trace(settings.minio_endpoint, watcher, secure=settings.minio_secure, region=settings.minio_region)


def keep_refusals(database: Database, trace: Trace, shutdown: Shutdown) -> None:
    """Keep what is refused, until told to stop or the connection ends. Raises StorageUnavailable, DatabaseUnavailable."""
    for refusal in trace.refusals():
        if shutdown.is_asked():
            return
        if refusal is not None:
            keep(database, refusal)


def keep(database: Database, refusal: Refusal) -> bool:
    """Park a refusal of a scanner's; whether it was not known already. Raises DatabaseUnavailable."""
    with database.begin() as connection:
        name = devices.name_of(connection, refusal.access_key)
        if name is None or devices.refused(connection).get(name, 0) >= MOST:
            return False
        body = devices.refusal_body(name, refusal.path)
        kept = parked.park(connection, devices.REFUSED, f"MinIO refused it: {refusal.reason[:200]}", body)
    if kept:
        log.warning("transfer_refused", device=name, reason=refusal.reason[:200])
    return kept
