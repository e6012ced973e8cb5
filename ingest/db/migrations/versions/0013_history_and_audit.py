"""What happened to each document, written by the database itself; and who did what.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# A trigger, because rows change in a dozen statements, and one that is added later is told of too.
NOTE = """
CREATE FUNCTION note_history() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    actor text := coalesce(current_setting('bandeja.actor', true), '');
    said text[] := '{}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        said := ARRAY[CASE NEW.status WHEN 'awaiting_upload' THEN 'announced' WHEN 'queued' THEN 'arrived' ELSE NEW.status END];
    ELSE
        IF NEW.status <> OLD.status THEN
            said := said || CASE
                -- From one queue's worker to the next it is the same attempt.
                WHEN NEW.status = 'processing' THEN CASE WHEN NEW.attempt = OLD.attempt THEN 'handed_on' ELSE 'started' END
                WHEN NEW.status = 'error' THEN 'failed'
                WHEN NEW.status <> 'queued' THEN NEW.status
                WHEN OLD.status IN ('awaiting_upload', 'expired') THEN 'arrived'
                WHEN OLD.status = 'processing' THEN CASE WHEN NEW.next_run_at IS NULL THEN 'handed_on' ELSE 'waiting' END
                ELSE 'replayed'
            END;
        END IF;
        IF NEW.stage <> OLD.stage AND NEW.stage <> '' AND NEW.status = 'processing' THEN
            said := said || text 'stage';
        END IF;
        IF NEW.searchable_at IS NOT NULL AND OLD.searchable_at IS NULL THEN
            said := said || text 'searchable';
        END IF;
        IF NEW.corrections <> OLD.corrections THEN
            said := said || text 'corrected';
        END IF;
    END IF;
    INSERT INTO document_history (document_id, event, stage, code, attempt, actor, trace_id)
    SELECT NEW.id, event, NEW.stage, CASE WHEN event IN ('failed', 'waiting') THEN NEW.error_code END, NEW.attempt, actor, NEW.trace_id
    FROM unnest(said) AS event
    WHERE event <> 'handed_on';
    RETURN NULL;
END
$$
"""
ON_INSERT = "CREATE TRIGGER note_arrival AFTER INSERT ON documents FOR EACH ROW EXECUTE FUNCTION note_history()"
# The condition is looked at without calling the function: a heartbeat costs nothing.
ON_UPDATE = """
CREATE TRIGGER note_change AFTER UPDATE ON documents FOR EACH ROW
WHEN (
    OLD.status <> NEW.status OR OLD.stage <> NEW.stage OR OLD.corrections <> NEW.corrections
    OR (OLD.searchable_at IS NULL AND NEW.searchable_at IS NOT NULL)
)
EXECUTE FUNCTION note_history()
"""


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "document_history",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("document_id", sa.Uuid, nullable=False),
        sa.Column("at", moment, nullable=False, server_default=sa.func.clock_timestamp()),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False, server_default=""),
        sa.Column("code", sa.Text),
        sa.Column("attempt", sa.Integer, nullable=False, server_default="0"),
        sa.Column("actor", sa.Text, nullable=False, server_default=""),
        sa.Column("trace_id", sa.Text, nullable=False, server_default=""),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_document_history_document_id_documents"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_history")),
    )
    op.create_index("ix_document_history_document", "document_history", ["document_id", "id"])
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("at", moment, nullable=False, server_default=sa.func.clock_timestamp()),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("key_id", sa.Uuid),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False, server_default=""),
        sa.Column("address", sa.Text, nullable=False, server_default=""),
        sa.Column("request_id", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    op.create_index(op.f("ix_audit_log_at"), "audit_log", ["at"])
    op.execute(NOTE)
    op.execute(ON_INSERT)
    op.execute(ON_UPDATE)
    op.add_column("api_keys", sa.Column("last_used_at", moment))


def downgrade() -> None:
    op.drop_column("api_keys", "last_used_at")
    op.execute("DROP TRIGGER note_change ON documents")
    op.execute("DROP TRIGGER note_arrival ON documents")
    op.execute("DROP FUNCTION note_history()")
    op.drop_table("audit_log")
    op.drop_table("document_history")
