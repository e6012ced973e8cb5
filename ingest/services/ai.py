"""Who describes and who embeds: Google where a key is set, else rules and a model on this machine."""

from ingest.adapters.gemini import GeminiDescriber, GoogleClient, GoogleEmbedder
from ingest.adapters.local_embedder import LocalEmbedder
from ingest.describing.rules import OfficeRules
from ingest.errors import SettingsError
from ingest.ports import Describer, Embedder, Metrics
from ingest.settings import LOCAL_EMBEDDING_MODEL, Settings


def build_describer(settings: Settings, metrics: Metrics) -> Describer:
    """Gemini when a key is set, else rules over Spanish office language."""
    if not settings.uses_google:
        return OfficeRules()
    return GeminiDescriber(build_google(settings, metrics), settings.gemini_model)


def build_embedder(settings: Settings, metrics: Metrics) -> Embedder:
    """The local multilingual-e5-small, or the Google model that is set. Raises SettingsError."""
    if settings.embedder == LOCAL_EMBEDDING_MODEL:
        return LocalEmbedder()
    return GoogleEmbedder(build_google(settings, metrics), settings.embedder, settings.dimensions)


def build_google(settings: Settings, metrics: Metrics) -> GoogleClient:
    """The one client of Google's API. Raises SettingsError where no key is set."""
    if not settings.uses_google:
        raise SettingsError("GOOGLE_API_KEY: should be set, because EMBEDDING_MODEL names a model of Google's")
    return GoogleClient(settings.google_api_key.get_secret_value(), settings.google_api_endpoint, metrics)
