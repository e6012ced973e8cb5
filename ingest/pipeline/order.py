"""The pipeline, in order. Read this file first.

A document's object is in the bucket already: the "storage" stage of the seed (docs/glossary.md) is the client's upload.
Each stage takes a `Work` and leaves its result there or in the database; a stage that is done twice leaves the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from ingest.domain.documents import Document, Progress
from ingest.domain.queues import DOCUMENTS, EMBED, PAGES
from ingest.domain.stages import LABELS
from ingest.pipeline.stages import chunk, clean, describe, embed, extract, finalize, store
from ingest.pipeline.work import Work


@dataclass(frozen=True, slots=True)
class Stage:
    """One step: the percentages it covers, what it does, and whose workers do it."""

    name: str
    begins: int
    ends: int
    run: Callable[[Work], None]
    queue: str = DOCUMENTS

    @property
    def label(self) -> str:
        """What people are shown, in Spanish."""
        return LABELS[self.name]


STAGES = (
    Stage("extract", 1, 20, extract.run),
    Stage("clean", 30, 30, clean.run),
    Stage("chunk", 40, 40, chunk.run),
    Stage("describe", 50, 50, describe.run),
    Stage("store", 60, 60, store.run),
    Stage("embed", 60, 90, embed.run, queue=EMBED),
    Stage("finalize", 95, 95, finalize.run, queue=EMBED),
)

AFTER_STORE = STAGES[[stage.name for stage in STAGES].index("store") + 1 :]

Report = Callable[[Progress], None]


def stages_left(document: Document) -> tuple[Stage, ...]:
    """What is still to be done: all of it, or what comes after `store` once that is done."""
    return AFTER_STORE if document.stored else STAGES


def run(work: Work, queue: str, report: Report) -> str | None:
    """Run the stages that this queue's workers do; returns the queue to hand the document on to, or None at the end.

    Raises whatever a stage raises: errors of ours, and LeaseLost.
    """
    for stage in stages_left(work.document):
        if stage.queue != queue:
            return stage.queue
        started = perf_counter()
        report(Progress(stage.begins, stage.name))
        work.report = _within(stage, report)
        stage.run(work)
        work.tools.metrics.observe("bandeja_stage_seconds", perf_counter() - started, stage=stage.name)
        if work.left_to_batches:
            return PAGES
    return None


def pages_percent(done: int, total: int) -> int:
    """The percentage of a document of which so many pages are read."""
    return _percent(STAGES[0], done, total)


def _percent(stage: Stage, done: int, total: int) -> int:
    return stage.begins + (stage.ends - stage.begins) * done // max(total, 1)


def _within(stage: Stage, report: Report) -> Callable[[int, int], None]:
    pages = stage.name == "extract"

    def show(done: int, total: int) -> None:
        report(Progress(_percent(stage, done, total), stage.name, done if pages else None, total if pages else None))

    return show
