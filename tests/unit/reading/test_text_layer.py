"""When a page's text layer is good enough, and which of two readings is kept."""

import pytest

from ingest.reading.ports import Layer
from ingest.reading.text_layer import Verdict, broken_share, garbage_share, judge, language_in, language_of, ocr_is_better

SPANISH = (
    "El director de la institución educativa informa que la comisión revisó el expediente y encontró conforme la "
    "documentación que presentó el docente. Por ello se solicita continuar con el trámite según la normativa vigente "
    "del sector, dentro de los plazos que establece la directiva para el año escolar en la región. "
) * 3
OTHERS = {
    "eng": "The committee has reviewed the file and found that all of the documents that were presented by the teacher "
    "are in order and it asks for the procedure to go on as it is set out in the rules of the sector this year",
    "deu": "Die Kommission hat die Akte geprüft und festgestellt dass alle Unterlagen die der Lehrer eingereicht hat in "
    "Ordnung sind und sie bittet das Verfahren nach den Regeln des Landes im laufenden Jahr fortzusetzen und zu beenden",
    "fra": "La commission a examiné le dossier et a constaté que tous les documents présentés par le professeur sont en "
    "ordre et elle demande que la procédure continue selon les règles du secteur pour cette année dans les délais",
    "por": "A comissão examinou o processo e verificou que todos os documentos que o professor apresentou estão em ordem e "
    "pede que o procedimento continue de acordo com as normas do setor para o ano em curso e dentro dos prazos",
}


def layer(text: str = "", **evidence: object) -> Layer:
    given = {"words": (), "width": 595.0, "height": 842.0, "image_cover": 0.0, "drawings": 0, "invisible": False}
    return Layer(**({"text": text, "inner_characters": len(text)} | given | evidence))  # type: ignore[arg-type]


def test_good_spanish_is_kept() -> None:
    verdict = judge(layer(SPANISH))
    assert (verdict.how, verdict.reason) == ("layer", "good")
    assert verdict.quality > 0.9


@pytest.mark.parametrize("language", OTHERS)
def test_other_languages_keep_their_good_layers(language: str) -> None:
    assert judge(layer(OTHERS[language])).how == "layer"
    assert language_of(OTHERS[language].lower().split())[0] == language


def test_a_script_without_function_words_of_ours_is_kept() -> None:
    assert judge(layer("Комиссия рассмотрела дело и признала документы учителя верными в этом году " * 8)).how == "layer"


def test_an_empty_page_is_read_only_where_something_is_painted() -> None:
    assert judge(layer()).how == "none"
    assert judge(layer(" \n", image_cover=0.9)).how == "ocr"
    assert judge(layer(drawings=1)).how == "ocr"


def test_a_page_number_on_a_page_of_letters_drawn_as_curves_is_not_its_text() -> None:
    page = layer("17", drawings=500)
    assert (judge(page).how, judge(page).reason) == ("ocr", "drawn")
    assert judge(layer("ANEXO 2", drawings=60)).how == "layer", "a ruled form"
    assert ocr_is_better("17", judge(page), SPANISH, 0.9)
    assert not ocr_is_better("Mapa de la provincia", judge(page), "Mapa de la provincia", 0.9)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("\ufffd" * 30 + "a" * 100, "garbage"),
        ("\ue012\ue013\ue014 texto", "garbage"),
        ('"7+%-', "signs"),  # a TrueType font without a mapping
        (" ".join(["xqjv", "wprk", "zzgh", "trbl"] * 15), "strange_words"),
    ],
)
def test_signs_of_a_broken_encoding(text: str, reason: str) -> None:
    verdict = judge(layer(text))
    assert (verdict.how, verdict.reason) == ("ocr", reason)
    assert verdict.quality < 0.5


def test_a_rule_of_dots_and_a_table_of_figures_are_no_faults() -> None:
    assert judge(layer("........................")).how == "layer"
    assert judge(layer("1,250.00 | 300.50 | 12.75 | 8.00")).how == "layer"


