"""The pace at which all processes together ask a service that limits them: one token bucket, one circuit breaker, in Redis."""

from time import sleep
from typing import Any, cast

from redis import Redis
from redis.exceptions import RedisError

from ingest.errors import AiRateLimited, AiUnavailable

FAILURES = 5  # in a row, after which nobody asks for a while
_OPEN_SECONDS, _LONGEST_OPEN = 60.0, 900.0  # doubled at each failure more
_PROBE_SECONDS = 90.0  # while one asks whether the service is back, the others wait: longer than a request may take
_FORGOTTEN_SECONDS = 3600  # failures that old say nothing

# Waiting until the circuit closes (1), until the bucket holds enough (2), or no more (0). The server's clock counts for all.
_TAKE = """
local open = redis.call('PTTL', KEYS[2])
if open > 0 then return {1, open, redis.call('GET', KEYS[2])} end
local rate, cost = tonumber(ARGV[1]), tonumber(ARGV[2])
if rate > 0 then
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    local most = math.max(rate, cost)
    local held = redis.call('HMGET', KEYS[1], 'tokens', 'at')
    local tokens = math.min(most, tonumber(held[1] or most) + (now - tonumber(held[2] or now)) * rate / 60000)
    if tokens < cost then return {2, math.ceil((cost - tokens) * 60000 / rate), ''} end
    redis.call('HSET', KEYS[1], 'tokens', tostring(tokens - cost), 'at', now)
    redis.call('PEXPIRE', KEYS[1], 120000)
end
if tonumber(redis.call('GET', KEYS[3]) or '0') >= tonumber(ARGV[3]) then
    redis.call('SET', KEYS[2], 'away', 'PX', ARGV[4])
end
return {0, 0, ''}
"""


class RedisPace:
    """Implements `google_calls.Pace`. While Redis is away everybody asks as they please: work goes on."""

    def __init__(self, url: str, key_prefix: str, per_minute: int) -> None:
        """`per_minute` is what all processes may ask for together; 0 for no limit of ours."""
        self._redis: Any = Redis.from_url(url, socket_timeout=2, socket_connect_timeout=1, health_check_interval=30)
        self._keys = [f"{key_prefix}pace:{name}" for name in ("tokens", "open", "failures")]
        self._per_minute = per_minute
        self._take = self._redis.register_script(_TAKE)

    def take(self, cost: int, patience: float) -> None:
        """Return when so much may be asked for. Waits for the bucket up to `patience` seconds.

        Raises AiRateLimited where it takes longer, or while the service has asked us to wait; AiUnavailable while the circuit
        is open.
        """
        given = [self._per_minute, cost, FAILURES, round(1000 * _PROBE_SECONDS)]
        try:
            kind, milliseconds, reason = cast(tuple[int, int, bytes], self._take(self._keys, given))
            while kind == 2 and milliseconds <= 1000 * patience:
                sleep(milliseconds / 1000)
                patience -= milliseconds / 1000
                kind, milliseconds, reason = self._take(self._keys, given)
        except RedisError:
            return
        if kind == 1 and reason == b"away":
            raise AiUnavailable("the circuit is open", retry_after=milliseconds / 1000)
        if kind:
            raise AiRateLimited("the pace of all processes", retry_after=milliseconds / 1000)

    def succeeded(self) -> None:
        """The service answered: the circuit is closed."""
        _, is_open, failures = self._keys
        self._quietly(lambda: self._redis.delete(is_open, failures))

    def limited(self, seconds: float) -> None:
        """The service asked us to wait: nobody asks before."""
        self._quietly(lambda: self._redis.set(self._keys[1], "limited", px=max(1, round(1000 * seconds))))

    def failed(self) -> None:
        """The service did not answer; after some times in a row nobody asks for a while."""
        _, is_open, failures = self._keys

        def note() -> None:
            times = int(self._redis.incr(failures))
            self._redis.expire(failures, _FORGOTTEN_SECONDS)
            if times >= FAILURES:
                seconds = min(_LONGEST_OPEN, _OPEN_SECONDS * 2 ** min(times - FAILURES, 10))
                self._redis.set(is_open, "away", px=round(1000 * seconds))

        self._quietly(note)

    def _quietly(self, note: Any) -> None:
        try:
            note()
        except RedisError:
            return
