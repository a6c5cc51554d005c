"""Names of conversations, the template of a turn, and what people say of an answer."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("turns", sa.Column("template", sa.String, nullable=False, server_default=""))
    op.create_table(
        "conversation_titles",
        sa.Column("conversation_id", sa.String, primary_key=True),
        sa.Column("owner", sa.String, primary_key=True),
        sa.Column("title", sa.String, nullable=False),
    )
    op.create_table(
        "feedback",
        sa.Column(
            "turn_id", sa.String, sa.ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True
        ),
        *_strings("owner", "department", "template", "given_at", "verdict", "category"),
        sa.Column("note", sa.Text, nullable=False),
        *_strings("outcome"),
        sa.Column("minutes", sa.Integer, nullable=False),
        *_strings("document_id", "office", "reported_at", "settled_at", "settled_by"),
        sa.Column("reply", sa.Text, nullable=False),
    )
    op.create_index("feedback_by_report", "feedback", ["reported_at"])


def _strings(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String, nullable=False) for name in names]
