"""The database made anew from the bucket alone; resumable. Search keeps answering from the rows there are."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from time import monotonic, sleep

from sqlalchemy import Connection

from ingest.db import documents, rebuilding
from ingest.db.corrections import uncorrected
from ingest.db.listings import REBUILD, KeyRange, Walk
from ingest.domain.documents import Document
from ingest.intake import scanners
from ingest.pipeline.order import STAGES
from ingest.services.backing import Services
from ingest.upkeep import corrections
from ingest.upkeep.walk import LEASE_SECONDS, Step, begin_walk, comparison_of, go_on


@dataclass(frozen=True, slots=True)
class Rebuild:
    """One run of it. The walk's row says how far an earlier run came, and this one goes on there."""

    services: Services

    def restore_devices(self) -> int:
        """Bring back the devices that the database does not know; returns how many."""
        with self.services.database.begin() as connection:
            return scanners.restore(connection, self.services.store)

    def begin(self, waiting: Callable[[], None]) -> Walk | None:
        """Go on with the walk, waiting for the lease of a run that was killed; None where another run is alive."""
        deadline = monotonic() + LEASE_SECONDS + 5
        while (walk := begin_walk(comparison_of(self.services), REBUILD, 0)) is None and monotonic() < deadline:
            waiting()
            sleep(1)
        return walk

    def walk(self, walk: Walk) -> Generator[Step, None, None]:
        """Take in what has no row, remove what has no object, and queue all the others to be read anew; what people corrected
        comes back.
        """
        corrected = corrections.kept(self.services.store)

        def read_again(connection: Connection, keys: KeyRange) -> list[Document]:
            rebuilding.date_back(connection, keys)
            lacking = uncorrected(connection, keys, corrected) if corrected else []
            corrections.restore(connection, self.services.store, lacking)
            replayed = [
                documents.replay(connection, document_id, queue=STAGES[0].queue, stored=False)
                for document_id in rebuilding.ended(connection, keys)
            ]
            rebuilding.forget_readings(connection, keys, walk.began_at)
            return [document for document in replayed if document is not None]

        return go_on(comparison_of(self.services), walk, read_again)

    def left(self) -> int:
        """How many documents are still to be worked on."""
        with self.services.database.begin() as connection:
            return rebuilding.count_open(connection)
