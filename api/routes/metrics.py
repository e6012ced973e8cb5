"""Prometheus metrics: what all processes counted in Redis, and what the database says at this moment."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Depends, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from api import problems
from api.access import may_see_metrics
from api.state import AppState, State
from ingest.adapters.redis_tallies import BUCKETS, Labels
from ingest.db import documents, halts
from ingest.domain.queues import QUEUES
from ingest.errors import BrokerUnavailable, DatabaseUnavailable

router = APIRouter(tags=["metrics"])

COUNTERS = {
    "bandeja_events_total": "Events taken, by source and outcome.",
    "bandeja_pages_total": "Pages read, by how: layer, ocr, none.",
    "bandeja_failures_total": "Documents that ended in error, by code.",
    "bandeja_ai_requests_total": "Calls of Google's API, by api and outcome.",
    "bandeja_lease_lost_total": "Runs that lost their lease.",
}
HISTOGRAMS = {
    "bandeja_document_seconds": "From arrival until searchable or completed.",
    "bandeja_stage_seconds": "Time in a stage.",
    "bandeja_search_seconds": "Time of a search, by mode.",
}


_METRICS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Prometheus's text format."}
}


@router.get(
    "/metrics",
    dependencies=[Depends(may_see_metrics)],
    response_class=Response,
    responses=_METRICS | problems.documented(always=("unauthorized", "forbidden", "rate_limited", "database_unavailable")),
)
def metrics(state: AppState) -> Response:
    """Everything, in Prometheus's text format."""
    registry = CollectorRegistry()
    registry.register(_Everything(state))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Everything(Collector):
    def __init__(self, state: State) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        """Leave out what cannot be asked just now: a scrape in an outage shows the rest."""
        with suppress(DatabaseUnavailable):
            yield from self._from_database()
        with suppress(BrokerUnavailable):
            yield from self._from_redis()

    def _from_database(self) -> Iterator[Metric]:
        with self._state.services.database.begin() as connection:
            counted = documents.count_by_status(connection)
            oldest = documents.oldest_waiting_seconds(connection)
            halted = halts.current(connection)
        rows = GaugeMetricFamily("bandeja_documents_total", "Documents by status.", labels=["status"])
        for status, count in counted.items():
            rows.add_metric([status], count)
        yield rows
        halt = GaugeMetricFamily(
            "bandeja_work_halted", "1 while work does not go on, by mode and reason.", labels=["mode", "reason"]
        )
        if halted:
            halt.add_metric([halted.mode, halted.reason], 1)
        yield halt
        yield GaugeMetricFamily("bandeja_oldest_waiting_seconds", "Age of the row that waits longest.", value=oldest)

    def _from_redis(self) -> Iterator[Metric]:
        tallies = self._state.services.tallies
        depths = tallies.depths(QUEUES)
        length = GaugeMetricFamily("bandeja_queue_length", "Messages waiting.", labels=["queue"])
        for queue in QUEUES:
            length.add_metric([queue], depths[queue])
        yield length
        numbers = tallies.read()
        for name, text in COUNTERS.items():
            yield _counter(name, text, numbers)
        for name, text in HISTOGRAMS.items():
            yield _histogram(name, text, numbers)


Numbers = dict[tuple[str, str, Labels], float]


def _counter(name: str, text: str, numbers: Numbers) -> Metric:
    found = {labels: value for (kind, metric, labels), value in numbers.items() if (kind, metric) == ("count", name)}
    names = [label for label, _ in next(iter(found), ())]
    family = CounterMetricFamily(name.removesuffix("_total"), text, labels=names)
    for labels, value in found.items():
        family.add_metric([value_of for _, value_of in labels], value)
    return family


def _histogram(name: str, text: str, numbers: Numbers) -> Metric:
    sums = {labels: value for (kind, metric, labels), value in numbers.items() if (kind, metric) == ("sum", name)}
    names = [label for label, _ in next(iter(sums), ())]
    family = HistogramMetricFamily(name, text, labels=names)
    for labels, total in sums.items():
        running, buckets = 0.0, []
        for limit in (*map(str, BUCKETS), "+Inf"):
            running += numbers.get(("bucket", name, tuple(sorted((*labels, ("le", limit))))), 0)
            buckets.append((limit, running))
        family.add_metric([value_of for _, value_of in labels], buckets, total)
    return family
