"""Settings: read once, at an entry point, from the environment or `.env`; checked before anything starts.

The seed's names keep the seed's meaning (docs/glossary.md, "What the customer gave"); ours begin with `BANDEJA_` or the vendor's word.
Every field is documented in docs/reference.md (a test compares).
"""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from annotated_types import MaxLen
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ingest.errors import SettingsError

LOCAL_EMBEDDING_MODEL = "multilingual-e5-small"
GOOGLE_EMBEDDING_MODEL = "gemini-embedding-001"
PLACEHOLDER = "CHANGE-ME"  # of `.env.example`, in the place of every secret
LOCAL_DIMENSIONS = 384
_DIMENSIONS = {LOCAL_EMBEDDING_MODEL: LOCAL_DIMENSIONS}
_GOOGLE_DIMENSIONS = 768  # docs/reference.md: by model 768 or 384


def _name(name: str, default: Any = ..., **checks: Any) -> Any:
    return Field(default, validation_alias=name, **checks)


class Settings(BaseSettings):
    """All settings of all processes; a process uses what it needs."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    # Redis and Celery
    redis_url: str = _name("REDIS_URL", pattern=r"^rediss?://")
    celery_broker_url: str = _name("CELERY_BROKER_URL", "", pattern=r"^(rediss?://.*)?$")
    celery_result_backend: str = _name("CELERY_RESULT_BACKEND", "", pattern=r"^(rediss?://.*)?$")

    # PostgreSQL
    database_url: SecretStr = _name("DATABASE_URL")

    # MinIO: the service's own user, then the two that sign
    minio_endpoint: str = _name("MINIO_ENDPOINT", pattern=r"^[^/\s]+$")
    minio_access_key: str = _name("MINIO_ACCESS_KEY", min_length=3)
    minio_secret_key: SecretStr = _name("MINIO_SECRET_KEY")
    minio_bucket: str = _name("MINIO_BUCKET", "documentos-ugel", pattern=r"^[a-z0-9][a-z0-9.-]{1,52}[a-z0-9]$")
    minio_secure: bool = _name("MINIO_SECURE", False)
    minio_public_endpoint: str = _name("MINIO_PUBLIC_ENDPOINT", "", pattern=r"^(https?://[^/\s]+)?$")
    minio_region: str = _name("MINIO_REGION", "us-east-1")
    minio_signer_access_key: str = _name("MINIO_SIGNER_ACCESS_KEY", "")
    minio_signer_secret_key: SecretStr = _name("MINIO_SIGNER_SECRET_KEY", SecretStr(""))
    minio_reader_access_key: str = _name("MINIO_READER_ACCESS_KEY", "")
    minio_reader_secret_key: SecretStr = _name("MINIO_READER_SECRET_KEY", SecretStr(""))
    minio_watcher_access_key: str = _name("MINIO_WATCHER_ACCESS_KEY", "")
    minio_watcher_secret_key: SecretStr = _name("MINIO_WATCHER_SECRET_KEY", SecretStr(""))
    minio_root_user: str = _name("MINIO_ROOT_USER", "")
    minio_root_password: SecretStr = _name("MINIO_ROOT_PASSWORD", SecretStr(""))
    minio_sftp_address: str = _name("MINIO_SFTP_ADDRESS", "")

    # Reading
    ocr_languages: str = _name("OCR_LANGUAGES", "spa", pattern=r"^[a-z_]{3,12}(\+[a-z_]{3,12})*$")

    # Google
    google_api_key: SecretStr = _name("GOOGLE_API_KEY", SecretStr(""))
    google_api_endpoint: str = _name("GOOGLE_API_ENDPOINT", "")
    gemini_model: str = _name("GEMINI_MODEL", "gemini-3.5-flash")
    gemini_calls_per_day: int = _name("BANDEJA_GEMINI_CALLS_PER_DAY", 0, ge=0)
    private_prefixes: Annotated[tuple[str, ...], NoDecode, MaxLen(100)] = _name("BANDEJA_PRIVATE_PREFIXES", ())
    google_texts_per_minute: int = _name("BANDEJA_GOOGLE_TEXTS_PER_MINUTE", 0, ge=0)
    embedding_model: str = _name("EMBEDDING_MODEL", "")
    embedding_dimensions: int = _name("EMBEDDING_DIMENSIONS", 0, ge=0, le=4000)

    # Ours
    inbox_prefix: str = _name("BANDEJA_INBOX_PREFIX", "inbox/", pattern=r"^[^/].*/$")
    webhook_token: SecretStr = _name("BANDEJA_WEBHOOK_TOKEN", SecretStr(""))
    api_key: SecretStr = _name("BANDEJA_API_KEY", SecretStr(""))
    api_url: str = _name("BANDEJA_API_URL", "http://127.0.0.1:8000", pattern=r"^https?://[^\s?#]+$")
    listener_url: str = _name("BANDEJA_LISTENER_URL", "http://127.0.0.1:8001")
    webhook_url: str = _name("BANDEJA_WEBHOOK_URL", "", pattern=r"^(https?://[^/\s]+)?$")
    max_upload_bytes: int = _name("BANDEJA_MAX_UPLOAD_BYTES", 200 * 1024 * 1024, ge=1)
    batch_threshold: int = _name("BANDEJA_BATCH_THRESHOLD", 4, ge=0)
    batch_pages: int = _name("BANDEJA_BATCH_PAGES", 8, ge=1)
    max_pages: int = _name("BANDEJA_MAX_PAGES", 2000, ge=1)
    timezone: str = _name("BANDEJA_TIMEZONE", "America/Lima")
    upload_url_seconds: int = _name("BANDEJA_UPLOAD_URL_SECONDS", 900, ge=10, le=7 * 24 * 3600)
    download_url_seconds: int = _name("BANDEJA_DOWNLOAD_URL_SECONDS", 300, ge=10, le=7 * 24 * 3600)
    retry_delays: Annotated[tuple[float, ...], NoDecode] = _name("BANDEJA_RETRY_DELAYS", (60.0, 300.0, 900.0))
    lease_seconds: float = _name("BANDEJA_LEASE_SECONDS", 20.0, ge=1)
    max_crashes: int = _name("BANDEJA_MAX_CRASHES", 3, ge=0)
    sweep_seconds: float = _name("BANDEJA_SWEEP_SECONDS", 2.0, gt=0)
    listing_seconds: float = _name("BANDEJA_LISTING_SECONDS", 30.0, gt=0)
    task_time_limit: int = _name("BANDEJA_TASK_TIME_LIMIT", 6 * 3600, ge=60)
    pdf_passwords: Annotated[tuple[SecretStr, ...], NoDecode, MaxLen(20)] = _name("BANDEJA_PDF_PASSWORDS", ())
    parser_memory_bytes: int = _name("BANDEJA_PARSER_MEMORY_BYTES", 1_000_000_000, ge=384 * 1024**2)
    parser_page_seconds: float = _name("BANDEJA_PARSER_PAGE_SECONDS", 8.0, gt=0)
    parser_mean_page_seconds: float = _name("BANDEJA_PARSER_MEAN_PAGE_SECONDS", 3.0, gt=0)
    ocr_page_seconds: float = _name("BANDEJA_OCR_PAGE_SECONDS", 20.0, gt=0)
    rate_limit_per_minute: int = _name("BANDEJA_RATE_LIMIT_PER_MINUTE", 600, ge=0)
    failed_keys_per_minute: int = _name("BANDEJA_FAILED_KEYS_PER_MINUTE", 100, ge=0)
    session_seconds: int = _name("BANDEJA_SESSION_SECONDS", 12 * 3600, ge=60)
    audit_days: int = _name("BANDEJA_AUDIT_DAYS", 365, ge=1)
    streams_per_key: int = _name("BANDEJA_STREAMS_PER_KEY", 50, ge=1)
    cors_origins: Annotated[tuple[str, ...], NoDecode] = _name("BANDEJA_CORS_ORIGINS", ())
    metrics_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = _name("BANDEJA_METRICS_NETWORKS", ())
    log_level: str = _name("BANDEJA_LOG_LEVEL", "info", pattern=r"^(debug|info|warning|error)$")
    watched_folders: Annotated[tuple[Path, ...], NoDecode] = _name("BANDEJA_WATCHED_FOLDERS", ())
    least_free_bytes: int = _name("BANDEJA_LEAST_FREE_BYTES", 1024**3, ge=0)
    cache_dir: Path | None = _name("BANDEJA_CACHE_DIR", None)
    cache_bytes: int = _name("BANDEJA_CACHE_BYTES", 2 * 1024**3, ge=0)

    @field_validator("retry_delays", mode="before")
    @classmethod
    def _seconds(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(float(part) for part in value.split(",") if part.strip())
        return value

    @field_validator("metrics_networks", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())
        except ValueError as wrong:
            raise ValueError(f"should be networks such as 10.0.0.0/8,192.168.1.0/24: {wrong}") from None

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [origin for origin in value if not re.fullmatch(r"https?://[^/*\s]+", origin)]:
            raise ValueError(f"should be origins such as https://portal.example.org, no `*` and no path: {wrong[0]}")
        return value

    @field_validator("cors_origins", "pdf_passwords", "private_prefixes", "watched_folders", mode="before")
    @classmethod
    def _list(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("database_url")
    @classmethod
    def _postgres(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(("postgresql://", "postgresql+psycopg2://")):
            raise ValueError("should be postgresql://user:password@host:port/name")
        return value

    @model_validator(mode="after")
    def _chosen(self) -> "Settings":
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            text = value.get_secret_value() if isinstance(value, SecretStr) else value
            if isinstance(text, str) and PLACEHOLDER in text:
                raise ValueError(f"{field.validation_alias}: {PLACEHOLDER} is the example's, known to everybody; choose one")
        return self

    @model_validator(mode="after")
    def _given_by_the_model(self) -> "Settings":
        given = _DIMENSIONS.get(self.embedder)
        if given and self.embedding_dimensions not in {0, given}:
            raise ValueError(f"EMBEDDING_DIMENSIONS: {self.embedder} gives {given} and no other; leave it out, or set {given}")
        return self

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("should be an IANA time zone such as America/Lima") from None
        return value

    @property
    def broker_url(self) -> str:
        """Where Celery's messages go: `CELERY_BROKER_URL`, else `REDIS_URL`."""
        return self.celery_broker_url or self.redis_url

    @property
    def result_backend(self) -> str:
        """Where Celery's results go: `CELERY_RESULT_BACKEND`, else `REDIS_URL`."""
        return self.celery_result_backend or self.redis_url

    @property
    def derived_bucket(self) -> str:
        """The bucket of page pictures, which fires no events."""
        return f"{self.minio_bucket}-derived"

    @property
    def uses_google(self) -> bool:
        """Whether a Google key is set."""
        return bool(self.google_api_key.get_secret_value())

    @property
    def embedder(self) -> str:
        """The embedding model: as set, else Google's when a key is set, else the local one."""
        return self.embedding_model or (GOOGLE_EMBEDDING_MODEL if self.uses_google else LOCAL_EMBEDDING_MODEL)

    @property
    def dimensions(self) -> int:
        """Dimensions of an embedding: as set, else by model."""
        return self.embedding_dimensions or _DIMENSIONS.get(self.embedder, _GOOGLE_DIMENSIONS)


def load_settings(**overrides: Any) -> Settings:
    """Settings from the environment and `.env`; raises SettingsError naming each wrong or missing one."""
    try:
        return Settings(**overrides)
    except ValidationError as invalid:
        # `input` is left out: it may be a secret.
        problems = (_problem(error["loc"], error["msg"]) for error in invalid.errors(include_input=False, include_url=False))
        raise SettingsError("; ".join(problems)) from None


def _problem(place: tuple[int | str, ...], message: str) -> str:
    """What is wrong, its setting first; what concerns more than one setting names them itself."""
    return f"{place[0]}: {message}" if place else message.removeprefix("Value error, ")


def setting_names() -> list[str]:
    """The environment names of all settings."""
    return [str(field.validation_alias) for field in Settings.model_fields.values()]
