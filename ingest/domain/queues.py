"""The queues that workers take from, named once: a document's two, and the two of page batches."""

DOCUMENTS = "documents"
EMBED = "embed"
DOCUMENT_QUEUES = (DOCUMENTS, EMBED)

PAGES = "pages"  # a document waits on it until its last batch is read
LATER_PAGES = "later_pages"
BATCH_QUEUES = (PAGES, LATER_PAGES)
FIRST_BATCHES = 8  # those of a scan of some twenty pages, or the first 64 pages of a larger one

QUEUES = (DOCUMENTS, *BATCH_QUEUES, EMBED)


def queue_of(ordinal: int) -> str:
    """Where the message of a document's batch goes.

    Workers take from both queues in turn, so a scan of some twenty pages waits for single batches of a large one, and not for
    all of it.
    """
    return PAGES if ordinal < FIRST_BATCHES else LATER_PAGES
