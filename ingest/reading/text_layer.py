"""Is a page's text layer worth having, or must the page be read by OCR? Pure judgement over `ports.Layer`.

The rules and their numbers are measured: signs of a broken encoding count for more than signs of another language.
docs/decisions/0004-files-are-opened-in-a-process-that-can-be-killed.md, "How a page's text is chosen", has them.
"""

import re
import unicodedata
from dataclasses import dataclass

from ingest.reading.garbled import MIN_FAMILIAR, familiar_share, is_misread, is_swapped, letter_pairs, misread_share
from ingest.reading.ports import Layer

# The commonest short words of languages that reach a Peruvian office, or that a test collection may hold.
_FUNCTION_WORDS = {
    "spa": "de la que el en y a los del se las por un para con no una su al lo como más o pero sus le ha es este son ser",
    "eng": "the of and to in a is that for it as was with be by on not he this are or from at which but have an they were",
    "fra": "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont avec ou son",
    "deu": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat",
    "por": "de a o que e do da em um para com não uma os no se na por mais as dos como mas ao ele das à seu sua ou",
    "ita": "di e il la che in a per un è del non con si da una i le della sono dei nel al più o come ma alla gli lo",
    "cat": "de la i el que a en els les un per una del amb es no al ha va és més o com dels són seva per",
    "glg": "de a o que e do da en un para con non unha os no se na por máis as dos como ao das seu súa ou é",
    "eus": "eta da ez bat du dira zen izan egin baina ere den dute hau hori dela duen behar beste bere",
    "nld": "de het een en van in is dat op te zijn met voor niet aan er die als ook om door bij naar uit of werd maar",
    "pol": "w i na z do się nie że to jest o od za po jak przez oraz dla ale są był być który tym co",
    "ron": "de și în a la cu pe un o din că nu este care se pentru mai au sau fi ca al ale prin",
    "swe": "och i att det som en på är av för med till den har de inte om ett från var men sig så",
    "dan": "og i at det er en til af på den for med de som ikke der et har fra var men sig om",
    "nor": "og i å det er en til av på den for med de som ikke et har fra var men seg om",
    "fin": "ja on ei se että oli hän joka mutta myös kun ovat tai sen niin kuin ole sekä jos vain",
    "hun": "a az és hogy nem is egy van ez meg de ha csak volt már mint vagy azt el lehet",
    "ces": "a v se na je že s z do o i to jako za by pro ale jsou od který po podle nebo",
    "tur": "ve bir bu da de için ile olarak daha çok olan gibi en ne kadar sonra ancak her o değil",
    "ind": "dan yang di ini dengan untuk dari dalam pada itu tidak akan adalah oleh sebagai juga ke atau",
    "que": "chay kay hina mana ima paykuna ñuqa qam pay wan huk llapan runa kunan chayqa imayna chaymi kaypi",
    "aym": "uka aka jani mä ukat ukhamaraki uñt'ata jupa nayra taqi ukanaka kunatix jiwasa ukax akax",
}
_WORDS_OF = {language: frozenset(words.split()) for language, words in _FUNCTION_WORDS.items()}
_FAMILIAR_PAIRS = frozenset(letter_pairs(" ".join(_FUNCTION_WORDS.values())))

_WORD = re.compile(r"[^\W\d_]{2,}(?:['’][^\W\d_]+)*")  # one letter may be a word or a variable
_EDGES = ".,;:!?¡¿\"'“”‘’«»()[]{}…-–—*"
_BROKEN = re.compile(r"[a-zà-ÿ][\d|@#$%&*+=~^<>{}\\¡!?°§£€¥]+[a-zà-ÿ]|^[\d|@#$&+=~^<>§£€¥]+[a-zà-ÿ]{2,}|[a-zà-ÿ][A-ZÀ-Þ][a-zà-ÿ]")
_ACCENTED = re.compile("[áéíóúüñ]", re.IGNORECASE)

