"""Settings that stop the process at its start say which, and what they should be."""

import pytest

from ingest.errors import SettingsError
from ingest.settings import load_settings

GOOD = {
    "REDIS_URL": "redis://localhost:6379/0",
    "DATABASE_URL": "postgresql://bandeja:secreta@localhost/bandeja",
    "MINIO_ENDPOINT": "localhost:9000",
    "MINIO_ACCESS_KEY": "bandeja-service",
    "MINIO_SECRET_KEY": "secreta-de-verdad",
}


@pytest.fixture(autouse=True)
def _nothing_else(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.chdir(str(tmp_path))
    for name in GOOD:
        monkeypatch.delenv(name, raising=False)


def test_what_is_good_is_taken() -> None:
    assert load_settings(**GOOD).minio_secret_key.get_secret_value() == "secreta-de-verdad"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MINIO_SECRET_KEY", "CHANGE-ME"),
        ("BANDEJA_WEBHOOK_TOKEN", "CHANGE-ME"),
        ("BANDEJA_API_KEY", "CHANGE-ME"),
        ("MINIO_ROOT_PASSWORD", "CHANGE-ME"),
        ("DATABASE_URL", "postgresql://bandeja:CHANGE-ME@localhost/bandeja"),
        ("REDIS_URL", "redis://:CHANGE-ME@localhost:6379/0"),
    ],
)
def test_the_example_s_secret_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: CHANGE-ME") as refused:
        load_settings(**{**GOOD, name: value})
    assert "secreta" not in str(refused.value)
