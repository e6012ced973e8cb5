"""A snippet shows the words where they stand, and nothing of a text can act in a page."""

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from ingest.search.snippet import LENGTH, START, STOP, Mark, best_stretch, marks_in, snippet

texts = st.text(st.sampled_from("abc <>&\"'\n\fñ…\u200d👩") | st.characters(exclude_categories=["Cs"]), max_size=1200)


def marked(text: str, *words: str) -> list[Mark]:
    return marks_in(re.sub("|".join(words), lambda found: f"{START}{found[0]}{STOP}", text))


def test_marks_have_the_offsets_of_the_text() -> None:
    assert marks_in(f"la {START}ley{STOP} y la {START}norma{STOP}") == [Mark("ley", 3, 6), Mark("norma", 12, 17)]


def test_the_words_are_marked_where_they_stand() -> None:
    text = "La ley general de educación manda que la ley se cumpla."
    assert snippet(text, marked(text, "ley")) == (
        "La <mark>ley</mark> general de educación manda que la <mark>ley</mark> se cumpla."
    )


def test_hostile_text_comes_out_escaped() -> None:
    text = "<script>alert(\"ley\")</script> <mark>falsa</mark> & <img src=x onerror='x'> ley"
    shown = snippet(text, marked(text, "ley"))
    assert "<script" not in shown
    assert "<img" not in shown
    assert "&lt;mark&gt;falsa" in shown
    assert shown.count("<mark>") == shown.count("</mark>") == 2


def test_the_stretch_with_most_different_words_is_shown() -> None:
    text = f"ley ley ley {'relleno ' * 100} la ley de educación {'relleno ' * 100}"
    shown = snippet(text, best_stretch(marked(text, "ley", "educación")))
    assert "<mark>ley</mark> de <mark>educación</mark>" in shown
    assert shown.startswith("… relleno ")
    assert shown.endswith(" relleno …")


def test_without_a_mark_the_beginning_is_shown() -> None:
    assert snippet("Solo texto.", []) == "Solo texto."
    assert snippet("palabra " * 100, []).startswith("palabra palabra")


def test_white_space_of_pages_and_lines_is_one_space() -> None:
    assert snippet("uno\n\ndos\ftres", []) == "uno dos tres"


@given(texts, st.data())
def test_any_text_with_any_marks_is_safe_and_says_the_same(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8, unique=True)))
    marks = [Mark(text[start:end], start, end) for start, end in zip(cuts[::2], cuts[1::2], strict=False)]
    shown = snippet(text, best_stretch(marks))
    bare = shown.replace("<mark>", "").replace("</mark>", "")
    assert "<" not in bare
    assert ">" not in bare
    assert shown.count("<mark>") == shown.count("</mark>")
    said = re.sub(r"^… | …$", "", html.unescape(bare))
    assert re.sub(r"\s", "", said) in re.sub(r"\s", "", text)
    assert len(html.unescape(bare)) <= LENGTH + len(text[: marks[-1].end if marks else 0]) + 10