def test_a_stamp_over_a_scan_is_not_the_page() -> None:
    verdict = judge(layer("MESA DE PARTES 12/03/2025", image_cover=0.98, inner_characters=10))
    assert (verdict.how, verdict.reason) == ("ocr", "stamp")


def test_spanish_without_accents_is_read_again() -> None:
    bare = SPANISH.translate(str.maketrans("áéíóúñ", "aeioun"))
    verdict = judge(layer(bare))
    assert verdict.reason == "accents"
    assert ocr_is_better(bare, verdict, SPANISH, 0.95)
    assert not ocr_is_better(bare, verdict, bare, 0.95)


def test_names_that_ocr_sees_too_are_what_stands_there() -> None:
    names = " ".join(f"Quispe Mamani Huamán{'abcdefghij'[n % 10]} Condori" for n in range(15))
    assert judge(layer(names)).how == "layer", "letters as in any text"
    verdict = Verdict("ocr", 0.3, "strange_words")
    assert not ocr_is_better(names, verdict, names.replace("á", "a"), 0.9)
    assert ocr_is_better(names, verdict, SPANISH, 0.9)
    assert not ocr_is_better(names, verdict, "ruido que no es", 0.3)


def test_ocr_that_saw_nothing_never_wins_over_a_layer() -> None:
    verdict = judge(layer("\ufffd" * 5 + "texto"))
    assert not ocr_is_better("texto", verdict, "", 0.0)
    assert ocr_is_better("", verdict, "", 0.0)


def test_garbage_share() -> None:
    assert garbage_share("") == 0
    assert garbage_share("texto limpio") == 0
    assert garbage_share("ab\ufffd\ue000") == 0.5


SIGNATURE = (
    "Firmado digitalmente por QUISPE MAMANI Rosa FAU 20131370645 soft. Motivo: Soy el autor del documento. Fecha: 12.03.2025 "
)


def test_a_digital_signature_over_a_scan_is_not_the_page() -> None:
    verdict = judge(layer(SIGNATURE, image_cover=1.0))
    assert (verdict.how, verdict.reason) == ("ocr", "stamp")
    assert ocr_is_better(SIGNATURE, verdict, SIGNATURE + SPANISH, 0.95)
    assert not ocr_is_better(SIGNATURE, verdict, SIGNATURE, 0.95)  # a short text on a background picture


def test_an_ocr_layer_stays_unless_its_words_are_broken() -> None:
    assert judge(layer(SPANISH, invisible=True, image_cover=1.0)).how == "layer"
    short = layer("Se remite el informe a la oficina de personal para su archivo.", invisible=True, image_cover=1.0)
    assert judge(short).how == "layer"
    broken = SPANISH.replace("ci", "c1").replace("en", "e|n").replace("ta", "t@a")
    verdict = judge(layer(broken, invisible=True, image_cover=1.0))
    assert (verdict.how, verdict.reason) == ("ocr", "broken_words")
    assert ocr_is_better(broken, verdict, SPANISH, 0.95)
    assert not ocr_is_better(broken, verdict, SPANISH, 0.2)
    assert judge(layer(broken)).how == "layer"  # a typist's own signs


def test_broken_words() -> None:
    assert broken_share("OFICIO N.º 123-2025-UGEL.05-AGP; 3,50 m² (S/ 12.00) CO2") == 0
    assert broken_share("c0misi6n d3l expedi3nte") > 0.9
    assert broken_share("") == 0


def test_words_in_a_language_that_ocr_reads_without_its_accents() -> None:
    written = "Ủy ban đã xem xét hồ sơ và thấy rằng tất cả giấy tờ mà giáo viên nộp đều đúng " * 3
    seen = "Uy ban da xem xet ho so va thay rang tat ca giay to ma giao vien nop deu dung " * 3
    verdict = judge(layer(written))
    assert not ocr_is_better(written, verdict, seen.replace("da", "đa"), 0.8)


def test_the_language_of_a_page() -> None:
    assert language_in(SPANISH) == "spa"
    assert language_in(OTHERS["deu"]) == "deu"
    assert language_in("UGEL 05") == ""
    assert language_in("") == ""
