"""How many of the documents found are of each type, office, device, year, month and sender."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, cast, func, literal, select, union_all

from ingest.db.schema import documents
from ingest.domain.facets import Counted, Facet

MOST_VALUES = 50  # of a facet; nobody reads a longer list of check boxes

_VALUES: dict[Facet, ColumnElement[Any]] = {
    Facet.TYPE: func.nullif(documents.c.document_type, ""),
    Facet.OFFICE: func.nullif(documents.c.office, ""),
    Facet.DEVICE: documents.c.device,
    Facet.YEAR: cast(func.extract("year", documents.c.issued_on), Text),
    Facet.MONTH: cast(func.extract("month", documents.c.issued_on), Text),
    Facet.SENDER: func.nullif(documents.c.sender, ""),
}


def count(connection: Connection, facets: Sequence[Facet], found: Sequence[ColumnElement[bool]]) -> dict[Facet, list[Counted]]:
    """The commonest values of each facet among the documents that meet the conditions, with exact counts, most first.

    A document that has no value of a facet is counted by none.
    """
    counted: dict[Facet, list[Counted]] = {facet: [] for facet in facets}
    if not facets:
        return counted
    columns = [_VALUES[facet].label(facet.value) for facet in counted]
    matched = select(*columns).where(*found).cte("matched").prefix_with("MATERIALIZED")
    # The name first: the branches are told apart by it, and one statement costs one round trip.
    branches = [
        select(literal(facet.value).label("facet"), matched.c[facet.value].label("value"), func.count().label("count"))
        .where(matched.c[facet.value].is_not(None))
        .group_by(matched.c[facet.value])
        .order_by(func.count().desc(), matched.c[facet.value])
        .limit(MOST_VALUES)
        .subquery()
        for facet in counted
    ]
    for row in connection.execute(union_all(*(select(branch) for branch in branches))):
        counted[Facet(row.facet)].append(Counted(row.value, row[2]))
    return counted
