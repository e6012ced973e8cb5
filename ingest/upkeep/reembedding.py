"""Vectors of the model that is set, for documents that another one embedded: after a change of model, or after an outage."""

from collections.abc import Sequence
from uuid import UUID

import structlog

from ingest.db import documents, embedded, vectors
from ingest.db.embedded import Model
from ingest.db.engine import Database
from ingest.domain.documents import Document
from ingest.pipeline.privacy import stays_here
from ingest.ports import Embedder

log = structlog.get_logger(__name__)

CLAIM_SECONDS = 300.0  # longer than a batch may take; renewed after each


class Reembedding:
    """Fills one model's vectors beside what is there; any number of processes may do it at once, and go on where one stopped."""

    def __init__(self, database: Database, embedder: Embedder, private_prefixes: Sequence[str]) -> None:
        self._database = database
        self._embedder = embedder
        self._private_prefixes = private_prefixes

    def step(self) -> bool:
        """Embed one document; False where none is left that nobody else has. Each batch is kept as it comes.

        Raises DatabaseUnavailable, and what the embedder raises.
        """
        with self._database.begin() as connection:
            document_id = embedded.claim(connection, self._embedder.model, CLAIM_SECONDS)
            document = documents.find(connection, document_id) if document_id else None
        if document_id is None:
            return False
        if document is not None and not self._is_left_out(document):
            self._embed(document_id, document.title)
        with self._database.begin() as connection:
            embedded.note(connection, document_id, self._embedder.model)
        return True

    def _is_left_out(self, document: Document) -> bool:
        return self._embedder.costs and stays_here(self._database, self._private_prefixes, document)

    def _embed(self, document_id: UUID, title: str) -> None:
        model = self._embedder.model
        with self._database.begin() as connection:
            vectors.copy_twins(connection, document_id, model)
            missing = vectors.missing(connection, document_id, model)
        for start in range(0, len(missing), self._embedder.batch_size):
            batch = missing[start : start + self._embedder.batch_size]
            made = self._embedder.embed_passages([text for _, text in batch], title)
            pairs = [(chunk_id, vector) for (chunk_id, _), vector in zip(batch, made, strict=True)]
            with self._database.begin() as connection:
                vectors.save(connection, model, pairs, recipe=self._embedder.recipe)
                embedded.hold(connection, document_id, CLAIM_SECONDS)

    def progress(self) -> embedded.Progress:
        """How far it has come."""
        with self._database.begin() as connection:
            return embedded.progress(connection, self._embedder.model)

    def has_taken_over(self) -> bool:
        """Whether questions are asked by this model."""
        with self._database.begin() as connection:
            model = embedded.asked_by(connection)
        return model is not None and model.name == self._embedder.model

    def take_over(self) -> bool:
        """Ask questions by this model from now on, where it has embedded all; whether it has."""
        with self._database.begin() as connection:
            done, every = embedded.progress(connection, self._embedder.model)
            if done < every:
                return False
            embedded.ask_by(connection, Model(self._embedder.model, self._embedder.dimensions))
        log.info("search_model_changed", model=self._embedder.model)
        return True
