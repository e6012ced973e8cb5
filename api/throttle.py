"""Guessing keys: an address that shows too many wrong ones is refused for the rest of the minute."""

from collections import OrderedDict
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address
from threading import Lock
from time import time
from typing import Any

from ingest.errors import RateLimited

_MOST = 10_000  # addresses, and keys in use, that are remembered: some 2 MB of each
_SAME_NETWORK = 64  # bits of an IPv6 address that name a customer, who has all the rest


class KeyThrottle:
    """Counts wrong keys by client address; an address that has shown a good key goes on with that one.

    In this process alone and in bounded memory: the oldest is forgotten first.
    """

    def __init__(self, most_a_minute: int) -> None:
        """`most_a_minute` 0 counts nothing."""
        self._most = most_a_minute
        self._failures: OrderedDict[str, tuple[int, int]] = OrderedDict()  # address: minute, count
        self._good: OrderedDict[tuple[str, bytes], None] = OrderedDict()
        self._lock = Lock()

    def check(self, address: str, secret: str) -> None:
        """Raise RateLimited where this address has shown too many wrong keys, and never this one as a good one."""
        now = time()
        who = _network(address)
        with self._lock:
            minute, count = self._failures.get(who, (0, 0))
            if not self._most or minute != int(now // 60) or count < self._most or (who, _digest(secret)) in self._good:
                return
        raise RateLimited("wrong keys", retry_after=60 - now % 60)

    def failed(self, address: str) -> None:
        """Note a wrong key."""
        who, this_minute = _network(address), int(time() // 60)
        with self._lock:
            minute, count = self._failures.pop(who, (0, 0))
            self._failures[who] = (this_minute, count + 1 if minute == this_minute else 1)
            _forget_oldest(self._failures)

    def succeeded(self, address: str, secret: str) -> None:
        """Note a good key."""
        pair = (_network(address), _digest(secret))
        with self._lock:
            self._good[pair] = None
            self._good.move_to_end(pair)
            _forget_oldest(self._good)


def address_of(host: str) -> IPv4Address | IPv6Address | None:
    """A client's address, an IPv4 one as such; None where a proxy told us something else."""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _network(host: str) -> str:
    address = address_of(host)
    if isinstance(address, IPv6Address):
        return str(IPv6Address(int(address) >> _SAME_NETWORK << _SAME_NETWORK))
    return host[:64] if address is None else str(address)


def _digest(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _forget_oldest(remembered: OrderedDict[Any, Any]) -> None:
    if len(remembered) > _MOST:
        remembered.popitem(last=False)
