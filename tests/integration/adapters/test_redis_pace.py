"""All processes ask at one pace: a token bucket and a circuit breaker in a real Redis."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from redis import Redis

from ingest.adapters.redis_pace import FAILURES, RedisPace
from ingest.errors import AiRateLimited, AiUnavailable


@pytest.fixture
def prefix(environment: dict[str, str]) -> Iterator[str]:
    name = f"test-{uuid4().hex[:8]}:"
    yield name
    redis = Redis.from_url(environment["REDIS_URL"])
    for key in redis.keys(f"{name}*"):
        redis.delete(key)
    redis.close()


def test_a_bucket_that_two_processes_share(environment: dict[str, str], prefix: str) -> None:
    one, other = (RedisPace(environment["REDIS_URL"], prefix, 120) for _ in range(2))
    one.take(100, 0)
    other.take(20, 0)
    with pytest.raises(AiRateLimited) as refused:
        one.take(60, 0)
    assert 25 < (refused.value.retry_after or 0) <= 30
    other.take(1, 2)  # waits half a second for it


def test_more_than_the_bucket_holds_is_let_through_when_it_is_full(environment: dict[str, str], prefix: str) -> None:
    pace = RedisPace(environment["REDIS_URL"], prefix, 10)
    pace.take(100, 0)
    with pytest.raises(AiRateLimited):
        pace.take(1, 0)


def test_no_limit_of_ours(environment: dict[str, str], prefix: str) -> None:
    pace = RedisPace(environment["REDIS_URL"], prefix, 0)
    for _ in range(50):
        pace.take(100, 0)


def test_who_is_asked_to_wait_asks_for_all(environment: dict[str, str], prefix: str) -> None:
    one, other = (RedisPace(environment["REDIS_URL"], prefix, 0) for _ in range(2))
    one.limited(40)
    with pytest.raises(AiRateLimited) as refused:
        other.take(1, 0)
    assert 30 < (refused.value.retry_after or 0) <= 40
    one.succeeded()
    other.take(1, 0)


def test_a_circuit_opens_lets_one_try_and_closes(environment: dict[str, str], prefix: str) -> None:
    one, other = (RedisPace(environment["REDIS_URL"], prefix, 0) for _ in range(2))
    for _ in range(FAILURES - 1):
        one.failed()
    other.take(1, 0)
    one.failed()
    with pytest.raises(AiUnavailable) as refused:
        other.take(1, 0)
    assert 50 < (refused.value.retry_after or 0) <= 60
    Redis.from_url(environment["REDIS_URL"]).delete(f"{prefix}pace:open")  # as when its time is over
    one.take(1, 0)
    with pytest.raises(AiUnavailable):
        other.take(1, 0)  # one asks whether it is back
    one.succeeded()
    other.take(1, 0)


def test_it_stays_open_longer_and_longer(environment: dict[str, str], prefix: str) -> None:
    pace = RedisPace(environment["REDIS_URL"], prefix, 0)
    for _ in range(FAILURES + 20):
        pace.failed()
    with pytest.raises(AiUnavailable) as refused:
        pace.take(1, 0)
    assert 800 < (refused.value.retry_after or 0) <= 900


def test_without_redis_work_goes_on() -> None:
    pace = RedisPace("redis://127.0.0.1:1/0", "x:", 1)
    for _ in range(3):
        pace.take(1, 0)
    pace.failed()
    pace.limited(10)
    pace.succeeded()
