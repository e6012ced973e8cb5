"""Who signs what clients may do with the store; the API alone needs it."""

from ingest.adapters.minio.presigner import MinioPresigner
from ingest.settings import Settings


def store_address(settings: Settings) -> str:
    """The store as clients reach it, `http[s]://host[:port]`."""
    scheme = "https" if settings.minio_secure else "http"
    return settings.minio_public_endpoint or f"{scheme}://{settings.minio_endpoint}"


def build_presigner(settings: Settings) -> MinioPresigner:
    """Signs for the endpoint that clients see, never with the service's own key."""
    return MinioPresigner(
        store_address(settings),
        settings.minio_bucket,
        settings.derived_bucket,
        region=settings.minio_region,
        signer_access_key=settings.minio_signer_access_key,
        signer_secret_key=settings.minio_signer_secret_key.get_secret_value(),
        reader_access_key=settings.minio_reader_access_key,
        reader_secret_key=settings.minio_reader_secret_key.get_secret_value(),
    )
