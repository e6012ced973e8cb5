"""Guessing keys is slow, and costs nobody else anything."""

import pytest

from api import throttle
from api.throttle import KeyThrottle, address_of
from ingest.errors import RateLimited


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [6000.0]
    monkeypatch.setattr(throttle, "time", lambda: now[0])
    return now


def tried(keys: KeyThrottle, address: str, times: int) -> None:
    for number in range(times):
        keys.check(address, f"guess {number}")
        keys.failed(address)


def test_the_guess_too_many_is_refused_until_the_minute_is_over(clock: list[float]) -> None:
    keys = KeyThrottle(3)
    tried(keys, "192.0.2.1", 3)
    with pytest.raises(RateLimited) as refused:
        keys.check("192.0.2.1", "guess")
    assert refused.value.retry_after == 60
    keys.check("192.0.2.2", "guess")
    clock[0] += 60
    keys.check("192.0.2.1", "guess")


def test_whoever_has_shown_a_good_key_goes_on_with_it_and_with_no_other() -> None:
    keys = KeyThrottle(3)
    keys.succeeded("192.0.2.1", "good")
    tried(keys, "192.0.2.1", 3)
    keys.check("192.0.2.1", "good")
    with pytest.raises(RateLimited):
        keys.check("192.0.2.1", "other")
    tried(keys, "192.0.2.2", 3)
    with pytest.raises(RateLimited):
        keys.check("192.0.2.2", "good")


def test_one_customers_ipv6_addresses_are_one() -> None:
    keys = KeyThrottle(3)
    tried(keys, "2001:db8::1", 2)
    tried(keys, "2001:db8::ffff:2", 1)
    with pytest.raises(RateLimited):
        keys.check("2001:db8::3", "guess")
    keys.check("2001:db8:0:1::1", "guess")


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "_MOST", 10)
    keys = KeyThrottle(1)
    for number in range(100):
        keys.failed(f"192.0.2.{number}")
        keys.succeeded(f"192.0.2.{number}", "x" * number)
    assert len(keys._failures) == len(keys._good) == 10


def test_none_is_counted_without_a_limit() -> None:
    tried(KeyThrottle(0), "192.0.2.1", 1000)


@pytest.mark.parametrize("host", ["abc", "", "1.2.3.4.5", "\ud800", "127.0.0.1:80"])
def test_what_a_proxy_says_may_be_no_address(host: str) -> None:
    assert address_of(host) is None
    tried(KeyThrottle(3), host, 2)


def test_an_ipv4_address_is_one_however_it_is_written() -> None:
    address = address_of("::ffff:127.0.0.1")
    assert address is not None
    assert address.is_loopback
