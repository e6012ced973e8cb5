"""The Celery application: `celery -A workers.celery_app worker --concurrency=2`."""

import os
import signal
from threading import Timer
from typing import Any

from celery import Celery, signals

from ingest.logs import configure_logs
from ingest.queue import celery_configuration
from ingest.settings import load_settings
from ingest.shutdown import Shutdown


def _configuration() -> dict[str, Any]:
    return celery_configuration(load_settings())


app = Celery("bandeja", include=["workers.tasks", "workers.deaths"])
# A promise: settings are read when Celery first needs them, not when this module is imported.
app.add_defaults(_configuration)

# Made before the fork, so that children see what their main process was asked.
shutdown = Shutdown()
LAST_RESORT_SECONDS = 25.0  # after which a child that still works is ended; its document was given back before


@signals.setup_logging.connect
def _set_up_logging(**_: object) -> None:
    configure_logs(load_settings().log_level)


@signals.worker_shutting_down.connect
def _shut_down(how: str, **_: object) -> None:
    """Celery's warm shutdown waits for its tasks, so tell them; the one that hears nothing is ended by a cold one."""
    shutdown.ask()
    if how == "Warm":
        last_resort = Timer(LAST_RESORT_SECONDS, os.kill, (os.getpid(), signal.SIGQUIT))
        last_resort.daemon = True
        last_resort.start()
