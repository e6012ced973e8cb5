"""Who describes and who embeds: Google where a key is set, else rules and a model on this machine."""

from datetime import datetime
from threading import Thread
from time import monotonic
from typing import Protocol
from zoneinfo import ZoneInfo

from ingest.adapters import gemini_thinking_little
from ingest.adapters.gemini import GeminiDescriber, Generator, GoogleClient, GoogleEmbedder
from ingest.adapters.gemini_thinking_little import ThriftyGemini
from ingest.adapters.local_embedder import LocalEmbedder
from ingest.adapters.redis_pace import RedisPace
from ingest.db import embedded
from ingest.db.embedded import Model
from ingest.db.engine import Database
from ingest.describing.rules import OfficeRules
from ingest.errors import SettingsError
from ingest.ports import Describer, Embedder, Metrics
from ingest.services.backing import REDIS_KEY_PREFIX
from ingest.settings import LOCAL_EMBEDDING_MODEL, Settings

_ASKED_SECONDS = 30.0


class DailyAllowance(Protocol):
    """Counts what was done on a day by all processes together."""

    def allow_daily(self, what: str, most: int, day: str) -> bool:
        """Whether one more of it may be done on that day; it is counted."""


def build_describer(settings: Settings, metrics: Metrics, allowance: DailyAllowance) -> Describer:
    """Gemini when a key is set, within the day's budget; else rules over Spanish office language.

    Where the extra `genai` is installed Gemini is told to think little: the other client has no field for it.
    """
    if not settings.uses_google:
        return OfficeRules()

    def may_ask() -> bool:
        most, today = settings.gemini_calls_per_day, datetime.now(ZoneInfo(settings.timezone)).date().isoformat()
        return not most or allowance.allow_daily("gemini", most, today)

    return GeminiDescriber(_build_generator(settings, metrics), settings.gemini_model, may_ask)


def _build_generator(settings: Settings, metrics: Metrics) -> Generator:
    if not gemini_thinking_little.is_installed():
        return build_google(settings, metrics)
    key, endpoint = settings.google_api_key.get_secret_value(), settings.google_api_endpoint
    return ThriftyGemini(key, endpoint, metrics, _build_pace(settings))


def build_embedder(settings: Settings, metrics: Metrics) -> Embedder:
    """The local multilingual-e5-small, or the Google model that is set. Raises SettingsError."""
    if settings.embedder == LOCAL_EMBEDDING_MODEL:
        return LocalEmbedder()
    return GoogleEmbedder(build_google(settings, metrics), settings.embedder, settings.dimensions)


def build_stand_in(settings: Settings) -> Embedder | None:
    """The local model, where Google's is the one that is set: for the time that it is away."""
    return None if settings.embedder == LOCAL_EMBEDDING_MODEL else LocalEmbedder()


class SearchEmbedders:
    """Which embedder a question is asked by: that of the model in charge, which may not be the one that is set yet."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self.wanted = build_embedder(settings, metrics)
        self.stand_in = build_stand_in(settings)
        self._settings, self._metrics = settings, metrics
        self._current: tuple[float, Embedder] = (-_ASKED_SECONDS, self.wanted)

    def current(self, database: Database) -> Embedder:
        """The embedder, as it was within the last half minute. Raises DatabaseUnavailable."""
        read_at, known = self._current
        now = monotonic()
        if now - read_at >= _ASKED_SECONDS:
            with database.begin() as connection:
                model = embedded.asked_by(connection)
            known = self._of(model) if model else self.wanted
            self._current = now, known
        return known

    def _of(self, model: Model) -> Embedder:
        for built in (self.wanted, self.stand_in, self._current[1]):
            if built is not None and built.model == model.name:
                return built
        if not self._settings.uses_google:
            return self.wanted  # nobody can ask by a model of Google's without a key
        return GoogleEmbedder(build_google(self._settings, self._metrics), *model)


def load_in_background(embedder: Embedder) -> None:
    """Begin to load a model of this machine; nothing for one that lies elsewhere."""
    if isinstance(embedder, LocalEmbedder):
        Thread(target=embedder.load, name="load-embedder", daemon=True).start()


def build_google(settings: Settings, metrics: Metrics) -> GoogleClient:
    """The one client of Google's API. Raises SettingsError where no key is set."""
    if not settings.uses_google:
        raise SettingsError("GOOGLE_API_KEY: should be set, because EMBEDDING_MODEL names a model of Google's")
    return GoogleClient(settings.google_api_key.get_secret_value(), settings.google_api_endpoint, metrics, _build_pace(settings))


def _build_pace(settings: Settings) -> RedisPace:
    return RedisPace(settings.redis_url, REDIS_KEY_PREFIX, settings.google_texts_per_minute)
