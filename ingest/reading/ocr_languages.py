"""Pure: which languages a page is read in by OCR, from what an upload or a device says."""

import re
from collections.abc import Callable, Collection

METADATA_KEY = "language"  # of an upload's metadata
MAX_LANGUAGES = 3  # each makes a page take longer: two cost 10 %

# ISO 639-1 → the name of Tesseract's data (ISO 639-2/T, and its own for Chinese and Norwegian).
_PAIRS = (
    "af:afr am:amh ar:ara as:asm az:aze be:bel bg:bul bn:ben bo:bod br:bre bs:bos ca:cat cs:ces cy:cym da:dan de:deu dv:div"
    " dz:dzo el:ell en:eng eo:epo es:spa et:est eu:eus fa:fas fi:fin fo:fao fr:fra fy:fry ga:gle gd:gla gl:glg gu:guj he:heb"
    " hi:hin hr:hrv ht:hat hu:hun hy:hye id:ind is:isl it:ita iu:iku ja:jpn jv:jav ka:kat kk:kaz km:khm kn:kan ko:kor ky:kir"
    " la:lat lb:ltz lo:lao lt:lit lv:lav mi:mri mk:mkd ml:mal mn:mon mr:mar ms:msa mt:mlt my:mya nb:nor ne:nep nl:nld nn:nor"
    " no:nor oc:oci or:ori pa:pan pl:pol ps:pus pt:por qu:que ro:ron ru:rus sa:san sd:snd si:sin sk:slk sl:slv sq:sqi sr:srp"
    " su:sun sv:swe sw:swa ta:tam te:tel tg:tgk th:tha ti:tir to:ton tr:tur tt:tat ug:uig uk:ukr ur:urd uz:uzb vi:vie yi:yid"
    " yo:yor zh:chi_sim"
)
_TESSERACT = dict(pair.split(":") for pair in _PAIRS.split())
_SEPARATORS = re.compile(r"[+,;\s]+")
_REGION = re.compile(r"^([a-z]{2})[-_][a-z]{2}$")
_NAME = re.compile(r"^[a-z]{3}(_[a-z]{3,4})?$")


def parsed(text: str) -> str | None:
    """The languages as Tesseract takes them: `es`, `es-PE`, `ES, en`, `spa+eng` → `spa`, `spa`, `spa+eng`, `spa+eng`.

    None where the text names no language, or more than three. That a language is installed is another question.
    """
    names = [_name(part) for part in _SEPARATORS.split(text[:100].strip().lower()) if part]
    known = list(dict.fromkeys(name for name in names if name))
    return "+".join(known) if known and None not in names and len(known) <= MAX_LANGUAGES else None


def _name(part: str) -> str | None:
    region = _REGION.match(part)
    if region or len(part) == 2:
        return _TESSERACT.get(region[1] if region else part)
    return part if _NAME.match(part) else None


def usable(wanted: str, default: str, installed: Callable[[], Collection[str]]) -> tuple[str, list[str]]:
    """The languages to read in, and those wanted that are not installed: without them, or in `default`.

    `installed` is asked only where something else than the default is wanted.
    """
    if wanted in ("", default):
        return default, []
    here = installed()
    missing = [name for name in wanted.split("+") if name not in here]
    return "+".join(name for name in wanted.split("+") if name in here) or default, missing
