"""Passwords in a real Redis: there for the run, readable by our processes alone, gone afterwards."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from redis import Redis

from ingest.adapters.redis_passwords import LENT_SECONDS, RedisPasswords
from ingest.errors import BrokerUnavailable

SECRET = "el-secreto-del-servicio"


@pytest.fixture
def redis(environment: dict[str, str]) -> Iterator[Redis]:
    client = Redis.from_url(environment["REDIS_URL"])
    yield client
    client.close()


@pytest.fixture
def passwords(environment: dict[str, str]) -> Iterator[RedisPasswords]:
    passwords = RedisPasswords(environment["REDIS_URL"], "test:", SECRET, ("de-la-oficina",))
    yield passwords
    passwords.close()


def test_lent_for_one_document_and_sealed(passwords: RedisPasswords, redis: Redis, environment: dict[str, str]) -> None:
    document_id = uuid4()
    passwords.lend(document_id, "ñandú-2024")
    sealed = redis.get(f"test:password:{document_id}")
    assert isinstance(sealed, bytes)
    assert "ñandú".encode() not in sealed
    assert b"2024" not in sealed
    assert 0 < redis.ttl(f"test:password:{document_id}") <= LENT_SECONDS
    elsewhere = RedisPasswords(environment["REDIS_URL"], "test:", SECRET)
    assert elsewhere.for_document(document_id) == ("ñandú-2024",)
    elsewhere.close()
    assert passwords.for_document(document_id) == ("ñandú-2024", "de-la-oficina")
    assert passwords.for_document(uuid4()) == ("de-la-oficina",)
    assert passwords.office() == ("de-la-oficina",)
    passwords.forget(document_id)
    assert passwords.for_document(document_id) == ("de-la-oficina",)


def test_sealed_by_another_secret_it_opens_nothing(passwords: RedisPasswords, environment: dict[str, str]) -> None:
    document_id = uuid4()
    passwords.lend(document_id, "ñandú-2024")
    stranger = RedisPasswords(environment["REDIS_URL"], "test:", "otro-secreto")
    assert stranger.for_document(document_id) == ()
    stranger.close()
    passwords.forget(document_id)


def test_without_redis_a_password_is_refused_rather_than_lost() -> None:
    passwords = RedisPasswords("redis://127.0.0.1:1/0", "test:", SECRET, ("de-la-oficina",))
    with pytest.raises(BrokerUnavailable):
        passwords.lend(uuid4(), "ñandú")
    with pytest.raises(BrokerUnavailable):
        passwords.for_document(uuid4())
    passwords.forget(uuid4())
    passwords.close()
