"""initial tables

Revision ID: 0001
Revises: 
Create Date: 2026-11-24 11:58:59.996840

"""
from typing import Sequence, Union

from alembic import op
import pgvector.sqlalchemy.vector
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

# revision identifiers, used by Alembic.
revision: str = '0001'
down_revision: Union[str, Sequence[str], None] = None
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    op.execute("CREATE SEQUENCE send_seq")
    op.create_table('api_keys',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('secret_sha256', sa.LargeBinary(), nullable=False),
    sa.Column('scopes', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_keys')),
    sa.UniqueConstraint('secret_sha256', name=op.f('uq_api_keys_secret_sha256'))
    )
    op.create_table('descriptions',
    sa.Column('content_sha256', sa.LargeBinary(), nullable=False),
    sa.Column('recipe', sa.Text(), nullable=False),
    sa.Column('description', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('content_sha256', 'recipe', name=op.f('pk_descriptions'))
    )
    op.create_table('devices',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('access_key', sa.Text(), nullable=False),
    sa.Column('prefix', sa.Text(), nullable=False),
    sa.Column('replaces', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_devices')),
    sa.UniqueConstraint('access_key', name=op.f('uq_devices_access_key')),
    sa.UniqueConstraint('prefix', name=op.f('uq_devices_prefix'))
    )
    op.create_table('documents',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('bucket', sa.Text(), nullable=False),
    sa.Column('object_key', sa.Text(), nullable=False),
    sa.Column('version_id', sa.Text(), nullable=True),
    sa.Column('etag', sa.Text(), server_default='', nullable=False),
    sa.Column('sequencer', sa.Text(), server_default='', nullable=False),
    sa.Column('size', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('content_type', sa.Text(), server_default='', nullable=False),
    sa.Column('filename', sa.Text(), nullable=False),
    sa.Column('device', sa.Text(), nullable=True),
    sa.Column('upload_metadata', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('declared_sha256', sa.LargeBinary(), nullable=True),
    sa.Column('erasing', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('content_sha256', sa.LargeBinary(), nullable=True),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('queue', sa.Text(), server_default='documents', nullable=False),
    sa.Column('stage', sa.Text(), server_default='', nullable=False),
    sa.Column('stored', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('progress', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('pages_done', sa.Integer(), server_default='0', nullable=False),
    sa.Column('pages_total', sa.Integer(), nullable=True),
    sa.Column('attempt', sa.Integer(), server_default='0', nullable=False),
    sa.Column('claims', sa.Integer(), server_default='0', nullable=False),
    sa.Column('retries', sa.Integer(), server_default='0', nullable=False),
    sa.Column('crashes', sa.Integer(), server_default='0', nullable=False),
    sa.Column('lease_token', sa.Uuid(), nullable=True),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('next_run_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_seq', sa.BigInteger(), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('claimed_seq', sa.BigInteger(), nullable=True),
    sa.Column('error_code', sa.Text(), nullable=True),
    sa.Column('document_type', sa.Text(), server_default='', nullable=False),
    sa.Column('document_number', sa.Text(), server_default='', nullable=False),
    sa.Column('office', sa.Text(), server_default='', nullable=False),
    sa.Column('subject', sa.Text(), server_default='', nullable=False),
    sa.Column('title', sa.Text(), server_default='', nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=True),
    sa.Column('described_by', sa.Text(), server_default='', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('arrived_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('searchable_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("lease_token IS NULL OR status = 'processing'", name=op.f('ck_documents_lease_status')),
    sa.CheckConstraint("source IN ('upload', 'scanner', 'other')", name=op.f('ck_documents_source')),
    sa.CheckConstraint("status IN ('awaiting_upload', 'queued', 'processing', 'completed', 'error', 'expired', 'cancelled', 'deleted', 'superseded')", name=op.f('ck_documents_status')),
    sa.CheckConstraint('(lease_token IS NULL) = (lease_until IS NULL)', name=op.f('ck_documents_lease')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_documents')),
    sa.UniqueConstraint('bucket', 'object_key', 'version_id', name=op.f('uq_documents_bucket_object_key_version_id'))
    )
    op.create_index('ix_documents_claimed', 'documents', ['queue', 'claimed_seq'], unique=False, postgresql_where=sa.text('claimed_seq IS NOT NULL'))
    op.create_index('ix_documents_content', 'documents', ['content_sha256'], unique=False)
    op.create_index('ix_documents_device', 'documents', ['device'], unique=False)
    op.create_index('ix_documents_erasing', 'documents', ['id'], unique=False, postgresql_where=sa.text('erasing'))
    op.create_index('ix_documents_expiry', 'documents', ['expires_at'], unique=False, postgresql_where=sa.text("status = 'awaiting_upload'"))
    op.create_index('ix_documents_issued_on', 'documents', ['issued_on'], unique=False)
    op.create_index('ix_documents_lease', 'documents', ['lease_until'], unique=False, postgresql_where=sa.text('lease_until IS NOT NULL'))
    op.create_index('ix_documents_newest', 'documents', [sa.literal_column('created_at DESC'), sa.literal_column('id DESC')], unique=False)
    op.create_index('ix_documents_office', 'documents', ['office'], unique=False)
    op.create_index('ix_documents_open', 'documents', ['queue', 'sent_seq'], unique=False, postgresql_where=sa.text("status IN ('queued', 'processing')"))
    op.create_index('ix_documents_type', 'documents', ['document_type'], unique=False)
    op.create_table('page_texts',
    sa.Column('content_sha256', sa.LargeBinary(), nullable=False),
    sa.Column('recipe', sa.Text(), nullable=False),
    sa.Column('page', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('how', sa.Text(), nullable=False),
    sa.Column('confidence', sa.REAL(), nullable=False),
    sa.Column('width', sa.REAL(), nullable=False),
    sa.Column('height', sa.REAL(), nullable=False),
    sa.Column('orientation', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('language', sa.Text(), server_default='', nullable=False),
    sa.Column('words', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("how IN ('layer', 'ocr', 'none')", name=op.f('ck_page_texts_how')),
    sa.PrimaryKeyConstraint('content_sha256', 'recipe', 'page', name=op.f('pk_page_texts'))
    )
    op.create_table('parked_events',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('fingerprint', sa.LargeBinary(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_parked_events')),
    sa.UniqueConstraint('fingerprint', name=op.f('uq_parked_events_fingerprint'))
    )
    op.create_table('chunks',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('document_id', sa.Uuid(), nullable=False),
    sa.Column('ordinal', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('text_sha256', sa.LargeBinary(), nullable=False),
    sa.Column('char_start', sa.Integer(), nullable=False),
    sa.Column('char_end', sa.Integer(), nullable=False),
    sa.Column('first_page', sa.Integer(), nullable=False),
    sa.Column('last_page', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['documents.id'], name=op.f('fk_chunks_document_id_documents'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chunks')),
    sa.UniqueConstraint('document_id', 'ordinal', name=op.f('uq_chunks_document_id_ordinal'))
    )
    op.create_index('ix_chunks_text_sha256', 'chunks', ['text_sha256'], unique=False)
    op.create_table('document_texts',
    sa.Column('document_id', sa.Uuid(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('page_starts', sa.ARRAY(sa.Integer()), nullable=False),
    sa.Column('reading_recipe', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['documents.id'], name=op.f('fk_document_texts_document_id_documents'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('document_id', name=op.f('pk_document_texts'))
    )
    op.create_table('chunk_terms',
    sa.Column('chunk_id', sa.BigInteger(), nullable=False),
    sa.Column('terms', postgresql.TSVECTOR(), nullable=False),
    sa.Column('length', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['chunk_id'], ['chunks.id'], name=op.f('fk_chunk_terms_chunk_id_chunks'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('chunk_id', name=op.f('pk_chunk_terms'))
    )
    op.create_index('ix_chunk_terms_terms', 'chunk_terms', ['terms'], unique=False, postgresql_using='gin')
    op.create_table('chunk_vectors',
    sa.Column('chunk_id', sa.BigInteger(), nullable=False),
    sa.Column('model', sa.Text(), nullable=False),
    sa.Column('vector', pgvector.sqlalchemy.vector.VECTOR(), nullable=False),
    sa.ForeignKeyConstraint(['chunk_id'], ['chunks.id'], name=op.f('fk_chunk_vectors_chunk_id_chunks'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('chunk_id', 'model', name=op.f('pk_chunk_vectors'))
    )


def downgrade() -> None:
    """Downgrade schema."""
    op.drop_table('chunk_vectors')
    op.drop_index('ix_chunk_terms_terms', table_name='chunk_terms', postgresql_using='gin')
    op.drop_table('chunk_terms')
    op.drop_table('document_texts')
    op.drop_index('ix_chunks_text_sha256', table_name='chunks')
    op.drop_table('chunks')
    op.drop_table('parked_events')
    op.drop_table('page_texts')
    op.drop_index('ix_documents_type', table_name='documents')
    op.drop_index('ix_documents_open', table_name='documents', postgresql_where=sa.text("status IN ('queued', 'processing')"))
    op.drop_index('ix_documents_office', table_name='documents')
    op.drop_index('ix_documents_newest', table_name='documents')
    op.drop_index('ix_documents_lease', table_name='documents', postgresql_where=sa.text('lease_until IS NOT NULL'))
    op.drop_index('ix_documents_issued_on', table_name='documents')
    op.drop_index('ix_documents_expiry', table_name='documents', postgresql_where=sa.text("status = 'awaiting_upload'"))
    op.drop_index('ix_documents_erasing', table_name='documents', postgresql_where=sa.text('erasing'))
    op.drop_index('ix_documents_device', table_name='documents')
    op.drop_index('ix_documents_content', table_name='documents')
    op.drop_index('ix_documents_claimed', table_name='documents', postgresql_where=sa.text('claimed_seq IS NOT NULL'))
    op.drop_table('documents')
    op.drop_table('devices')
    op.drop_table('descriptions')
    op.drop_table('api_keys')
