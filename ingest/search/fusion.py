"""Words and meaning as one score: BM25 as a share of the best, plus the weighted cosine."""

from collections.abc import Mapping
from uuid import UUID

from ingest.db import ranking
from ingest.db.ranking import Ranked
from ingest.settings import LOCAL_EMBEDDING_MODEL

# BM25 by its best to the power of .7 rather than by all of it: a best passage with much is worth more than one with little.
_STEEPNESS, _WORDS_WEIGHT = 0.7, 0.35
# What a cosine weighs beside BM25 scaled so, about 0–1: it belongs to the model, whose cosines have a range of their own.
# Measured for e5 (docs/decisions/0008-search-ranking.md; flat from 6 to 12); to be measured for others.
VECTOR_WEIGHTS = {LOCAL_EMBEDDING_MODEL: 8.0}
_UNMEASURED_WEIGHT = 8.0
# The cosine below which a passage that holds no word of the question is no answer. Measured for e5
# (docs/decisions/0008-search-ranking.md); without a measured one, any passage is near enough.
_FLOORS = {LOCAL_EMBEDDING_MODEL: 0.82}


def floor_of(model: str) -> float:
    """The cosine that is asked of a passage without any word of the question; -1 for a model that nobody measured."""
    return _FLOORS.get(model, -1.0)


def fused(
    owners: Mapping[int, UUID], words: Mapping[int, float], cosines: Mapping[int, float], *, model: str, unknown: float
) -> dict[int, tuple[UUID, float]]:
    """Owner and score of every passage: its BM25 by the best one's, plus its cosine by the model's weight.

    One without a cosine is given `unknown`. The formula and its numbers: docs/decisions/0008-search-ranking.md.
    """
    best = max(words.values(), default=1.0) or 1.0  # all are nothing where a phrase has no term
    share = _WORDS_WEIGHT / best**_STEEPNESS
    weight = VECTOR_WEIGHTS.get(model, _UNMEASURED_WEIGHT)
    return {
        chunk_id: (owner, words.get(chunk_id, 0.0) * share + weight * cosines.get(chunk_id, unknown))
        for chunk_id, owner in owners.items()
    }


def grouped(scores: Mapping[int, tuple[UUID, float]]) -> list[Ranked]:
    """Scored passages as ranked documents, the best few of each."""
    documents: dict[UUID, dict[int, float]] = {}
    for chunk_id, (document_id, score) in sorted(scores.items(), key=lambda item: (-item[1][1], item[0])):
        passages = documents.setdefault(document_id, {})
        if len(passages) < ranking.PASSAGES:
            passages[chunk_id] = score
    return [Ranked(document_id, passages) for document_id, passages in documents.items()]
