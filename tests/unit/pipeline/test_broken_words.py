"""Words in capitals broken at a line's end, and the ordinal sign as scans show it."""

import pytest

from ingest.describing.rules import OfficeRules
from ingest.pipeline.stages.clean import normalised, with_words_joined


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("RESOLU-\nCIÓN DIRECTORAL", "RESOLUCIÓN DIRECTORAL"),
        ("RESOLU-\nCION", "RESOLUCION"),
        ("RESOLUCIÓN DIREC-\nTORAL", "RESOLUCIÓN DIRECTORAL"),
        ("UNIDAD DE ADMINIS-\nTRATIVA", "UNIDAD DE ADMINISTRATIVA"),
        ("MUNICI-\nPALIDAD DISTRI-\nTAL", "MUNICIPALIDAD DISTRITAL"),
        ("FISCALIZA-\nCIONES", "FISCALIZACIONES"),
        ("AD-\nMINIS-\nTRACIÓN", "ADMINISTRACIÓN"),
        ("el Ñahuin. ÑA-\nHUIN", "el Ñahuin. ÑAHUIN"),
        ("UGEL-\nLIMA", "UGEL-\nLIMA"),
        ("MINEDU-\nVMGI", "MINEDU-\nVMGI"),
        ("123-2025-UGEL-\nAGP", "123-2025-UGEL-\nAGP"),
        ("B-\nA", "B-\nA"),
        ("LIMA-\nPERÚ y LIMA-PERÚ", "LIMA-\nPERÚ y LIMA-PERÚ"),
        ("GESTIÓN-\nATENCIÓN", "GESTIÓN-\nATENCIÓN"),
    ],
)
def test_capitals_are_joined_where_that_makes_a_word(broken: str, whole: str) -> None:
    assert with_words_joined([broken]) == [whole]


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("OFICIO N.?* 123-2025", "OFICIO N.º 123-2025"),
        ("OFICIO N.* 123-2025", "OFICIO N.º 123-2025"),
        ("OFICIO N.** 123", "OFICIO N.º 123"),
        ("OFICIO N.” 123-2025", "OFICIO N.º 123-2025"),
        ("OFICIO N.'* 123", "OFICIO N.º 123"),
        ("OFICIO N.*123", "OFICIO N.º123"),
        ("OFICIO N. ?* 123", "OFICIO N.º 123"),
        ("OFICIO N°* 123", "OFICIO N.º 123"),
        ("OFICIO N?* 0123-2025", "OFICIO N.º 0123-2025"),
        ("OFICIO N* 123-2025", "OFICIO N.º 123-2025"),
        ("2*N*12 y n*3", "2*N*12 y n*3"),
        ("¿Cuál es N.? Nadie", "¿Cuál es N.? Nadie"),
    ],
)
def test_the_ordinal_sign_as_scans_show_it(raw: str, clean: str) -> None:
    assert normalised(raw) == clean


@pytest.mark.parametrize("sign", ["N.?*", "N.*", "N.” ", "N?*"])
def test_a_letter_s_number_is_read_whatever_its_sign_became(sign: str) -> None:
    described = OfficeRules().describe(
        normalised(f"RESOLUCIÓN DIRECTORAL {sign} 912-2025-UGEL.05\n\nLima, 3 de marzo de 2025"), "a.pdf"
    )
    assert (described.document_type, described.number) == ("resolucion", "912-2025")
