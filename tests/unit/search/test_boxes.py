"""Where the marked words of a passage stand on their page, however the page was read and cleaned."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.db.page_words import PageWords
from ingest.domain.crops import Crop
from ingest.domain.pages import Word
from ingest.search.boxes import NOWHERE, LetteredPage, where
from ingest.search.snippet import Mark, stretches


def page(*lines: str, orientation: int = 0) -> PageWords:
    """Lines one below the other, a word as wide as it is long."""
    words = []
    for number, line in enumerate(lines):
        left = 0.1
        for word in line.split():
            right = left + 0.01 * len(word)
            words.append(Word(word, left, 0.1 + 0.03 * number, right, 0.12 + 0.03 * number))
            left = right + 0.01
    return PageWords(words, orientation)


def marks(text: str, *words: str) -> list[Mark]:
    return [Mark(word, at := text.index(word), at + len(word)) for word in words]


def words_at(on: PageWords, text: str, *marked: str) -> list[str]:
    """The words of the page whose boxes are found."""
    boxes = where(text, marks(text, *marked), LetteredPage(on)).boxes
    return [next(word.text for word in on.words if word[1:5] == box) for box in boxes]


def test_each_marked_word_has_its_box() -> None:
    on = page("Se remite el informe", "sobre la licencia por salud")
    assert words_at(on, "Se remite el informe sobre la licencia por salud", "informe", "salud") == ["informe", "salud"]


def test_the_word_that_stands_in_these_surroundings_is_meant() -> None:
    on = page("el informe primero", "el informe segundo", "el informe tercero")
    (box,) = where("el informe segundo", marks("el informe segundo", "informe"), LetteredPage(on)).boxes
    assert box[1] == pytest.approx(0.13)


@pytest.mark.parametrize(
    ("read", "text", "marked", "found"),
    [
        ("la educa- ción básica", "la educación básica", "educación", ["educa-", "ción"]),
        ("el «informe», dijo", "el «informe», dijo", "informe", ["«informe»,"]),
        ("LA RESOLUCIÓN DIRECTORAL", "la resolución directoral", "resolución", ["RESOLUCIÓN"]),
        ("OFICIO N.º 123-2025-UGEL", "OFICIO N.º 123-2025-UGEL", "123-2025", ["123-2025-UGEL"]),
        ("los informes anuales", "los informes anuales", "informe", ["informes"]),
        ("a b informe", "informe", "informe", ["informe"]),
        ("otra cosa del todo", "el informe segundo", "informe", []),
        ("desinformen a nadie", "informe", "informe", []),
        ("", "el informe", "informe", []),
        ("— · —", "el informe", "informe", []),
    ],
)
def test_however_it_was_read(read: str, text: str, marked: str, found: list[str]) -> None:
    assert words_at(page(*read.split("\n")), text, marked) == found


def test_a_phrase_has_the_boxes_of_its_words() -> None:
    on = page("hay de los que no son de aquí")
    assert words_at(on, "hay de los que no son de aquí", "de los que no son") == ["de", "los", "que", "no", "son"]


def test_without_marks_there_is_no_line() -> None:
    assert where("algo", [], LetteredPage(page("algo"))) == NOWHERE


def test_the_line_is_as_wide_as_what_is_written_in_it() -> None:
    on = page("arriba", "Se remite el informe de marzo", "abajo")
    line = where("Se remite el informe de marzo", marks("Se remite el informe de marzo", "informe"), LetteredPage(on)).line
    assert line is not None
    left, top, right, bottom = line.box
    assert left < 0.1
    assert 0.39 < right < 0.45
    assert 0.12 <= top <= 0.13
    assert 0.15 <= bottom <= 0.16


def test_lines_of_one_band_and_no_more() -> None:
    text = "uno dos tres cuatro cinco seis siete ocho"
    on = page(*text.split())
    line = where(text, marks(text, "uno", "tres", "ocho"), LetteredPage(on)).line
    assert line is not None
    assert line.box[3] - line.box[1] < 0.17
    assert line.box[3] > 0.18


def test_on_a_page_that_lies_on_its_side_the_line_stands() -> None:
    lying = PageWords(
        [Word("informe", 0.5, 0.2, 0.52, 0.3), Word("anual", 0.5, 0.32, 0.52, 0.4), Word("otro", 0.6, 0.2, 0.62, 0.3)], 90
    )
    line = where("informe anual", marks("informe anual", "informe"), LetteredPage(lying)).line
    assert line is not None
    left, top, right, bottom = line.box
    assert right - left < 0.05
    assert top < 0.2
    assert bottom > 0.4


@given(st.lists(st.text(max_size=8), max_size=12), st.text(max_size=40), st.integers(0, 40), st.integers(0, 40))
def test_whatever_stands_there_boxes_are_words_of_the_page(read: list[str], text: str, one: int, other: int) -> None:
    on = PageWords([Word(word, 0.1, 0.1, 0.2, 0.2 + number / 100) for number, word in enumerate(read)], 0)
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    found = where(text, [Mark(text[start:end], start, end)] if start < end else [], LetteredPage(on))
    assert set(found.boxes) <= {word[1:5] for word in on.words}


@given(st.tuples(*[st.floats(-0.5, 1.5)] * 4))
def test_a_crop_lies_on_the_page_and_shows_something(box: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = box
    crop = Crop.around((min(left, right), min(top, bottom), max(left, right), max(top, bottom)))
    assert 0 <= crop.left < crop.right <= 200
    assert 0 <= crop.top < crop.bottom <= 200
    assert Crop.around(crop.box) == crop
    assert Crop.around(tuple(map(float, str(crop).split(",")))) == crop  # type: ignore[arg-type]


def test_stretches_hold_every_mark_once() -> None:
    every = [Mark("a", at, at + 1) for at in (0, 10, 219, 221, 500, 900)]
    parted = list(stretches(every))
    assert [mark for some in parted for mark in some] == every
    assert [len(some) for some in parted] == [3, 1, 1, 1]
    assert list(stretches([])) == []
