"""What every client of Google's has in common: the pace of all processes, the count of answers, and what an error asks for."""

import re
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from ingest.errors import AiRateLimited, AiRejected, AiUnavailable
from ingest.ports import Metrics

Answer = TypeVar("Answer")

REQUEST_SECONDS = 60.0
PATIENCE = 30.0  # seconds that a worker waits for its turn
PASSING = frozenset((408, 409, 499))  # time-out, aborted, cancelled: client errors that may work later
_UNSAID_SECONDS = 5.0  # of a 429 that does not say how long to wait
_LONGEST_WAIT = 24 * 3600.0  # seconds; no quota of Google's needs more than a day to come back


class Pace(Protocol):
    """How fast all processes together may ask, and whether there is any use in asking."""

    def take(self, cost: int, patience: float) -> None:
        """Wait until so much may be asked for. Raises AiRateLimited, AiUnavailable."""

    def succeeded(self) -> None:
        """The service answered."""

    def limited(self, seconds: float) -> None:
        """The service asked us to wait so long."""

    def failed(self) -> None:
        """The service did not answer."""


class Unpaced:
    """As fast as it goes, whatever happens."""

    def take(self, cost: int, patience: float) -> None:
        """At once."""

    def succeeded(self) -> None:
        """Nothing is remembered."""

    def limited(self, seconds: float) -> None:
        """Nothing is remembered."""

    def failed(self) -> None:
        """Nothing is remembered."""


class PacedCalls:
    """Calls that keep the pace of all processes, and are counted by how they end."""

    def __init__(self, metrics: Metrics, pace: Pace | None = None) -> None:
        self._metrics = metrics
        self._pace = pace or Unpaced()

    def make(self, api: str, ask: Callable[[], Answer], cost: int, patience: float) -> Answer:
        """What `ask` answers, once `cost` texts may be asked for. Raises AiRateLimited, AiUnavailable, AiRejected."""
        self._pace.take(cost, patience)
        outcome = "ok"
        try:
            answer = ask()
        except (AiRateLimited, AiUnavailable, AiRejected) as error:
            outcome = error.code
            self._note(error)
            raise
        finally:
            self._metrics.count("bandeja_ai_requests_total", api=api, outcome=outcome)
        self._pace.succeeded()
        return answer

    def _note(self, error: AiRateLimited | AiUnavailable | AiRejected) -> None:
        if isinstance(error, AiRateLimited):
            self._pace.limited(error.retry_after if error.retry_after is not None else _UNSAID_SECONDS)
        elif isinstance(error, AiUnavailable):
            self._pace.failed()


def readable(text: str) -> str:
    """What can be sent: a lone surrogate cannot."""
    return text.encode("utf-8", "replace").decode()


def retry_after(details: Any, response: Any) -> float | None:
    """Seconds that Google asks us to wait: RetryInfo's delay, else the Retry-After header; None where neither says."""
    # Over REST a detail is the JSON object itself: {"@type": "….RetryInfo", "retryDelay": "37.5s"}
    listed = details if isinstance(details, list | tuple) else []
    delays = [str(detail.get("retryDelay", "")) for detail in listed if isinstance(detail, dict)]
    headers = getattr(response, "headers", None) or {}
    for said in (*delays, str(headers.get("Retry-After", ""))):
        if re.fullmatch(r"\d{1,9}(\.\d{1,9})?s?", said):
            return min(float(said.removesuffix("s")), _LONGEST_WAIT)
    return None
