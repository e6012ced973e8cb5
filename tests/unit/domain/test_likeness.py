"""Two scans of a letter are near duplicates; two letters of a template are not."""

import random

from hypothesis import given
from hypothesis import strategies as st

from ingest.domain.likeness import bands, likeness

LETTER = (
    "OFICIO N.º 123-2025-UGEL.05-AGP\nLima, 12 de marzo de 2025\nSeñora Juana Quispe Mamani\nASUNTO: Remite nómina\n"
    "Tengo el agrado de dirigirme a usted para remitirle la nómina de docentes que participarán en el taller de "
    "evaluación formativa, que se realizará en el local institucional el día 4 de abril a las 9 horas. Se agradecerá "
    "disponer lo necesario para que el personal acuda con puntualidad y con los materiales que se indican.\nAtentamente,"
)
STAMP = "RECIBIDO MESA DE PARTES 14 MAR 2025 Hora 10:32 Folios 03 Firma\n"


def noisy(text: str, share: float) -> str:
    draw = random.Random(7)  # noqa: S311
    near = {"o": "0", "0": "O", "l": "1", "i": "l", "e": "c", "a": "o", "n": "u", "m": "rn", "1": "l"}
    return "".join(near[one] if one in near and draw.random() < share else one for one in text)


def test_the_same_letter_read_again_or_stamped() -> None:
    for again in (noisy(LETTER, 0.05), STAMP + LETTER, LETTER[:60] + STAMP + noisy(LETTER[60:], 0.03)):
        assert set(bands(LETTER)) & set(bands(again))
        assert likeness(LETTER, again, same_number=True) > 0.4
        assert likeness(again, LETTER, same_number=True) > 0.4


def test_two_letters_of_a_template_are_two() -> None:
    number, name = LETTER.replace("123-2025", "124-2025"), LETTER.replace("Juana Quispe Mamani", "Rosa Huertas Polo")
    for other in (number, name, LETTER.replace("4 de abril", "5 de abril")):
        assert likeness(LETTER, other, same_number=False) == 0
    assert likeness(LETTER, name, same_number=True) == 0


def test_of_little_text_nothing_is_said() -> None:
    assert bands("Recibido") == []
    assert likeness("Recibido", "Recibido", same_number=True) == 0


@given(st.text(max_size=400), st.text(max_size=400))
def test_any_texts_are_compared(one: str, other: str) -> None:
    assert 0 <= likeness(one, other, same_number=False) <= 1
    assert all(-(2**31) <= band < 2**31 for band in bands(one))
