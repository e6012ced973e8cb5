"""A child that was killed in the middle of a task: its lease ends at once, instead of when it runs out.

Celery's main process notices the death; the sweeper stays the one who counts the crash and queues the row again.
"""

import structlog
from billiard.exceptions import TimeLimitExceeded, WorkerLostError
from celery import signals

from ingest.db import dead_leases
from ingest.db.engine import Database
from ingest.errors import DatabaseUnavailable
from ingest.queue import send_number
from ingest.settings import load_settings

log = structlog.get_logger(__name__)


@signals.task_failure.connect
def _end_lease(task_id: str, exception: BaseException, **_: object) -> None:
    """End the lease that the dead child held, if it held one; where that cannot be, it runs out."""
    number = send_number(task_id)
    if not isinstance(exception, WorkerLostError | TimeLimitExceeded) or number is None:
        return
    # Open for this moment only: children forked later must not inherit a connection.
    database = Database(load_settings().database_url.get_secret_value(), pool_size=1)
    try:
        with database.begin() as connection:
            ended = dead_leases.end_of_dead(connection, number)
        log.warning("child_lost", message=task_id, lease_ended=ended)
    except DatabaseUnavailable:
        log.warning("database_unavailable", message=task_id)
    finally:
        database.close()
