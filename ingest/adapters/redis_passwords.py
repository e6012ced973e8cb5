"""Passwords of PDFs on their way to the worker: sealed, in Redis alone, for an hour, and the office's own list.

Redis writes what it holds to its disk; so what it holds is sealed (Fernet: AES-128-CBC and HMAC-SHA256) with a key that
derives from the service's MinIO password, which every process of ours has and Redis has not.
"""

import base64
from collections.abc import Sequence
from typing import cast
from uuid import UUID

import structlog
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from redis import Redis
from redis.exceptions import RedisError

from ingest.errors import BrokerUnavailable

log = structlog.get_logger(__name__)

LENT_SECONDS = 3600  # since it was last asked for: long enough to wait in a queue, or for the batches of a long scan
_PURPOSE = b"bandeja: passwords of PDFs"


class RedisPasswords:
    """Implements `ports.Passwords`."""

    def __init__(self, url: str, key_prefix: str, secret: str, office: Sequence[str] = ()) -> None:
        """`secret` is shared by all processes of ours; `office` passwords are tried on every locked file."""
        self._redis = Redis.from_url(url, socket_timeout=2, socket_connect_timeout=1, health_check_interval=30)
        self._prefix = f"{key_prefix}password:"
        self._office = tuple(office)
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret.encode("utf-8"))
        self._seal = Fernet(base64.urlsafe_b64encode(derived))

    def office(self) -> tuple[str, ...]:
        """The passwords of the settings."""
        return self._office

    def lend(self, document_id: UUID, password: str) -> None:
        """Keep a password for the document's next run. Raises BrokerUnavailable."""
        sealed = self._seal.encrypt(password.encode("utf-8"))
        try:
            self._redis.set(self._key(document_id), sealed, ex=LENT_SECONDS)
        except RedisError as error:
            raise BrokerUnavailable(type(error).__name__) from error

    def for_document(self, document_id: UUID) -> tuple[str, ...]:
        """The password lent for this document, then the office's. Raises BrokerUnavailable."""
        try:
            sealed = cast(bytes | None, self._redis.getex(self._key(document_id), ex=LENT_SECONDS))
        except RedisError as error:
            raise BrokerUnavailable(type(error).__name__) from error
        if sealed is None:
            return self._office
        try:
            return (self._seal.decrypt(sealed).decode("utf-8"), *self._office)
        except InvalidToken:
            # Sealed by a process with another MinIO password: there is nothing to try.
            log.warning("password_unreadable", document_id=str(document_id))
            return self._office

    def forget(self, document_id: UUID) -> None:
        """Remove the lent password; where Redis is away it goes within the hour."""
        try:
            self._redis.delete(self._key(document_id))
        except RedisError:
            return

    def close(self) -> None:
        """Close all connections."""
        self._redis.close()

    def _key(self, document_id: UUID) -> str:
        return f"{self._prefix}{document_id}"
