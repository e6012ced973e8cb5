"""The Celery application: `celery -A workers.celery_app worker --concurrency=2`."""

from typing import Any

from celery import Celery, signals

from ingest.logs import configure_logs
from ingest.queue import celery_configuration
from ingest.settings import load_settings


def _configuration() -> dict[str, Any]:
    return celery_configuration(load_settings())


app = Celery("bandeja", include=["workers.tasks"])
# A promise: settings are read when Celery first needs them, not when this module is imported.
app.add_defaults(_configuration)


@signals.setup_logging.connect
def _set_up_logging(**_: object) -> None:
    configure_logs(load_settings().log_level)
