"""The settings of a running stack, as environment variables."""

import os
from pathlib import Path

from ingest.settings import setting_names
from ingest.stack.layout import Layout, Plan, load_plan, read_env

FLOWER_USER = "bandeja"
MARKER = "BANDEJA_STACK"  # set in every process of a stack, so that orphans are found after a kill -9


def environment(layout: Layout, plan: Plan) -> dict[str, str]:
    """All settings that the stack's processes and its clients need."""
    secrets, ports = layout.secrets(), plan.ports
    redis = f"redis://:{secrets['REDIS_PASSWORD']}@127.0.0.1:{ports['redis']}/0"
    managed = {
        "REDIS_URL": redis,
        "CELERY_BROKER_URL": redis,
        "CELERY_RESULT_BACKEND": redis,
        "DATABASE_URL": f"postgresql://bandeja:{secrets['POSTGRES_PASSWORD']}@127.0.0.1:{ports['postgres']}/bandeja",
        "MINIO_ENDPOINT": f"127.0.0.1:{ports['minio']}",
        "MINIO_ACCESS_KEY": "bandeja-service",
        "MINIO_SECRET_KEY": secrets["MINIO_SECRET_KEY"],
        "MINIO_BUCKET": "documentos-ugel",
        "MINIO_SECURE": "false",
        "MINIO_PUBLIC_ENDPOINT": f"http://127.0.0.1:{ports['minio']}",
        "MINIO_REGION": "us-east-1",
        "MINIO_SIGNER_ACCESS_KEY": "bandeja-signer",
        "MINIO_SIGNER_SECRET_KEY": secrets["MINIO_SIGNER_SECRET_KEY"],
        "MINIO_READER_ACCESS_KEY": "bandeja-reader",
        "MINIO_READER_SECRET_KEY": secrets["MINIO_READER_SECRET_KEY"],
        "MINIO_WATCHER_ACCESS_KEY": "bandeja-watcher",
        "MINIO_WATCHER_SECRET_KEY": secrets["MINIO_WATCHER_SECRET_KEY"],
        "MINIO_ROOT_USER": "bandeja-root",
        "MINIO_ROOT_PASSWORD": secrets["MINIO_ROOT_PASSWORD"],
        "MINIO_SFTP_ADDRESS": f"127.0.0.1:{ports['sftp']}",
        "MINIO_CONSOLE_URL": f"http://127.0.0.1:{ports['console']}",
        "BANDEJA_API_URL": f"http://127.0.0.1:{ports['api']}",
        "BANDEJA_API_KEY": secrets["BANDEJA_API_KEY"],
        "BANDEJA_LISTENER_URL": f"http://127.0.0.1:{ports['listener']}",
        "BANDEJA_WEBHOOK_TOKEN": secrets["BANDEJA_WEBHOOK_TOKEN"],
        "BANDEJA_CACHE_DIR": str(layout.data / "cache"),
        "BANDEJA_WATCHED_FOLDERS": f"{layout.data},{layout.postgres_data.parent}",
        "FLOWER_URL": f"http://{FLOWER_USER}:{secrets['FLOWER_PASSWORD']}@127.0.0.1:{ports['flower']}",
    }
    return {**_chosen(layout), **managed}


def _chosen(layout: Layout) -> dict[str, str]:
    """The settings that are the user's to choose: those of `.env` beside the folder, then the environment's."""
    given = {**read_env(layout.home.parent / ".env"), **os.environ}
    return {name: given[name] for name in setting_names() if name in given}


def current_environment(home: Path) -> dict[str, str]:
    """The settings of the stack in this folder; nothing where none was ever started."""
    layout = Layout(home.resolve())
    plan = load_plan(layout)
    return environment(layout, plan) if plan else {}
