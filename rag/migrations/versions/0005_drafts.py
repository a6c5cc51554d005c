"""Batches of drafted second evaluations, what people made of them, and who has opened what."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "draft_batches",
        sa.Column("id", sa.String, primary_key=True),
        *_strings("owner", "owner_name", "department", "created_at", "file", "sha256"),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("remarks", sa.Text, nullable=False),
        *_strings("state", "reason", "ended_at"),
    )
    op.create_table(
        "draft_sheets",
        sa.Column(
            "batch_id",
            sa.String,
            sa.ForeignKey("draft_batches.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("position", sa.Integer, primary_key=True),
        *_strings("sheet_no", "name"),
        sa.Column("machine", sa.Text, nullable=False),
        sa.Column("made", sa.Integer, nullable=False),
        *_strings("made_at"),
        sa.Column("text", sa.Text),
        *_strings("direction"),
        sa.Column("reason", sa.Text, nullable=False),
        *_strings("edited_by", "edited_at", "state", "checked_by", "checked_at"),
        *_strings("fixed_by", "fixed_at"),
        sa.Column("revision", sa.Integer, nullable=False),
    )
    op.create_table(
        "draft_versions",
        *_sheet_key(),
        sa.Column("number", sa.Integer, primary_key=True),
        *_strings("made_at"),
        sa.Column("machine", sa.Text, nullable=False),
        _of_a_sheet(),
    )
    op.create_table(
        "draft_openings",
        *_sheet_key(),
        sa.Column("person_id", sa.String, primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        _of_a_sheet(),
    )


def _strings(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String, nullable=False) for name in names]


def _sheet_key() -> list[sa.Column[object]]:
    return [
        sa.Column("batch_id", sa.String, primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
    ]


def _of_a_sheet() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["batch_id", "position"],
        ["draft_sheets.batch_id", "draft_sheets.position"],
        ondelete="CASCADE",
    )
