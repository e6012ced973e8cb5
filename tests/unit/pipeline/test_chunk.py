"""Chunks: sizes, overlap, pages, and that together they are the text again."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.domain.pages import CleanText
from ingest.pipeline.stages.chunk import MAX_CHARACTERS, MIN_CHARACTERS, OVERLAP_CHARACTERS, chunks_of

SENTENCE = "La comisión revisó el expediente y encontró conforme la documentación presentada. "


def clean_text(*pages: str) -> CleanText:
    starts, offset = [], 0
    for page in pages:
        starts.append(offset)
        offset += len(page) + 1
    return CleanText("\f".join(pages), tuple(starts))


words = st.text(alphabet="abcdeñó.,ºA1", min_size=1, max_size=30)
pages_of_words = st.lists(
    st.lists(st.tuples(words, st.sampled_from([" ", "\n", "\n\n", ". "])), max_size=400).map(
        lambda parts: "".join(word + gap for word, gap in parts).strip()
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=60)
@given(pages_of_words)
def test_chunks_rebuild_the_text_exactly(pages: list[str]) -> None:
    clean = clean_text(*pages)
    chunks = chunks_of(clean)
    rebuilt, end = "", 0
    for ordinal, chunk in enumerate(chunks):
        assert chunk.ordinal == ordinal
        assert chunk.text == clean.text[chunk.start : chunk.end]
        assert chunk.start <= end < chunk.end
        rebuilt += chunk.text[end - chunk.start :]
        end = chunk.end
    assert rebuilt == (clean.text if clean.text.strip() else "")


@settings(max_examples=60)
@given(pages_of_words)
def test_sizes_overlap_and_pages(pages: list[str]) -> None:
    clean = clean_text(*pages)
    chunks = chunks_of(clean)
    for chunk in chunks:
        body = chunk.text.strip()
        assert 0 < len(body) <= MAX_CHARACTERS
        first = chunk.start + chunk.text.index(body[0])
        assert chunk.first_page == clean.page_at(first)
        assert chunk.last_page == clean.page_at(chunk.start + len(chunk.text.rstrip()) - 1)
        assert pages[chunk.first_page - 1]
        assert pages[chunk.last_page - 1]
    for before, chunk in pairwise(chunks):
        assert len(before.text.strip()) >= MIN_CHARACTERS - 2  # the cut may stand before white space
        overlap = len(before.text.rstrip()) - (chunk.start - before.start)
        # Words here have 30 characters at most.
        assert OVERLAP_CHARACTERS <= overlap <= OVERLAP_CHARACTERS + 32
        assert not clean.text[chunk.start].isspace()
        assert clean.text[chunk.start - 1].isspace()


@given(st.text(alphabet=" \n\fab", max_size=3000))
def test_any_white_space_is_survived(text: str) -> None:
    chunks = chunks_of(clean_text(text.replace("\f", " ")))
    assert bool(chunks) == bool(text.strip())


def test_a_text_without_any_space_is_cut_hard() -> None:
    chunks = chunks_of(clean_text("x" * 2500))
    assert [(chunk.start, chunk.end) for chunk in chunks] == [(0, 1000), (1000, 2000), (2000, 2500)]


def test_many_blank_pages_make_no_passage_of_their_own() -> None:
    clean = clean_text(*[""] * 1500, SENTENCE * 20, *[""] * 1500, "fin")
    chunks = chunks_of(clean)
    assert all(chunk.text.strip() for chunk in chunks)
    assert chunks[0].first_page == 1501
    assert chunks[-1].last_page == 3002


def test_no_text_no_chunks() -> None:
    assert chunks_of(clean_text("")) == []
    assert chunks_of(clean_text("", "", "")) == []


def test_a_paragraph_ends_a_passage_before_a_sentence_does() -> None:
    clean = clean_text(SENTENCE * 10 + "\n\n" + SENTENCE * 10)
    assert chunks_of(clean)[0].text.rstrip() == (SENTENCE * 10).rstrip()


def test_an_abbreviation_ends_no_sentence() -> None:
    lead = "palabra " * 100  # 800 characters, then one true end and a false one
    clean = clean_text(
        lead + "final de frase. Véase el art. 5 de la norma citada arriba por el Sr. Quispe Mamani y " + "otra " * 100
    )
    assert chunks_of(clean)[0].text.rstrip().endswith("final de frase.")
