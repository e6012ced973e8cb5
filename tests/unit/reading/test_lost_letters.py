"""Ligatures and letters that a font's table lost are told by the words that they stand in; what makes no word stays."""

import pytest

from ingest.reading.lost_letters import mending_of

TI = """La par{cipacion de la comunidad educa{va en la ges{on es obligatoria segun la no{ficacion remi{da por la direccion
de la ins{tucion. El comite devolvio las cajas con acta y solicita que se prevea el presupuesto."""
FI = "La o{cina de bene{cios no{có al {scal que la {cha de{nitiva se {rma al {nal del año, en benefi{o de los o{ciales."


@pytest.mark.parametrize("sign", ["\ufffd", "\ue192", "\x00", "\x05", "{", "Ɵ", "θ", "Ʃ", "~", "P", "7", "|", "(", "*", "+"])
def test_a_ligature_is_put_back_whatever_sign_it_became(sign: str) -> None:
    text = TI.replace("{", sign)
    assert mending_of(text)(text) == TI.replace("{", "ti")


@pytest.mark.parametrize(
    ("ligature", "text"),
    [
        ("fi", FI.replace("benefi{o", "beneficio")),
        ("fl", "El con{icto por el {ujo de agua in{uye en el re{ejo de las {ores."),
        ("ti", "El {tular del depar{mento cer{fica la iden{dad; el {empo de{ene la par{da."),
    ],
)
def test_it_may_be_any_ligature(ligature: str, text: str) -> None:
    broken = text.replace("{", "\ufffd")
    assert mending_of(broken)(broken) == text.replace("{", ligature)


def test_one_sign_may_stand_for_several_ligatures_and_letters() -> None:
    whole = "La participación del señor en la oficina y la gestión del año: más notificación, el niño y el conflicto."
    broken = whole
    for lost in ("ti", "fi", "fl", "ó", "ñ", "á"):
        broken = broken.replace(lost, "\ufffd")
    assert mending_of(broken)(broken) == whole


@pytest.mark.parametrize("letter", ["t", "c", "q", "\u00ad", "\u200b"])
def test_a_ligature_may_come_out_as_an_ordinary_letter(letter: str) -> None:
    text = TI.replace("{", letter)
    assert mending_of(text)(text) == TI.replace("{", "ti")


def test_names_and_words_of_other_languages_are_no_misreadings() -> None:
    for text in (
        "Quispe Mamani Condori Huanca Ccopa Ticona Choquehuanca Apaza Huarachi Ttito Chambi Yupanqui Flores Ticllacondor Tintaya",
        "The participation of the community in the management of the institution is mandatory according to the notification",
        "La partecipazione della comunità nella gestione è obbligatoria secondo la notifica inviata dalla direzione",
        "A participação da comunidade na gestão é obrigatória conforme a notificação enviada pela direção da instituição",
        "Kunan punchaw llaqtanchikpi hatun huñunakuy karqa, chaypi tukuy runakuna rimarqanku allin kawsaymanta",
        "Oficina de tecnologia, edu\u00adcación y ges\u00adtión con par\u00adticipación",
    ):
        assert mending_of(text)(text) == text


def test_capitals_keep_their_case() -> None:
    text = "RESOLUCI\ufffdN DE LA DIRECCI\ufffdN"
    assert mending_of(text)(text) == "RESOLUCIÓN DE LA DIRECCIÓN"


def test_one_word_is_evidence_against_a_letter_that_no_western_language_has() -> None:
    assert mending_of("La gesƟón")("La gesƟón") == "La gestión"


def test_a_word_that_no_list_has_gets_what_the_others_got() -> None:
    text = "La ges\ue192ón educa\ue192va de Quis\ue192eri."
    assert mending_of(text)(text) == "La gestión educativa de Quistieri."


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Oficio y/o informe: km/h, S.A.C., a@b.pe, físico-químico, O'Higgins, 3x4, iPhone, McDonald y d3l a1b2c3",
        "\uf0b7Oficio \uf0b7informe \uf0a8 Sí \uf0a8 No",
        "Muchos \ufffd\ufffd\ufffd \ufffd x\ufffdz",
        "x{y z{w f(x)=a*b+c",
        "par{cipacion y nada más",  # one word is no evidence against a brace
        "año señor participación gestión",
    ],
)
def test_what_makes_no_word_stays(text: str) -> None:
    assert mending_of(text)(text) == text
