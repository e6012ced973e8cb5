"""Describe: type, number, date, office and subject, by Gemini or by rules."""

from datetime import date
from zoneinfo import ZoneInfo

import structlog

from ingest.db import descriptions, leases
from ingest.describing import file_name
from ingest.describing.rules import OfficeRules
from ingest.domain.descriptions import Description
from ingest.errors import AiRateLimited, AiUnavailable
from ingest.pipeline.patience import is_worth_waiting
from ingest.pipeline.privacy import stays_here
from ingest.pipeline.work import Work

log = structlog.get_logger(__name__)


def run(work: Work) -> None:
    """Leave the description in `work.description`; what was paid for is kept, and never paid for again.

    Where there is no text nobody is asked: the file's name and its arrival are all that is known.

    While Google is away for long, the rules describe: a letter that can be found is worth more than a perfect one that cannot.

    Raises LeaseLost and what the describer raises.
    """
    describer = work.tools.describer
    if not work.clean.text.strip():
        work.description = file_name.described(work.document.filename, _arrived_on(work))
    elif not describer.costs:
        work.description = describer.describe(work.clean.text, work.document.filename)
    elif stays_here(work.tools.database, work.tools.private_prefixes, work.document):
        work.description = OfficeRules().describe(work.clean.text, work.document.filename)
    else:
        work.description = _paid_for(work)
    log.info("metadata_extraction_completed", recipe=work.description.recipe, document_type=work.description.document_type)


def _arrived_on(work: Work) -> date | None:
    arrived = work.document.arrived_at
    return arrived.astimezone(ZoneInfo(work.tools.timezone)).date() if arrived else None


def _paid_for(work: Work) -> Description:
    describer, database = work.tools.describer, work.tools.database
    with database.begin() as connection:
        kept = descriptions.find(connection, work.content_sha256, describer.recipe)
    if kept is not None:
        return kept
    try:
        made = describer.describe(work.clean.text, work.document.filename)
    except (AiRateLimited, AiUnavailable) as error:
        if is_worth_waiting(work.document, error):
            raise
        log.warning("description_by_stand_in", code=error.code)
        return OfficeRules().describe(work.clean.text, work.document.filename)
    if made.recipe != describer.recipe:
        return made  # the rules', in its place: a later run may ask again
    with database.begin() as connection:
        leases.checkpoint(connection, work.lease)
        descriptions.save(connection, work.content_sha256, made)
    return made
