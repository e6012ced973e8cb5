"""Letters that a font's table lost: a ligature or accented letter that comes out as U+FFFD, private use or a strange sign.

One glyph has one wrong code in all of a page, so the words that it stands in tell what it is: of `par�cipación`, `educa�va`
and `remi�do` only `ti` makes words.
"""

import re
from collections import Counter
from collections.abc import Callable
from itertools import product

from ingest.reading.lexicon import frequency, frequency_without_accents

_LIGATURES = ("ti", "fi", "fl", "tt", "ff", "ffi", "tti")
_USUAL = ("ti", "fi", "fl")
_LETTERS = ("á", "é", "í", "ó", "ú", "ñ", "ü")

_OPAQUE = "\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1b\x7f-\x9f"  # these are never what the author wrote
_SMALL = "a-zß-öø-ÿ"
# What stands between small letters and is none. Full stops, strokes, hyphens and the like do so rightly.
_ODD = re.compile(rf"(?<=[{_SMALL}])[^{_SMALL}\s{_OPAQUE}.,:;/@'’´¨˜ˆ`_\u2010-\u2015-](?=[{_SMALL}])|[{_OPAQUE}]")
_IS_OPAQUE = re.compile(f"[{_OPAQUE}]")
_MOST_SIGNS = 5  # looked at, of a page: a font has as many ligatures
_MOST_WORDS = 200  # looked at to tell what a sign stands for
_LONGEST_WORD = 40
_WORD = re.compile(r"[^\W\d_]+")
_SHORTEST_MISREAD = 5  # letters; shorter words are too near to each other
_MIN_MISREAD = 3  # words that a letter must explain, more than half of the unknown ones that it stands in
_MOST_TOLD = 300  # different words of a page that are looked up; a page made to keep us busy may hold a hundred thousand
_MOST_IN_WORD = 3  # signs that are told apart in one word: some thousand ways; four alike are the same ligature
_SURE = 100  # times that the list has a word; what is rarer there may be a slip
_MIN_WORDS = 2  # that a sign must make which is neither opaque nor a letter of no western language (Ɵ)
_LAST_OF_LATIN = "\u017f"
_MIN_SHARE = 0.5  # of the words it stands in


def mending_of(text: str) -> Callable[[str], str]:
    """What puts the page's lost letters back into its words; it leaves alone what makes no word."""
    signs = [sign for sign, _ in Counter(_ODD.findall(text)).most_common(_MOST_SIGNS)]
    mendings = [mending for sign in signs if (mending := _mending(sign, text))]
    if misread := _misread(text):
        mendings.append(lambda said: _WORD.sub(lambda one: misread.get(one[0], one[0]), said))

    def mend(said: str) -> str:
        for mending in mendings:
            said = mending(said)
        return said

    return mend


def _misread(text: str) -> dict[str, str]:
    """Words in which a ligature came out as a letter, `educatva`, made whole; none unless one letter explains many of them."""
    words = [one for one in dict.fromkeys(_WORD.findall(text)) if _SHORTEST_MISREAD <= len(one) <= _LONGEST_WORD]
    unknown = [one for one in words[:_MOST_TOLD] if one[1:].islower() and not frequency_without_accents(one.lower())]
    if len(unknown) < _MIN_MISREAD:
        return {}
    for letter in sorted(set("".join(unknown).lower())):
        having = [one for one in unknown if letter in one[1:]]
        if len(having) >= _MIN_MISREAD and (whole := _explained(having, letter)):
            return whole
    return {}


def _explained(words: list[str], letter: str) -> dict[str, str]:
    """The words made whole, where most can be; it gives up as soon as they cannot."""
    whole: dict[str, str] = {}
    for looked_at, word in enumerate(words, start=1):
        if other := _without_misreading(word, letter):
            whole[word] = other
        elif looked_at - len(whole) >= _MIN_SHARE * len(words):
            return {}
    return whole if len(whole) >= _MIN_MISREAD else {}


