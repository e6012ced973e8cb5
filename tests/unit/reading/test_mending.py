"""A page's text and its words are put right alike, before it is judged and when OCR has read it."""

from ingest.domain.pages import Page, Word
from ingest.reading.mending import joined_page, mended_layer
from ingest.reading.ports import Layer
from ingest.reading.text_layer import judge


def words_of(text: str) -> tuple[Word, ...]:
    return tuple(Word(word, 0.02 * at, 0.1, 0.02 * at + 0.01, 0.12) for at, word in enumerate(text.split()))


def layer(text: str) -> Layer:
    return Layer(text, words_of(text), 595, 842, 0.0, len(text), 0, invisible=False)


def test_the_words_say_what_the_text_says() -> None:
    mended = mended_layer(layer("La ges\ufffdón educa\ufffdva es ´util en la capacitaci´on"))
    assert mended.text == "La gestión educativa es útil en la capacitación"
    assert [word.text for word in mended.words] == mended.text.split()


def test_a_page_whose_accents_stand_beside_needs_no_ocr() -> None:
    text = "la participaci´on de la comunidad en la capacitaci´on de los que ense˜nan " * 12
    assert judge(mended_layer(layer(text))).how == "layer"


def test_a_sound_layer_is_left_as_it_is() -> None:
    sound = layer("OFICIO N.º 12-2025 de la UGEL 05, con 3 anexos")
    assert mended_layer(sound) == sound


def test_what_ocr_read_apart_is_joined() -> None:
    letters = "C O N S T A N C I A"
    page = joined_page(Page(1, letters, "ocr", 0.9, 595, 842, words=words_of(letters)))
    assert page.text == "CONSTANCIA"
    assert [word.text for word in page.words] == ["CONSTANCIA"]
