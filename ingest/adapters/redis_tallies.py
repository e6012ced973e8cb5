"""Counts kept in Redis: metrics of all processes together, queue depths, rate-limit windows.

Metrics live in one hash so that every process on every host adds to the same numbers and a worker child
that ends after 50 tasks takes nothing with it. Losing some in an outage is acceptable; stopping work is not.
"""

import json
from collections.abc import Sequence
from time import time
from typing import cast

from redis import Redis
from redis.exceptions import RedisError

from ingest.errors import BrokerUnavailable

# Seconds. The aims lie at 0.5 s for a document found and minutes for a long scan.
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200)

Labels = tuple[tuple[str, str], ...]


class RedisTallies:
    """Implements `ports.Metrics`; also reads the metrics back, the queues' depths and rate limits."""

    def __init__(self, url: str, key_prefix: str) -> None:
        self._redis = Redis.from_url(url, socket_timeout=2, socket_connect_timeout=1, health_check_interval=30)
        self._prefix = key_prefix
        self._metrics = f"{key_prefix}metrics"

    def count(self, name: str, amount: int = 1, **labels: str) -> None:
        """Add to a counter."""
        try:
            self._redis.hincrby(self._metrics, _field("count", name, labels), amount)
        except RedisError:
            return

    def observe(self, name: str, seconds: float, **labels: str) -> None:
        """Add to a histogram: one bucket, the sum and the count, in one round trip."""
        bucket = next((str(limit) for limit in BUCKETS if seconds <= limit), "+Inf")
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.hincrby(self._metrics, _field("bucket", name, {**labels, "le": bucket}), 1)
                pipe.hincrbyfloat(self._metrics, _field("sum", name, labels), seconds)
                pipe.execute()
        except RedisError:
            return

    def read(self) -> dict[tuple[str, str, Labels], float]:
        """Every number by (kind, name, labels); kind is `count`, `bucket` or `sum`. Raises BrokerUnavailable."""
        try:
            stored = cast(dict[bytes, bytes], self._redis.hgetall(self._metrics))
        except RedisError as error:
            raise BrokerUnavailable(type(error).__name__) from error
        numbers: dict[tuple[str, str, Labels], float] = {}
        for field, value in stored.items():
            kind, name, labels = json.loads(field)
            numbers[kind, name, tuple((label, text) for label, text in labels)] = float(value)
        return numbers

    def depths(self, queues: Sequence[str]) -> dict[str, int]:
        """Messages waiting in each queue, and under "" those taken and not acknowledged. Raises BrokerUnavailable."""
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                for queue in queues:
                    pipe.llen(f"{self._prefix}{queue}")
                pipe.hlen(f"{self._prefix}unacked")
                counted = pipe.execute()
        except RedisError as error:
            raise BrokerUnavailable(type(error).__name__) from error
        return dict(zip([*queues, ""], map(int, counted), strict=True))

    def taken_lately(self, seconds: float) -> list[str]:
        """Ids of messages that workers took less than `seconds` ago and have not acknowledged. Raises BrokerUnavailable.

        Older ones are no sign of life: a worker that was killed leaves its messages there for hours.
        """
        # None of the future: those were taken before the clock was set back.
        index, now = f"{self._prefix}unacked_index", time()
        try:
            tags = cast(list[bytes], self._redis.zrangebyscore(index, now - seconds, now + seconds))
            held = cast(list[bytes | None], self._redis.hmget(f"{self._prefix}unacked", tags)) if tags else []
        except RedisError as error:
            raise BrokerUnavailable(type(error).__name__) from error
        return [str(json.loads(message)[0]["headers"]["id"]) for message in held if message is not None]

    def allow(self, who: str, per_minute: int, minute: int) -> bool:
        """Whether `who` has a request left in this minute; yes while Redis is away."""
        return self._within(f"{self._prefix}rate:{who}:{minute}", per_minute, 120)

    def allow_daily(self, what: str, most: int, day: str) -> bool:
        """Whether one more of it may be done on that day; it is counted. Yes while Redis is away."""
        return self._within(f"{self._prefix}day:{what}:{day}", most, 2 * 24 * 3600)

    def _within(self, key: str, most: int, seconds: int) -> bool:
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.incr(key)
                pipe.expire(key, seconds)
                used, _ = pipe.execute()
        except RedisError:
            return True
        return int(used) <= most

    def ping(self) -> None:
        """Raise BrokerUnavailable unless Redis answers."""
        try:
            self._redis.ping()
        except RedisError as error:
            raise BrokerUnavailable(type(error).__name__) from error

    def close(self) -> None:
        """Close all connections."""
        self._redis.close()


def _field(kind: str, name: str, labels: dict[str, str]) -> str:
    return json.dumps([kind, name, sorted(labels.items())], separators=(",", ":"))
