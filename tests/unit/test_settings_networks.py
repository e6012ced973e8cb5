"""A wrong network stops the start, and is named."""

from typing import Any

import pytest

from ingest.errors import SettingsError
from ingest.settings import load_settings

REQUIRED: dict[str, Any] = {
    "REDIS_URL": "redis://127.0.0.1/0",
    "DATABASE_URL": "postgresql://a@127.0.0.1/b",
    "MINIO_ENDPOINT": "127.0.0.1:9000",
    "MINIO_ACCESS_KEY": "service",
    "MINIO_SECRET_KEY": "secret",
}


@pytest.mark.parametrize("wrong", ["abc", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/8;192.168.0.0/16"])
def test_a_wrong_network_stops_the_start(wrong: str) -> None:
    with pytest.raises(SettingsError, match=r"^BANDEJA_METRICS_NETWORKS: .*should be networks such as"):
        load_settings(**REQUIRED, BANDEJA_METRICS_NETWORKS=wrong)


@pytest.mark.parametrize("wrong", ["localhost:8000", "ftp://a", "http://a b", "http://a?b"])
def test_a_wrong_address_of_the_api_does_too(wrong: str) -> None:
    with pytest.raises(SettingsError, match=r"^BANDEJA_API_URL: "):
        load_settings(**REQUIRED, BANDEJA_API_URL=wrong)
