"""Who describes and who embeds: Google where a key is set, else rules and a model on this machine."""

from datetime import datetime
from threading import Thread
from typing import Protocol
from zoneinfo import ZoneInfo

from ingest.adapters.gemini import GeminiDescriber, GoogleClient, GoogleEmbedder
from ingest.adapters.local_embedder import LocalEmbedder
from ingest.describing.rules import OfficeRules
from ingest.errors import SettingsError
from ingest.ports import Describer, Embedder, Metrics
from ingest.settings import LOCAL_EMBEDDING_MODEL, Settings


class DailyAllowance(Protocol):
    """Counts what was done on a day by all processes together."""

    def allow_daily(self, what: str, most: int, day: str) -> bool:
        """Whether one more of it may be done on that day; it is counted."""


def build_describer(settings: Settings, metrics: Metrics, allowance: DailyAllowance) -> Describer:
    """Gemini when a key is set, within the day's budget; else rules over Spanish office language."""
    if not settings.uses_google:
        return OfficeRules()

    def may_ask() -> bool:
        most, today = settings.gemini_calls_per_day, datetime.now(ZoneInfo(settings.timezone)).date().isoformat()
        return not most or allowance.allow_daily("gemini", most, today)

    return GeminiDescriber(build_google(settings, metrics), settings.gemini_model, may_ask)


def build_embedder(settings: Settings, metrics: Metrics) -> Embedder:
    """The local multilingual-e5-small, or the Google model that is set. Raises SettingsError."""
    if settings.embedder == LOCAL_EMBEDDING_MODEL:
        return LocalEmbedder()
    return GoogleEmbedder(build_google(settings, metrics), settings.embedder, settings.dimensions)


def load_in_background(embedder: Embedder) -> None:
    """Begin to load a model of this machine; nothing for one that lies elsewhere."""
    if isinstance(embedder, LocalEmbedder):
        Thread(target=embedder.load, name="load-embedder", daemon=True).start()


def build_google(settings: Settings, metrics: Metrics) -> GoogleClient:
    """The one client of Google's API. Raises SettingsError where no key is set."""
    if not settings.uses_google:
        raise SettingsError("GOOGLE_API_KEY: should be set, because EMBEDDING_MODEL names a model of Google's")
    return GoogleClient(settings.google_api_key.get_secret_value(), settings.google_api_endpoint, metrics)
