"""Structured logs: one JSON object a line, constant event words, data in key-values.

`document_id` and `task_id` are bound with `structlog.contextvars` while a document is worked on.
Nothing secret is logged: connection strings and keys never reach an event.
"""

import logging
import sys

import structlog


def configure_logs(level: str = "info") -> None:
    """Send all logs of this process, ours and the libraries', to stderr as JSON lines."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # uvicorn brings handlers of its own, whose lines are no JSON.
    for server in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(server).handlers[:] = []
        logging.getLogger(server).propagate = True
    # However it was started: a line a request would keep people's questions.
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
    # These say a line a request or a connection; ours says what matters of it.
    for noisy in ("urllib3", "botocore", "httpx", "paramiko"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