def _without_misreading(word: str, letter: str) -> str:
    places = [at for at in range(1, len(word)) if word[at] == letter]
    ways = [word[:at] + ligature + word[at + 1 :] for at in places for ligature in _USUAL]
    best = max(ways, key=lambda way: frequency_without_accents(way.lower()))
    return best if frequency_without_accents(best.lower()) >= _SURE else ""


def _mending(sign: str, text: str) -> Callable[[str], str] | None:
    is_opaque = bool(_IS_OPAQUE.match(sign))
    word = re.compile(rf"(?<![^\W\d_])(?:[^\W\d_]|{re.escape(sign)})*?{re.escape(sign)}(?:[^\W\d_]|{re.escape(sign)})*")
    found = list(dict.fromkeys(one[0] for one in word.finditer(text) if 3 <= len(one[0]) <= _LONGEST_WORD))[:_MOST_WORDS]
    replaced = [_replacements(one, sign, is_opaque) for one in found]
    known = [replacements[0] for replacements in replaced if replacements]
    needed = 1 if is_opaque or (sign.isalpha() and sign > _LAST_OF_LATIN) else _MIN_WORDS
    if len(known) < needed or not (is_opaque or len(known) >= _MIN_SHARE * len(found)):
        return None
    usual, times = Counter(known).most_common(1)[0]
    # A sign that stands for several letters tells nothing of a word that is not known.
    default = usual if usual in _LIGATURES and times > _MIN_SHARE * len(known) else ""

    told = {one: _mended(one, sign, is_opaque, default) for one in found}

    def mended(match: re.Match[str]) -> str:
        one = match[0]
        if one not in told and len(told) < _MOST_TOLD and len(one) <= _LONGEST_WORD:
            told[one] = _mended(one, sign, is_opaque, default)
        return told[one] if one in told else _with_default(one, sign, default)

    return lambda said: word.sub(mended, said) if sign in said else said


def _mended(word: str, sign: str, is_opaque: bool, default: str) -> str:
    replacements = _replacements(word, sign, is_opaque)
    for replacement in replacements:
        word = word.replace(sign, _cased(replacement, word), 1)
    return word if replacements else _with_default(word, sign, default)


def _with_default(word: str, sign: str, default: str) -> str:
    if not default:
        return word
    return re.sub(rf"(?<=[^\W\d_]){re.escape(sign)}(?=[^\W\d_])", _cased(default, word), word)


def _replacements(word: str, sign: str, is_opaque: bool) -> tuple[str, ...]:
    """What to put for each sign so that it becomes the commonest word; empty where none does."""
    parts = word.split(sign)
    bare, signs = "".join(parts), len(parts) - 1
    if len(bare) < 2 or (not parts[0] and bare[:1].isupper() and not bare.isupper()):
        return ()  # a bullet before a word
    parts = [part.lower() for part in parts]
    letters = _LETTERS if is_opaque else ()
    ligatures = _ways(_LIGATURES, signs)
    exact = max(_ways(_LIGATURES + letters, signs), key=lambda way: frequency(_joined(parts, way)))
    times = frequency(_joined(parts, exact))
    if times >= _SURE:
        return () if not (parts[0] and parts[-1]) and frequency(bare.lower()) > times else exact
    # Without accents, as some type; a word of the list that hardly anybody writes is no better than one of those.
    loose = max(ligatures, key=lambda way: frequency_without_accents(_joined(parts, way)))
    if frequency_without_accents(_joined(parts, loose)) and not frequency(bare.lower()):
        return loose
    return exact if times and parts[0] and parts[-1] else ()


def _ways(choices: tuple[str, ...], signs: int) -> list[tuple[str, ...]]:
    if signs > _MOST_IN_WORD:
        return [(one,) * signs for one in choices]
    return list(product(choices, repeat=signs))


def _joined(parts: list[str], between: tuple[str, ...]) -> str:
    return parts[0] + "".join(letters + part for letters, part in zip(between, parts[1:], strict=True))


def _cased(letters: str, word: str) -> str:
    return letters.upper() if word.isupper() else letters