MAX_GARBAGE = 0.10  # share of characters that mean nothing
MIN_FUNCTION_WORDS = 0.08  # share of words; running text in its own language has 30 to 50 %
WORDS_TO_JUDGE = 40  # with fewer, a share of function words says nothing
MIN_FAMILIAR_OF_LISTS = 0.7  # of letter pairs, where no function word stands; lists of names have .9
MAX_WORD_LETTERS = 12  # on average, where no function word stands; more are words run together
MAX_MISREAD = 0.03  # share of words; one in thirty is no misprint any more
MIN_ACCENTED_WORDS = 0.02  # share of a Spanish page's words; it has 8 to 12 %
WORDS_TO_MISS_ACCENTS = 100
WORDS_TO_TELL = 3  # function words found, to say which language it is
MIN_ALPHANUMERIC = 0.5  # share of a short text's characters
SCAN_COVER = 0.5  # share of the page under its images
STAMP_CHARACTERS = 400  # inside the inner 75 %; a digital signature's block over a scan has 150 to 300, a letter 800 and more
DRAWN_LETTERS = 300  # painted areas on a page with next to no text: print as curves has one a letter, a ruled form some dozens
ABOUT_AS_MANY = 0.8  # of the layer's legible words must OCR see to be worth more: it misses small and pale print silently
SOME = 0.2  # of the words of a layer whose letters mean nothing
SURE_OCR = 0.6  # OCR's confidence; guesses have less
STAMP_GAIN = 1.2  # times the layer's words that OCR must see to be worth more than a layer over a picture
MAX_BROKEN_WORDS = 0.12  # share of an OCR layer's characters in words like "d3l" or "c|ase"; a good one has under 4 %
JUDGED_CHARACTERS = 100_000  # enough to tell; a page may hold millions
MIN_AGREEMENT = 0.5  # share of the layer's words that OCR sees too


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with a page: `layer` (use it), `ocr`, or `none` (nothing there to read).

    `quality` is 0–1: clean text over .9, garbage under .5. `reason` is one word for the log.
    """

    how: str
    quality: float
    reason: str


def judge(layer: Layer) -> Verdict:
    """What to do with the page."""
    if not layer.text.strip():
        if layer.image_cover > 0 or layer.drawings:
            return Verdict("ocr", 0.0, "no_text")
        return Verdict("none", 0.0, "blank")
    text = layer.text[:JUDGED_CHARACTERS]
    reason, quality = _doubt(layer, text)
    return Verdict("ocr" if reason else "layer", quality, reason or "good")


def ocr_is_better(layer_text: str, verdict: Verdict, ocr_text: str, ocr_confidence: float) -> bool:
    """Whether to keep what OCR saw rather than a layer that was judged `ocr`."""
    if not layer_text.strip():
        return True
    layer_text, ocr_text = layer_text[:JUDGED_CHARACTERS], ocr_text[:JUDGED_CHARACTERS]
    seen, written = _words(ocr_text), _words(layer_text)
    if not seen:
        return False
    if not written:
        return True
    legible = _legible_words(layer_text, verdict.reason)
    as_many = len(seen) >= ABOUT_AS_MANY * len(legible)
    # Strange letters: one saw the other's words, so they are what stands there, or OCR itself is guessing.
    strange = _agreement(written, seen) < MIN_AGREEMENT and len(seen) >= SOME * len(written)
    return {
        "garbage": as_many,
        "signs": as_many,
        "misread": as_many and ocr_confidence >= SURE_OCR and misread_share(ocr_text) < misread_share(layer_text),
        "accents": as_many and accented_share(seen) >= MIN_ACCENTED_WORDS,
        "drawn": len(seen) > STAMP_GAIN * len(written),
        "stamp": len(seen) > STAMP_GAIN * len(written),
        "broken_words": as_many and ocr_confidence > verdict.quality,
    }.get(verdict.reason, strange and ocr_confidence >= SURE_OCR)


def is_legible(verdict: Verdict) -> bool:
    """Whether a layer of this verdict is worth having where OCR fails: not whole, perhaps, but words."""
    return verdict.reason not in {"no_text", "blank", "garbage", "signs", "strange_words", "swapped"}


def language_of(words: list[str]) -> tuple[str, float]:
    """The language (ISO 639-3) whose function words are the most among `words`, and their share."""
    if not words:
        return "", 0.0
    counts = {language: sum(word in known for word in words) for language, known in _WORDS_OF.items()}
    best = max(counts, key=counts.__getitem__)
    return best, counts[best] / len(words)


def garbage_share(text: str) -> float:
    """The share (0–1) of characters that are U+FFFD, private, unassigned or control characters, or halves of a pair."""
    shown = "".join(text.split())
    bad = shown.count("\ufffd")
    if not shown.isprintable():  # asked first, because looking at every character takes as long as reading the page
        bad += sum(unicodedata.category(character) in ("Cc", "Co", "Cn", "Cs") for character in shown)
    return bad / len(shown) if shown else 0.0


def broken_share(text: str) -> float:
    """The share (0–1) of characters in words that no typist writes: signs or digits among small letters, capitals inside."""
    tokens = [token.strip(_EDGES) for token in text.split()]
    characters = sum(map(len, tokens))
    return sum(len(token) for token in tokens if _BROKEN.search(token)) / characters if characters else 0.0


def accented_share(words: list[str]) -> float:
    """The share (0–1) of words with a Spanish accent, dieresis or tilde."""
    return sum(bool(_ACCENTED.search(word)) for word in words) / len(words) if words else 0.0


def _is_whole_ocr(layer: Layer) -> bool:
    """Whether an OCR program wrote the layer, for a page with little on it."""
    return layer.invisible and layer.inner_characters >= WORDS_TO_JUDGE


def _bare(word: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter))


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _doubt(layer: Layer, text: str) -> tuple[str, float]:
    """One word for what speaks against the layer, or "", and its quality."""
    if reason := _encoding_fault(text):
        return reason, 0.3
    if layer.image_cover > SCAN_COVER and layer.inner_characters < STAMP_CHARACTERS and not _is_whole_ocr(layer):
        return "stamp", 0.6
    if layer.drawings >= DRAWN_LETTERS:
        return "drawn", 0.6
    if _has_lost_accents(text):
        return "accents", 0.8
    broken = broken_share(text) if layer.invisible else 0.0
    if broken > MAX_BROKEN_WORDS:
        # Another program's OCR, and not a good one.
        return "broken_words", round(max(0.0, 1 - 2 * broken), 3)
    return "", round(1.0 - max(broken, garbage_share(text)), 3)


def _agreement(written: list[str], seen: list[str]) -> float:
    """The share (0–1) of one's words that the other has too; accents aside, because OCR in one language misses another's."""
    known, noticed = {_bare(word) for word in written}, {_bare(word) for word in seen}
    of_written = sum(_bare(word) in noticed for word in written) / len(written)
    of_seen = sum(_bare(word) in known for word in seen) / len(seen)
    return max(of_written, of_seen)


def _legible_words(text: str, reason: str) -> list[str]:
    """The words that say what the paper shows, as far as their letters tell."""
    tokens = (token for token in text.split() if not garbage_share(token) and not is_misread(token))
    sound = (token for token in tokens if reason != "broken_words" or not _BROKEN.search(token.strip(_EDGES)))
    return _words(" ".join(sound))


def _encoding_fault(text: str) -> str:
    """One word for what speaks against the layer's encoding, or ""."""
    if is_swapped(text):
        return "swapped"
    if garbage_share(text) > MAX_GARBAGE:
        return "garbage"
    if misread_share(text) > MAX_MISREAD:
        return "misread"
    words = _words(text)
    if len(words) < WORDS_TO_JUDGE:
        shown = [character for character in text if not character.isspace()]
        letters = sum(character.isalnum() for character in shown)
        # A rule of dots or a lone number sign is no fault; a font without a mapping gives such runs of signs.
        if letters < MIN_ALPHANUMERIC * len(shown) and not _is_ruled(shown):
            return "signs"
    # Broken encodings come out as Latin letters and signs.
    return "strange_words" if _is_latin(words) and _has_strange_letters(text, words) else ""


