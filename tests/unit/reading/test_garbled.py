"""A layer whose letters are not the paper's is read by OCR, on a page of a few words too; lists and capitals are not."""

import codecs

import pytest

from ingest.reading.ports import Layer
from ingest.reading.text_layer import judge, ocr_is_better

SHORT = "La Dirección hace constar la participación de la señora Núñez en la capacitación."
OTHER_LANGUAGES = (
    "The committee has reviewed the file and found that all documents were presented in order",
    "Die Kommission hat die Akte geprüft und festgestellt dass alle Unterlagen eingereicht sind",
    "La commission a examiné le dossier et constaté que tous les documents sont présentés",
    "A comissão examinou o processo e verificou que todos os documentos estão em ordem",
    "Komisja rozpatrzyła sprawę i stwierdziła że wszystkie dokumenty są w porządku",
    "Bizottság megvizsgálta az iratot és megállapította hogy minden dokumentum rendben van",
    "Kay yachay wasipi llapan yachachiqkuna huñunakuspa rimanakurqanku wawakunapaq",
    "Jani ukaxa yatichirinakaru yatxatañataki qillqatanaka apayaniñapawa markanakana",
)


def shifted(text: str, by: int) -> str:
    return "".join(chr(ord(one) + by) if one.isalpha() and one.isascii() else one for one in text)


def rotated(text: str) -> str:
    return codecs.encode(text, "rot13")


def in_pairs(text: str) -> str:
    return text.encode("latin-1").ljust(84).decode("utf-16-be")


GARBLED = {
    "UTF-8 as Windows-1252": SHORT.encode().decode("cp1252", "replace"),
    "UTF-8 as Latin-1": SHORT.encode().decode("latin-1"),
    "UTF-8 as Mac Roman": SHORT.encode().decode("mac-roman"),
    "UTF-8 as code page 850": SHORT.encode().decode("cp850"),
    "code page 850 as Windows-1252": SHORT.encode("cp850").decode("cp1252", "replace"),
    "Windows-1252 as Mac Roman": SHORT.encode("cp1252").decode("mac-roman"),
    "Windows-1252 as Windows-1251": SHORT.encode("cp1252").decode("cp1251"),
    "accents given up": SHORT.encode("ascii", "replace").decode(),
    "bytes swapped": SHORT.encode("utf-16-le").decode("utf-16-be"),
    "bytes in pairs": in_pairs(SHORT),
    "letters one further": shifted(SHORT, 1),
    "letters 29 back": shifted(SHORT, -29),
    "letters rotated": rotated(SHORT),
    "capitals one further": shifted(SHORT.upper().replace("Z", "A"), 1),
    "a ligature lost": SHORT.replace("ti", "\ufffd").replace("ci", "\ue192"),
}


def layer(text: str) -> Layer:
    return Layer(text, (), 595.0, 842.0, 0.0, len(text), 0, False)


@pytest.mark.parametrize("kind", GARBLED)
def test_a_short_page_of_other_letters_is_read_by_ocr(kind: str) -> None:
    text = GARBLED[kind]
    verdict = judge(layer(text))
    assert verdict.how == "ocr"
    assert ocr_is_better(text, verdict, SHORT, 0.93)
    assert not ocr_is_better(text, verdict, "wq", 0.3), "a guess at a texture"


@pytest.mark.parametrize("text", [SHORT, SHORT.upper(), *OTHER_LANGUAGES])
def test_a_short_page_of_any_language_is_not(text: str) -> None:
    assert judge(layer(text)).how == "layer"


@pytest.mark.parametrize(
    "text",
    [
        "委员会审查了该档案并认定教师提交的所有文件均符合规定",
        "委員会は書類を審査し教師が提出したすべての文書が有効であると認めた",
        "위원회는 서류를 검토하고 모든 문서가 유효하다고 인정하였다",
        "Комиссия рассмотрела дело и признала документы верными",
        "¿Dónde? https://ugel05.gob.pe/consulta?expediente=12 a‑b N.º 5 ½ ° ±",
        "AT&T y R&D; el 50 % de S/ 1,200.00, 3 m² a 25 °C; x ≤ y; A→B",
        "UGEL DRELM SIAF SGD DNI RUC CTS AFP ONP ESSALUD MINEDU SUNAT RENIEC",
        "\uf0b7 Primero\n\uf0b7 Segundo\n\uf0b7 Tercero: copia del documento de identidad del titular y su cónyuge",
    ],
)
def test_other_scripts_signs_and_abbreviations_are_not(text: str) -> None:
    assert judge(layer(text)).how == "layer"


NAMES = [
    "Quispe",
    "Mamani",
    "Huamán",
    "Condori",
    "Flores",
    "Ramos",
    "Choquehuanca",
    "Yupanqui",
    "Gutiérrez",
    "Zavaleta",
    "Ticona",
    "Apaza",
    "Núñez",
    "Ccama",
    "Sucari",
]
GIVEN = [
    "Rosa",
    "José",
    "Luis",
    "María",
    "Elena",
    "Wilber",
    "Yéssica",
    "Percy",
    "Nilda",
    "Hermelinda",
    "Edwin",
    "Katherine",
    "Jhon",
    "Saturnino",
    "Brígida",
]


def listed(lines: int = 60) -> str:
    return "\n".join(
        f"{n:03d} {NAMES[n % len(NAMES)]} {NAMES[n * 7 % len(NAMES)]} {GIVEN[n * 4 % len(GIVEN)]} DNI {40000000 + n} AUXILIAR"
        for n in range(lines)
    )


def test_a_list_of_names_a_table_and_capitals_without_accents_need_no_ocr() -> None:
    """Each cost 5 s a page: neither function words nor accents stand in them, and they are right."""
    table = "\n".join(f"{n:03d} Cuaderno rayado cuadriculado lápiz tajador S/ {n * 3.5:.2f}" for n in range(60))
    capitals = ("LA DIRECCION DE LA INSTITUCION EDUCATIVA HACE CONSTAR QUE LA SENORA PARTICIPO EN LA CAPACITACION " * 12).strip()
    for text in (listed(), listed().upper(), table, capitals):
        assert judge(layer(text)).how == "layer", text[:40]


def test_words_run_together_are_still_strange() -> None:
    text = " ".join(["Ladireccióndelainstitucióneducativa", "haceconstarquelaseñoraparticipóenla"] * 25)
    assert judge(layer(text)).reason == "strange_words"


def test_a_few_words_do_not_win_over_a_page_of_them() -> None:
    """Print of 3 pt or pale gray: OCR sees the title alone, and is sure of it."""
    bare = ("la direccion de la institucion educativa hace constar que la senora participo en la capacitacion " * 12).strip()
    page = "PLANILLA DE CONSTANCIAS\n" + bare
    verdict = judge(layer(page))
    assert verdict.reason == "accents"
    assert not ocr_is_better(page, verdict, "PLANILLA DE CAPACITACIÓN", 0.95)
    codes = "PLANILLA DE HABERES\n" + "\n".join(f"XKCD QWRT {n} ZVBN PLKJ" for n in range(40))
    assert not ocr_is_better(codes, judge(layer(codes)), "PLANILLA DE HABERES", 0.95)
    partly = listed() + "\n" + "\ue000\ue001\ue002 \ue003" * 150
    verdict = judge(layer(partly))
    assert verdict.reason == "garbage"
    assert not ocr_is_better(partly, verdict, "PLANILLA DE HABERES", 0.95)
