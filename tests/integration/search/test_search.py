"""Search against PostgreSQL: who is found, in which order, on which page, and what a hit shows."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select, text, update

from ingest.db import index, texts, vectors, vocabulary
from ingest.db.documents import Filters
from ingest.db.engine import Database
from ingest.db.schema import chunk_terms, chunks, documents
from ingest.domain.documents import Source, Status
from ingest.domain.facets import Facet
from ingest.domain.numbers import terms_of_passages
from ingest.domain.pages import CleanText, Vector
from ingest.errors import AiUnavailable
from ingest.pipeline.stages.chunk import chunks_of
from ingest.search.answer import Answer, Hit, Mode, search
from ingest.search.question import QuestionTooLong

Add = Callable[..., UUID]

# What a question may be made of that means something to us, to PostgreSQL or to nobody.
SIGNS = [
    *"\"'-*:&|!()<>\\%_.,/ º\0\ud800ñ😀",
    " OR ",
    " or ",
    " - ",
    '"-',
    "escuela",
    "bebé",
    "N.º",
    "123-2025",
    "-informe",
    "esc*",
    "\u0301",
]


class Compass:
    """An embedder of three meanings: school, health and whatever else."""

    model = "compass"
    dimensions = 3
    recipe = "test"
    costs = False
    batch_size = 8

    def embed_passages(self, passages: Sequence[str], title: str = "") -> list[Vector]:
        del title
        return [self.embed_query(passage) for passage in passages]

    def embed_query(self, question: str) -> Vector:
        lower = question.lower()
        school, health = (sum(lower.count(word) for word in words) for words in (("escuela", "colegio"), ("salud", "médico")))
        length = (school**2 + health**2 + 0.01) ** 0.5
        return [school / length, health / length, 0.1 / length]


class Away(Compass):
    def embed_query(self, question: str) -> Vector:
        raise AiUnavailable(question)


@pytest.fixture
def add(database: Database) -> Add:
    """Adds a document of these pages, as the stages leave it; with vectors where `embedded`."""

    def added(*pages: str, embedded: bool = False, **row: Any) -> UUID:
        document_id = row.pop("id", uuid4())
        starts = [sum(len(page) + 1 for page in pages[:number]) for number in range(len(pages))]
        clean = CleanText("\f".join(pages), tuple(starts))
        known = {"status": Status.COMPLETED, "source": Source.OTHER, "bucket": "b", "filename": "archivo.pdf", "version_id": "1"}
        values = {**known, "object_key": f"inbox/{document_id}.pdf", "searchable_at": func.now(), **row}
        with database.begin() as connection:
            connection.execute(insert(documents).values(id=document_id, **values))
            passages = chunks_of(clean)
            texts.replace(connection, document_id, clean, "test", passages)
            described = (row.get("document_type", ""), row.get("document_number", ""))
            index.index_chunks(connection, document_id, terms_of_passages([passage.text for passage in passages], *described))
            if embedded:
                missing = vectors.missing(connection, document_id, Compass.model)
                made = Compass().embed_passages([passage for _, passage in missing])
                vectors.save(connection, Compass.model, [(chunk_id, made[n]) for n, (chunk_id, _) in enumerate(missing)])
        return document_id

    return added


def ask(database: Database, query: str, mode: Mode = Mode.TEXT, **more: Any) -> Answer:
    return search(database, Compass(), query, mode=mode, **more)


def found(database: Database, query: str, mode: Mode = Mode.TEXT, **more: Any) -> list[UUID]:
    return [hit.document_id for hit in ask(database, query, mode, **more).hits]


def only(answer: Answer) -> Hit:
    (hit,) = answer.hits
    return hit


# --- words -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    ["resolución", "RESOLUCION", "resoluciones", "la resolución de matrículas", "matricula", "¿matrícula?", "res-matrícula"],
)
def test_words_are_found_in_any_case_accent_and_inflection(database: Database, add: Add, query: str) -> None:
    wanted = add("La Resolución Directoral aprueba la matrícula.")
    add("Un informe de otra cosa.")
    assert found(database, query) == [wanted]


def test_enye_is_a_letter(database: Database, add: Add) -> None:
    year = add("Cuadro del año escolar.")
    add("Cuadro del ano.")
    assert found(database, "año") == [year]


@pytest.mark.parametrize(
    "query", ["", "   ", "de la", "zzzzqqqq", "-informe", '""', '"', "'; DROP TABLE documents; --", "\0", "\ud800", "%", "a\\"]
)
def test_no_match_no_hit(database: Database, add: Add, query: str) -> None:
    add("Un informe sobre la escuela.")
    answer = ask(database, query)
    assert (answer.hits, answer.total, answer.corrected_query) == ([], 0, None)


def test_one_hit_a_document_with_the_best_passage_first(database: Database, add: Add) -> None:
    filler = "Sin nada que decir sobre el particular en esta parte. " * 30
    wanted = add(filler, f"Los vehículos oficiales. {filler}", "El cuidado de vehículos: los vehículos se guardan en la cochera.")
    hit = only(ask(database, "cochera vehículos"))
    assert (hit.document_id, hit.page, hit.pages_matched) == (wanted, 3, [2, 3])
    assert "la <mark>cochera</mark>" in hit.snippet


def test_a_rare_word_counts_more_than_a_common_one(database: Database, add: Add) -> None:
    for _ in range(5):
        add("El informe anual del informe del área.")
    wanted = add("El peritaje del área.")
    assert found(database, "informe peritaje")[0] == wanted


def test_the_page_is_that_of_the_words_where_a_passage_spans_two(database: Database, add: Add) -> None:
    add("Primera hoja con poco texto.", "Segunda hoja, donde está la palabra murciélago.")
    hit = only(ask(database, "murciélago"))
    assert (hit.page, hit.pages_matched) == (2, [2])


def test_a_file_name_and_a_title_find_the_document(database: Database, add: Add) -> None:
    wanted = add("Texto sin ese dato.", filename="Plan_Lector-Huáscar.pdf", title="Convenio marco")
    for query in ("huascar", "convenio", "lector"):
        hit = only(ask(database, query))
        assert (hit.document_id, hit.snippet) == (wanted, "Texto sin ese dato.")


@pytest.mark.parametrize(
    ("status", "searchable"),
    [(Status.DELETED, True), (Status.SUPERSEDED, True), (Status.COMPLETED, False), (Status.PROCESSING, False)],
)
def test_only_documents_in_search_are_found(database: Database, add: Add, status: Status, searchable: bool) -> None:
    add("El informe.", embedded=True, status=status, searchable_at=func.now() if searchable else None)
    for mode in Mode:
        assert ask(database, "informe", mode).total == 0


def test_a_document_is_found_while_it_is_still_processed_and_after_an_error(database: Database, add: Add) -> None:
    both = {add("El informe.", status=status) for status in (Status.PROCESSING, Status.ERROR)}
    assert set(found(database, "informe")) == both


def test_indexing_again_replaces(database: Database, add: Add) -> None:
    document_id = add("La primera versión del texto.", title="Antes")
    with database.begin() as connection:
        connection.execute(update(documents).values(title="Después"))
        clean = CleanText("Otra cosa distinta.", (0,))
        texts.replace(connection, document_id, clean, "test", chunks_of(clean))
        index.index_chunks(connection, document_id, [set()])
        assert connection.execute(select(func.count()).select_from(chunk_terms)).scalar_one() == 1
    assert found(database, "distinta después") == [document_id]
    assert found(database, "primera") == []
    assert found(database, "antes") == []


# --- quotes and exclusions ---------------------------------------------------------------------


def test_a_phrase_must_stand_as_written(database: Database, add: Add) -> None:
    wanted = add("El MINISTERIO\nDE EDUCACION resuelve.")
    add("El ministerio y la educación. Los ministerios de educación.")
    assert found(database, '"ministerio de educación"') == [wanted]
    assert len(found(database, "ministerio de educación")) == 2
    assert found(database, '"ministerio de educacio"') == []
    assert found(database, '"de educación ministerio"') == []


def test_a_quoted_word_is_no_inflection_and_never_corrected(database: Database, add: Add) -> None:
    add("Las resoluciones.")
    assert found(database, '"resolución"') == []
    answer = ask(database, '"resoluzion"')
    assert (answer.hits, answer.corrected_query) == ([], None)


def test_every_phrase_must_stand_in_the_document_wherever(database: Database, add: Add) -> None:
    filler = "Relleno de la página sin interés. " * 60
    wanted = add(f"El año fiscal. {filler}", "La cuenta corriente.")
    add("El año fiscal.")
    assert found(database, '"año fiscal" "cuenta corriente"') == [wanted]


def test_a_phrase_counts_in_every_mode_and_in_title_and_name(database: Database, add: Add) -> None:
    wanted = add("La escuela rural.", embedded=True, title="Plan de cuentas")
    add("La escuela urbana.", embedded=True)
    for mode in Mode:
        assert found(database, 'escuela "plan de cuentas"', mode) == [wanted]
        assert found(database, '"escuela rural"', mode) == [wanted]


def test_an_excluded_word_stands_nowhere_in_a_hit(database: Database, add: Add) -> None:
    wanted = add("La escuela rural.", embedded=True)
    add("La escuela urbana y sus borradores.", embedded=True)
    for mode in Mode:
        assert found(database, "escuela -borrador", mode) == [wanted]
        assert found(database, 'escuela -"urbana y"', mode) == [wanted]


# --- correction --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("matrcula", "matricula"), ("matrículla", "matricula"), ("martícula", "matricula"), ("resolusión", "resolución")],
)
def test_an_unknown_word_is_corrected_and_said_so(database: Database, add: Add, typed: str, meant: str) -> None:
    wanted = add("La resolución sobre la matrícula.")
    answer = ask(database, f"{typed}, por favor")
    assert [hit.document_id for hit in answer.hits] == [wanted]
    assert answer.query == f"{typed}, por favor"
    assert answer.corrected_query == f"{meant}, por favor"


@pytest.mark.parametrize("typed", ["matrículas", "mtr", "matricu1a", "xyzzyqwert", "-matrcula"])
def test_other_words_are_left_as_they_are(database: Database, add: Add, typed: str) -> None:
    add("La resolución sobre la matrícula.")
    assert ask(database, f"resolución {typed}").corrected_query is None


@pytest.mark.parametrize(
    ("typed", "mended"), [("bebé", None), ("BEBE", None), ("sierra", None), ("matrcula", "matricula"), ("matrcul", None)]
)
def test_by_meaning_a_real_word_is_no_typing_error(database: Database, add: Add, typed: str, mended: str | None) -> None:
    add("Se debe la resolución sobre la matrícula de la tierra.", embedded=True)
    assert ask(database, typed, Mode.VECTOR).corrected_query == mended
    assert ask(database, typed, Mode.TEXT).corrected_query is not None


@given(query=st.text(max_size=60) | st.lists(st.sampled_from(SIGNS), max_size=12).map("".join))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_question_is_answered(database: Database, query: str) -> None:
    with suppress(QuestionTooLong):
        for mode in Mode:
            answer = ask(database, query, mode, places=True, facets=list(Facet))
            assert answer.total >= len(answer.hits)


def test_the_words_of_an_erased_document_are_no_suggestion_and_can_be_forgotten(database: Database, add: Add) -> None:
    document_id = add("El señor Huamanchumo.")
    with database.begin() as connection:
        vocabulary.doubt(connection, document_id)
        connection.execute(text("DELETE FROM chunks WHERE document_id = :id"), {"id": document_id})
    assert ask(database, "Huamanchuno").corrected_query is None
    with database.begin() as connection:
        assert vocabulary.forget_unused(connection) >= 1
        left = connection.execute(text("SELECT count(*) FROM vocabulary WHERE word = 'huamanchumo'")).scalar_one()
    assert left == 0


# --- document numbers --------------------------------------------------------------------------


def test_a_number_finds_the_document_of_that_number_first(database: Database, add: Add) -> None:
    for other in range(5):
        add(f"OFICIO N.º 0{other}-2025-UGEL.05-AGP\nREFERENCIA: OFICIO N.º 123-2025. Sobre el OFICIO N.º 123-2025-UGEL.05.")
    letter = "OFICIO N.º 00123-2025-UGEL.05-AGP\nAsunto: lo que se indica."
    wanted = add(letter, document_type="oficio", document_number="00123-2025")
    add("INFORME N.º 123-2025-UGEL.05-AGP", document_type="informe", document_number="123-2025")
    for query in (
        "oficio 123-2025",
        "OFICIO N° 0123 - 2025 - UGEL 05 - AGP",
        "oficio 123 del 2025",
        "of. 123/2025",
        "oficio 123",
    ):
        assert found(database, query)[0] == wanted, query


# --- what a hit shows --------------------------------------------------------------------------


def test_a_hit_has_the_fields_that_the_api_shows(database: Database, add: Add) -> None:
    described = {"title": "Oficio 7", "document_type": "oficio", "document_number": "7-2025", "issued_on": date(2025, 3, 12)}
    document_id = add("El ñandú corre.", object_key="inbox/a.pdf", filename="a.pdf", **described)
    answer = ask(database, "ñandú")
    assert answer.took_ms > 0
    assert not answer.degraded
    hit = only(answer)
    assert (hit.document_id, hit.title, hit.document_type, hit.document_number) == (document_id, "Oficio 7", "oficio", "7-2025")
    assert (hit.date, hit.object_key, hit.filename, hit.page) == (date(2025, 3, 12), "inbox/a.pdf", "a.pdf", 1)
    assert hit.snippet == "El <mark>ñandú</mark> corre."
    assert hit.score > 0


def test_a_hostile_text_is_escaped(database: Database, add: Add) -> None:
    hostile = "<script>alert('ley')</script> \ue000ley\ue001 &lt;b&gt; <mark>no</mark> <img src=x onerror=\"ley\"> ley"
    add(hostile, title="<b>ley</b>")
    snippet = only(ask(database, "ley")).snippet
    bare = snippet.replace("<mark>", "").replace("</mark>", "")
    assert not set("<>\"'") & set(bare)
    assert snippet.count("<mark>ley</mark>") == 4


def test_offsets_hold_for_letters_of_every_kind(database: Database, add: Add) -> None:
    strange = "İstanbul ﬁn 👩‍👩‍👧 ΑΣ ẞ ª º ² 00123 N.º 007 nación ÑANDÚ — "
    add(f"{strange} aguja {strange}")
    for word in ("aguja", "ñandu", "nacion", "123", "7"):
        assert only(ask(database, word)).snippet.count("<mark>") >= 1
    assert "<mark>aguja</mark>" in only(ask(database, "aguja")).snippet
    with database.begin() as connection:
        lengths = select(func.length(chunks.c.text), func.length(func.fold_spanish(chunks.c.text)))
        for original, folded in connection.execute(lengths):
            assert original == folded


def test_pages_of_hits_turn(database: Database, add: Add) -> None:
    added = {add(f"El informe {'del área ' * number}") for number in range(7)}
    pages = [ask(database, "informe", limit=3, offset=offset) for offset in (0, 3, 6, 9)]
    assert [len(page.hits) for page in pages] == [3, 3, 1, 0]
    assert {hit.document_id for page in pages for hit in page.hits} == added
    assert {page.total for page in pages[:3]} == {7}


# --- filters -----------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(document_type="oficio"), {1, 2}),
        (Filters(office="UGEL 05"), {1}),
        (Filters(device="mesa"), {2}),
        (Filters(date_from=date(2025, 2, 1)), {2, 3}),
        (Filters(date_to=date(2025, 2, 1)), {1, 2}),
        (Filters(document_type="oficio", date_from=date(2025, 2, 1), date_to=date(2025, 2, 1)), {2}),
        (Filters(office="nadie"), set()),
    ],
)
def test_filters_narrow_every_mode(database: Database, add: Add, mode: Mode, filters: Filters, expected: set[int]) -> None:
    rows = [
        {"document_type": "oficio", "office": "UGEL 05", "issued_on": date(2025, 1, 1)},
        {"document_type": "oficio", "device": "mesa", "issued_on": date(2025, 2, 1)},
        {"document_type": "informe", "issued_on": date(2025, 3, 1)},
    ]
    for number, row in enumerate(rows, start=1):
        add("La escuela.", id=UUID(int=number), embedded=True, **row)
    assert {document_id.int for document_id in found(database, "escuela", mode, filters=filters)} == expected


# --- meaning -----------------------------------------------------------------------------------


def test_vector_mode_finds_by_meaning_and_only_what_has_vectors(database: Database, add: Add) -> None:
    school = add("El colegio nuevo.", embedded=True)
    health = add("El médico de turno.", embedded=True)
    add("La escuela sin vectores.")
    answer = ask(database, "escuela", Mode.VECTOR)
    assert [hit.document_id for hit in answer.hits] == [school, health]
    assert answer.total == 2
    assert answer.hits[0].score == pytest.approx(1, abs=0.01)


def test_hybrid_fuses_both_and_finds_by_words_what_has_no_vectors_yet(database: Database, add: Add) -> None:
    meant = add("El colegio nuevo.", embedded=True)
    said = add("La escuela y el colegio.", embedded=True)
    late = add("La escuela sin vectores.")
    other = add("El médico de turno.", embedded=True)
    answer = ask(database, "escuela", Mode.HYBRID)
    assert answer.hits[0].document_id == said
    assert {hit.document_id for hit in answer.hits} == {meant, said, late, other}
    assert answer.total == 4


def test_the_corrected_question_is_embedded(database: Database, add: Add) -> None:
    add("La escuela.", embedded=True)
    answer = ask(database, "escuella", Mode.VECTOR)
    assert answer.corrected_query == "escuela"
    assert answer.hits[0].score == pytest.approx(1, abs=0.01)


def test_without_the_embedder_hybrid_goes_by_words_and_says_so(database: Database, add: Add) -> None:
    wanted = add("La escuela.", embedded=True)
    for embedder in (Away(), None):
        answer = search(database, embedder, "escuela")
        assert ([hit.document_id for hit in answer.hits], answer.degraded) == ([wanted], True)
        assert not search(database, embedder, "escuela", mode=Mode.TEXT).degraded
        with pytest.raises(AiUnavailable):
            search(database, embedder, "escuela", mode=Mode.VECTOR)


def test_vectors_of_another_model_are_not_looked_at(database: Database, add: Add) -> None:
    document_id = add("El colegio.", embedded=True)
    with database.begin() as connection:
        (chunk_id,) = connection.execute(select(chunks.c.id).where(chunks.c.document_id == document_id)).scalars()
        vectors.save(connection, "other", [(chunk_id, [0.0, 1.0])])
    assert found(database, "escuela", Mode.VECTOR) == [document_id]


def test_the_models_own_index_is_used_and_gives_enough_under_a_filter(database: Database, add: Add) -> None:
    for number in range(300):
        add(f"La escuela {number}.", embedded=True, office="rara" if number % 10 == 0 else "común")
    with database.begin() as connection:
        vectors.ensure_index(connection, Compass.model, Compass.dimensions)
        connection.execute(text("ANALYZE"))
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        connection.execute(text("SET LOCAL enable_sort = off"))
        plan = connection.execute(
            text(
                "EXPLAIN SELECT chunk_id FROM chunk_vectors WHERE model = :model"
                " ORDER BY CAST(vector AS halfvec(3)) <=> '[1,0,0]' LIMIT 5"
            ),
            {"model": Compass.model},
        )
        assert "ix_chunk_vectors_compass_3" in "\n".join(plan.scalars())
    assert len(found(database, "escuela", Mode.VECTOR, filters=Filters(office="rara"), limit=50)) == 30
