"""Tables of the registry, as the newest migration leaves them."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    false,
)

from rag.quality import DocumentQuality, quality_from_json, quality_to_json

# The newest file in rag/migrations/versions.
SCHEMA_REVISION = "0007"

metadata = MetaData()


class Strings(TypeDecorator[tuple[str, ...]]):
    """A tuple of strings, kept as a JSON list."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Iterable[str] | None, dialect: Dialect) -> str:
        return json.dumps(list(value or ()), ensure_ascii=False)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> tuple[str, ...]:
        return tuple(json.loads(value)) if value else ()


class Numbers(TypeDecorator[tuple[int, ...]]):
    """A tuple of numbers, kept as a JSON list."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Iterable[int] | None, dialect: Dialect) -> str:
        return json.dumps(list(value or ()))

    def process_result_value(self, value: Any | None, dialect: Dialect) -> tuple[int, ...]:
        return tuple(json.loads(value)) if value else ()


class Quality(TypeDecorator[DocumentQuality]):
    """The findings on a document, kept as a JSON object."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str:
        return quality_to_json(value or {})

    def process_result_value(self, value: Any | None, dialect: Dialect) -> DocumentQuality:
        return quality_from_json(value)


documents = Table(
    "documents",
    metadata,
    Column("id", String, primary_key=True),
    Column("source", String, nullable=False, unique=True),
    Column("title", String, nullable=False),
    Column("content_hash", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("publisher", String, nullable=False),
    Column("department", String, nullable=False),
    Column("issued", Date),
    Column("valid_from", Date),
    Column("valid_until", Date),
    Column("successor", String, nullable=False),
    Column("media_type", String, nullable=False),
    Column("has_pages", Boolean, nullable=False),
    Column("page_count", Integer, nullable=False),
    Column("character_count", Integer, nullable=False),
    Column("chunk_count", Integer, nullable=False),
    Column("warnings", Strings, nullable=False),
    # Entries of the derived indexes carry it: those of another revision do not answer.
    Column("revision", Integer, nullable=False),
    Column("superseded_on", Date),
    # With defaults, because SQLite adds such columns to a table with rows only so.
    Column("quality", Quality, nullable=False, server_default=""),
    Column("excluded_pages", Numbers, nullable=False, server_default="[]"),
    Column("accepted", Boolean, nullable=False, server_default=false()),
    Column("groups", Strings, nullable=False, server_default="[]"),
    Column("confidentiality", String, nullable=False, server_default=""),
    Column("described", Strings, nullable=False, server_default="[]"),
)

pages = Table(
    "pages",
    metadata,
    Column("document_id", String, ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("label", String, nullable=False),
    Column("quality", Float, nullable=False),
)

chunks = Table(
    "chunks",
    metadata,
    Column("id", String, primary_key=True),
    Column("document_id", String, ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("page", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("search_text", Text, nullable=False),
    Column("heading", Strings, nullable=False),
    Column("columns", Strings, nullable=False),
    Column("cells", Strings, nullable=False),
    Column("duplicate_of", String, nullable=False),
    Column("text_hash", String, nullable=False),
    Index("chunks_by_position", "document_id", "ordinal", unique=True),
    Index("chunks_by_page", "document_id", "page"),
    Index("chunks_by_text", "text_hash"),
    Index("chunks_by_original", "duplicate_of"),
)

# Vectors belong to texts, not to chunks: an unchanged text is never embedded twice, and another
# model's vectors can be gathered beside the ones in use.
vectors = Table(
    "vectors",
    metadata,
    Column("space", String, primary_key=True),  # fingerprint of the embedder
    Column("text_hash", String, primary_key=True),
    Column("vector", LargeBinary, nullable=False),  # float32, little-endian
)

journal = Table(
    "journal",
    metadata,
    Column("revision", Integer, primary_key=True),
    Column("operation", String, nullable=False),  # "put" or "remove"
    Column("document_id", String, nullable=False),
    Column("started_at", String, nullable=False),
)

manifest = Table(
    "manifest",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
)

turns = Table(
    "turns",
    metadata,
    # Order of arrival; the clock may be set back.
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("conversation_id", String, nullable=False),
    Column("asked_at", String, nullable=False),  # ISO 8601, UTC
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),  # JSON, empty until there is one
    Column("state", String, nullable=False),
    Column("owner", String, nullable=False, server_default=""),  # people.id
    Column("department", String, nullable=False, server_default=""),  # of the asker at that time
    Column("template", String, nullable=False, server_default=""),  # "" for a question
    Index("turns_by_conversation", "conversation_id", "sequence"),
    Index("turns_by_owner", "owner", "sequence"),
    sqlite_autoincrement=True,
)

# Which pages an answer cited, so that a document's use can be counted without reading answers.
citations = Table(
    "citations",
    metadata,
    Column("turn_id", String, ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True),
    Column("document_id", String, primary_key=True),
    Column("page", Integer, primary_key=True),  # 0 for formats without pages
    Index("citations_by_document", "document_id"),
)

# What the owner calls a conversation; one without a row is called by its first question.
conversation_titles = Table(
    "conversation_titles",
    metadata,
    Column("conversation_id", String, primary_key=True),
    Column("owner", String, primary_key=True),  # people.id
    Column("title", String, nullable=False),
)

# What the person who asked says of an answer. With `reported_at` it is also a report to an office.
feedback = Table(
    "feedback",
    metadata,
    Column("turn_id", String, ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True),
    Column("owner", String, nullable=False),  # people.id
    Column("department", String, nullable=False),  # of the owner at that time
    Column("template", String, nullable=False),  # as of the turn
    Column("given_at", String, nullable=False),  # ISO 8601, UTC, as all times here
    Column("verdict", String, nullable=False),  # useful, wrong or ""
    Column("category", String, nullable=False),  # what is wrong, "" where nobody said
    Column("note", Text, nullable=False),  # nothing personal
    Column("outcome", String, nullable=False),  # as_is, edited, unused or ""
    Column("minutes", Integer, nullable=False),  # saved, by the standard of that time
    Column("document_id", String, nullable=False),  # that the report is about, "" for none
    Column("office", String, nullable=False),  # 所管課 it went to, "" for the administrators
    Column("reported_at", String, nullable=False),  # "" where it is no report
    Column("settled_at", String, nullable=False),
    Column("settled_by", String, nullable=False),  # name
    Column("reply", Text, nullable=False),
    Index("feedback_by_report", "reported_at"),
)

people = Table(
    "people",
    metadata,
    Column("id", String, primary_key=True),
    Column("login", String, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("department", String, nullable=False),
    Column("roles", Strings, nullable=False),
    Column("groups", Strings, nullable=False),
    Column("password_hash", String, nullable=False),  # "" when there is none
    Column("password_set_at", String, nullable=False),  # ISO 8601, UTC, as all times here
    Column("must_change", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", String, nullable=False),
)

# Who reads this table cannot sign in with it: of the random id only the hash is kept.
sessions = Table(
    "sessions",
    metadata,
    Column("id_hash", String, primary_key=True),
    Column("person_id", String, ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String, nullable=False),  # "browser" or "token"
    Column("label", String, nullable=False),
    Column("created_at", String, nullable=False),
    Column("last_seen_at", String, nullable=False),
    Column("expires_at", String, nullable=False),
    Index("sessions_by_person", "person_id"),
)

# By a hash of the name that was typed, whether there is such an account or not.
failed_logins = Table(
    "failed_logins",
    metadata,
    Column("login_hash", String, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", String, nullable=False),
    Column("locked_until", String, nullable=False),
)

# Batches of sheets whose second evaluation (二次評価) is drafted, each at once the job that does it.
draft_batches = Table(
    "draft_batches",
    metadata,
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False),  # people.id
    Column("owner_name", String, nullable=False),
    Column("department", String, nullable=False),  # of the owner at that time
    Column("created_at", String, nullable=False),
    Column("file", String, nullable=False),
    Column("sha256", String, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("options", Text, nullable=False),  # JSON: column mapping, style, sources
    Column("remarks", Strings, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", String, nullable=False),  # why it is paused or failed, a Japanese sentence
    Column("ended_at", String, nullable=False),
)

draft_sheets = Table(
    "draft_sheets",
    metadata,
    Column(
        "batch_id", String, ForeignKey("draft_batches.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("position", Integer, primary_key=True),
    Column("sheet_no", String, nullable=False),
    Column("name", String, nullable=False),
    Column("machine", Text, nullable=False),  # JSON of the newest draft, "" before there is one
    Column("made", Integer, nullable=False),  # how many drafts the machine has made
    Column("made_at", String, nullable=False),
    Column("text", Text),  # what a person made of it; NULL: nobody has touched it
    Column("direction", String, nullable=False),  # chosen by a person, "" before that
    Column("reason", Text, nullable=False),
    Column("edited_by", String, nullable=False),
    Column("edited_at", String, nullable=False),
    Column("state", String, nullable=False),  # 案, 確認済, 確定; "" where there is no draft
    Column("checked_by", String, nullable=False),
    Column("checked_at", String, nullable=False),
    Column("fixed_by", String, nullable=False),
    Column("fixed_at", String, nullable=False),
    Column("revision", Integer, nullable=False),  # counts the changes
)

# Drafts that another one has taken the place of.
draft_versions = Table(
    "draft_versions",
    metadata,
    Column("batch_id", String, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("made_at", String, nullable=False),
    Column("machine", Text, nullable=False),
    ForeignKeyConstraint(
        ["batch_id", "position"],
        ["draft_sheets.batch_id", "draft_sheets.position"],
        ondelete="CASCADE",
    ),
)

# Who has had a sheet before their eyes, in which revision.
draft_openings = Table(
    "draft_openings",
    metadata,
    Column("batch_id", String, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("person_id", String, primary_key=True),
    Column("revision", Integer, nullable=False),
    ForeignKeyConstraint(
        ["batch_id", "position"],
        ["draft_sheets.batch_id", "draft_sheets.position"],
        ondelete="CASCADE",
    ),
)
