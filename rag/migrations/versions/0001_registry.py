"""The registry: documents, pages, chunks, vectors, journal, manifest, turns."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "documents",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("source", sa.String, nullable=False, unique=True),
        *(
            sa.Column(name, sa.String, nullable=False)
            for name in ("title", "content_hash", "kind", "publisher", "department")
        ),
        sa.Column("issued", sa.Date),
        sa.Column("valid_from", sa.Date),
        sa.Column("valid_until", sa.Date),
        sa.Column("successor", sa.String, nullable=False),
        sa.Column("media_type", sa.String, nullable=False),
        sa.Column("has_pages", sa.Boolean, nullable=False),
        sa.Column("page_count", sa.Integer, nullable=False),
        sa.Column("character_count", sa.Integer, nullable=False),
        sa.Column("chunk_count", sa.Integer, nullable=False),
        sa.Column("warnings", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
    )
    op.create_table(
        "pages",
        sa.Column(
            "document_id",
            sa.String,
            sa.ForeignKey("documents.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("label", sa.String, nullable=False),
        sa.Column("quality", sa.Float, nullable=False),
    )
    op.create_table(
        "chunks",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column(
            "document_id",
            sa.String,
            sa.ForeignKey("documents.id", ondelete="CASCADE"),
            nullable=False,
        ),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("ordinal", "page", "start", "end")
        ),
        sa.Column("kind", sa.String, nullable=False),
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in ("text", "search_text", "heading", "columns", "cells")
        ),
        sa.Column("duplicate_of", sa.String, nullable=False),
        sa.Column("text_hash", sa.String, nullable=False),
    )
    op.create_index("chunks_by_position", "chunks", ["document_id", "ordinal"], unique=True)
    op.create_index("chunks_by_page", "chunks", ["document_id", "page"])
    op.create_index("chunks_by_text", "chunks", ["text_hash"])
    op.create_index("chunks_by_original", "chunks", ["duplicate_of"])
    op.create_table(
        "vectors",
        sa.Column("space", sa.String, primary_key=True),
        sa.Column("text_hash", sa.String, primary_key=True),
        sa.Column("vector", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "journal",
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("operation", sa.String, nullable=False),
        sa.Column("document_id", sa.String, nullable=False),
        sa.Column("started_at", sa.String, nullable=False),
    )
    op.create_table(
        "manifest",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("value", sa.String, nullable=False),
    )
    op.create_table(
        "turns",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("conversation_id", sa.String, nullable=False),
        sa.Column("asked_at", sa.String, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("turns_by_conversation", "turns", ["conversation_id", "sequence"])
