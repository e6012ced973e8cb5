"""A question as the index understands it: its terms, what they are worth, and whom it may find."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from sqlalchemy import Connection

from ingest.db import frequencies, index, phrases, vocabulary
from ingest.db.documents import Filters
from ingest.db.frequencies import Corpus, Term
from ingest.db.index import Scope
from ingest.db.phrases import Phrase
from ingest.db.ranking import Words
from ingest.domain.numbers import question_terms
from ingest.domain.spellings import joined_terms
from ingest.domain.stream_safe import without_marks
from ingest.reading.lexicon import frequency_without_accents
from ingest.search.question import Question, parse, words_in

_SHORTEST_CORRECTED = 4  # letters
_SHORTEST_BY_MEANING = 6  # a shorter word has real neighbours, and no list has every real word: `bebé` is not in ours
_MOST_APART = 4  # words; ones farther apart are no neighbours
_MOST_PAIRS = 16
_MOST_N = 3  # of a word that may each be an ñ: eight spellings
# Of what the word as typed counts: BM25 of a word said once in a long passage is a third of that of one said often in a short.
_WITH_ENYE = 0.3


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the index understands it.

    `says_something`: it has a word, number or phrase to look for, held or not. `names_unknown`: one of its numbers or
    codes stands nowhere, however it is parted, or nothing begins with one of its prefixes.
    """

    question: Question
    corrected: bool
    words: Words
    phrases: list[Phrase]
    scope: Scope
    says_something: bool
    names_unknown: bool

    @property
    def terms(self) -> Sequence[Term]:
        """The terms that stand somewhere."""
        return self.words.terms


def understand(connection: Connection, query: str, filters: Filters, *, correct: bool = True, by_meaning: bool = False) -> Asked:
    """Take the question apart and look its parts up; without `correct` every word is meant as typed. Raises QuestionTooLong.

    `by_meaning`: no document need hold its words, so a real word that none holds is no typing error.
    """
    question = parse(query)
    question.check()
    found, spelled = _look_up(connection, question)
    typed = question.words if correct else ()
    better = {word: near for word in typed if (near := _better(connection, word, found[word], by_meaning=by_meaning))}
    if better:
        question = question.corrected(better)
        found, spelled = _look_up(connection, question)
    corpus = frequencies.corpus(connection)
    quoted = phrases.read(connection, question.phrases)
    begun = frequencies.look_up_prefixes(connection, question.prefixes)
    terms = {term.lexeme: term for several in [*found.values(), begun] for term in several if term.passages}
    for term in _with_enye(question.words, found, spelled, corpus):
        terms.setdefault(term.lexeme, term)
    return Asked(
        question,
        corrected=bool(better),
        words=Words(list(terms.values()), corpus, neighbours(question.words, found)),
        phrases=quoted,
        scope=index.scope(connection, filters, quoted, question.without),
        says_something=any(found.values()) or bool(begun) or any(phrase.words.strip() for phrase in quoted),
        names_unknown=_names_unknown_number(question.asked, found, terms) or any(not term.passages for term in begun),
    )


def _look_up(connection: Connection, question: Question) -> tuple[dict[str, list[Term]], dict[str, list[Term]]]:
    """The terms of all that is asked (words, phrases, numbers), and of the words with ñ for n; in one statement."""
    named = sorted(question_terms(question.asked) | joined_terms(question.asked))
    joined = [term for term in named if ":" not in term]
    asked = dict.fromkeys([*question.words, *question.phrases, *joined])
    spelled = [other for word in question.words for other in enye_spellings(word)]
    known = frequencies.look_up(connection, list(asked | dict.fromkeys(spelled)), [term for term in named if ":" in term])
    others = {other: known[other] for other in spelled}
    return {word: terms for word, terms in known.items() if word in asked or word not in others}, others


def neighbours(words: Sequence[str], found: Mapping[str, Sequence[Term]]) -> list[str]:
    """Tsqueries of each two terms that follow each other in the question, stop words between them counted."""
    pairs: list[str] = []
    before: Term | None = None
    apart = 0
    for word in words:
        apart += 1
        terms = found.get(word, ())
        if not terms:
            continue  # a stop word
        one = terms[0] if len(terms) == 1 and terms[0].passages else None
        if before and one and apart <= _MOST_APART:
            pairs.append(f"{before.query} <{apart}> {one.query}")
        before, apart = one, 0
    return pairs[:_MOST_PAIRS]


def _better(connection: Connection, word: str, terms: Sequence[Term], *, by_meaning: bool) -> str | None:
    """The word that a word unknown to the index was probably meant to be."""
    unknown = terms and not any(term.passages for term in terms)
    if not unknown or len(word) < _SHORTEST_CORRECTED or not word.isalpha():
        return None
    if by_meaning and (len(word) < _SHORTEST_BY_MEANING or frequency_without_accents(word.lower())):
        return None
    near = vocabulary.suggest(connection, word)
    return near if near and (not by_meaning or is_one_error(word, near)) else None


def is_one_error(word: str, near: str) -> bool:
    """Whether the words, case and accents aside, differ in one letter, or in the order of two neighbours."""
    typed, meant = without_marks(word.lower()), without_marks(near.lower())
    at = next((n for n, (one, other) in enumerate(zip(typed, meant, strict=False)) if one != other), min(len(typed), len(meant)))
    typed, meant = typed[at:], meant[at:]
    return typed[1:] in {meant, meant[1:]} or typed == meant[1:] or typed[1::-1] + typed[2:] == meant


def _with_enye(
    words: Sequence[str], found: Mapping[str, Sequence[Term]], spelled: Mapping[str, Sequence[Term]], corpus: Corpus
) -> Iterator[Term]:
    """The terms of the words with ñ for n, as whoever has no ñ types them; worth less than those as typed, where these stand."""
    for word in words:
        typed = [corpus.rarity(term) for term in found[word] if term.passages]
        for term in (term for other in enye_spellings(word) for term in spelled[other]):
            if term.passages:
                share = _WITH_ENYE * min(1.0, min(typed) / corpus.rarity(term)) if typed else 1.0
                yield replace(term, weight=share)


def enye_spellings(word: str) -> list[str]:
    """The word with ñ in place of one or more of its first three n."""
    places = [at for at, letter in enumerate(word) if letter in "nN"][:_MOST_N]
    chosen = (some for number in range(1, len(places) + 1) for some in combinations(places, number))
    return ["".join("ñ" if at in some else letter for at, letter in enumerate(word)) for some in chosen]


def _names_unknown_number(asked: str, found: Mapping[str, Sequence[Term]], held: Iterable[str]) -> bool:
    """Whether something with a digit has a part that stands nowhere, neither alone nor as a part of what is held."""
    known = ["".join(filter(str.isalnum, term)) for term in held]
    parts = (part for part in asked.split() if any(map(str.isdigit, part)))
    words = (word for part in parts for word in words_in(part))
    return any(
        not any(term.passages for term in found[word]) and not any(word.lower().lstrip("0") in other for other in known)
        for word in words
        if word in found
    )
