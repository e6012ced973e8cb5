"""How long a document waits for a service outside before it goes on with what this machine can do."""

from ingest.domain.documents import Document
from ingest.errors import TransientError

WAITS = 2  # of `BANDEJA_RETRY_DELAYS`: after a minute and five more it is no hiccup
LONGEST = 900.0  # seconds; who asks for more will not be back soon


def is_worth_waiting(document: Document, error: TransientError) -> bool:
    """Whether the document, which has waited so often, should wait once more."""
    return document.retries < WAITS and (error.retry_after or 0) <= LONGEST