def _has_strange_letters(text: str, words: list[str]) -> bool:
    """Whether the letters stand side by side as in no language; lists and tables need no function words."""
    familiar = familiar_share(text, _FAMILIAR_PAIRS)
    if familiar is not None and familiar < MIN_FAMILIAR:
        return True
    if len(words) < WORDS_TO_JUDGE or language_of(words)[1] >= MIN_FUNCTION_WORDS:
        return False
    return (familiar or 0.0) < MIN_FAMILIAR_OF_LISTS or sum(map(len, words)) > MAX_WORD_LETTERS * len(words)


def _is_ruled(shown: list[str]) -> bool:
    return len(set(shown)) <= 2


def _is_latin(words: list[str]) -> bool:
    letters = "".join(words)
    latin = sum(character < "\u0250" or "\u1e00" <= character < "\u1f00" for character in letters)
    return latin >= len(letters) / 2


def _has_lost_accents(text: str) -> bool:
    """Whether it is running Spanish without accents; capitals are typed without them."""
    words = [word.lower() for word in _WORD.findall(text) if not word.isupper()]
    if len(words) < WORDS_TO_MISS_ACCENTS:
        return False
    language, share = language_of(words)
    return language == "spa" and share >= MIN_FUNCTION_WORDS and accented_share(words) < MIN_ACCENTED_WORDS


def language_in(text: str) -> str:
    """The language (ISO 639-3) that the text is in, or "" where too little says so."""
    words = _words(text[:JUDGED_CHARACTERS])
    language, share = language_of(words)
    return language if share >= MIN_FUNCTION_WORDS and share * len(words) >= WORDS_TO_TELL else ""
