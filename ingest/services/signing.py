"""Who signs what clients may do with the store; the API alone needs it."""

from ingest.adapters.minio.presigner import MinioPresigner
from ingest.settings import Settings


def build_presigner(settings: Settings) -> MinioPresigner:
    """Signs for the endpoint that clients see, never with the service's own key."""
    scheme = "https" if settings.minio_secure else "http"
    return MinioPresigner(
        settings.minio_public_endpoint or f"{scheme}://{settings.minio_endpoint}",
        settings.minio_bucket,
        region=settings.minio_region,
        signer_access_key=settings.minio_signer_access_key,
        signer_secret_key=settings.minio_signer_secret_key.get_secret_value(),
        reader_access_key=settings.minio_reader_access_key,
        reader_secret_key=settings.minio_reader_secret_key.get_secret_value(),
    )
