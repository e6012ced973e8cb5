"""A page of a host that is set may call with a key of its own; no cookie of ours goes along, and no other host's page may."""

from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import ValidationError

from api.cors import Cors
from ingest.settings import Settings

PORTAL = "https://portal.example.org"


@pytest.fixture
def client() -> TestClient:
    application = FastAPI()
    application.add_middleware(Cors)
    application.state.bandeja = SimpleNamespace(settings=SimpleNamespace(cors_origins=(PORTAL,)))

    @application.get("/api/v1/documents")
    def documents() -> list[str]:
        return []

    return TestClient(application)


def test_the_host_that_is_set(client: TestClient) -> None:
    asked = {"Origin": PORTAL, "Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "X-API-Key"}
    answer = client.options("/api/v1/documents", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == PORTAL
    assert "access-control-allow-credentials" not in answer.headers
    assert client.get("/api/v1/documents", headers={"Origin": PORTAL}).headers["access-control-allow-origin"] == PORTAL


@pytest.mark.parametrize("origin", ["https://elsewhere.example", f"{PORTAL}.evil.example", "null"])
def test_any_other(client: TestClient, origin: str) -> None:
    asked = {"Origin": origin, "Access-Control-Request-Method": "GET"}
    assert "access-control-allow-origin" not in client.options("/api/v1/documents", headers=asked).headers
    assert "access-control-allow-origin" not in client.get("/api/v1/documents", headers={"Origin": origin}).headers


@pytest.mark.parametrize("origins", ["*", "https://*.example.org", "portal.example.org", "https://a.example/path"])
def test_what_is_no_origin(origins: str) -> None:
    with pytest.raises(ValidationError, match="BANDEJA_CORS_ORIGINS"):
        Settings(BANDEJA_CORS_ORIGINS=origins)  # type: ignore[call-arg]
