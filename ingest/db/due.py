"""What is due to be done for rows, counted: for those who look and do not touch."""

from sqlalchemy import Connection, text

_DUE = text("""
SELECT
    (SELECT count(*) FROM documents WHERE lease_until < clock_timestamp())
        + (SELECT count(*) FROM page_batches WHERE lease_until < clock_timestamp()),
    (SELECT count(*) FROM documents WHERE status = 'awaiting_upload' AND expires_at < clock_timestamp() - make_interval(secs => :grace)),
    (SELECT count(*) FROM documents WHERE erasing),
    (SELECT count(*) FROM documents WHERE tagging)
""")


def count(connection: Connection, upload_grace: float) -> tuple[int, int, int, int]:
    """Leases that ran out, uploads that were never made, erasures and tags that are due."""
    dead, unused, erasing, tagging = connection.execute(_DUE, {"grace": upload_grace}).one()
    return int(dead), int(unused), int(erasing), int(tagging)
