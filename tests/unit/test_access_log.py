"""People's questions are in no log, however uvicorn was started."""

import logging

from ingest.logs import configure_logs


def test_no_line_a_request() -> None:
    # As uvicorn leaves them, whatever a server in another test has done.
    for name in ("uvicorn.access", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.INFO)
    configure_logs("debug")
    assert not logging.getLogger("uvicorn.access").isEnabledFor(logging.INFO)
    assert logging.getLogger("uvicorn.error").isEnabledFor(logging.INFO)
