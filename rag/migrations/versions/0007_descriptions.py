"""What a person said of a document, and which pages answers cited."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

# Of answers that were recorded before this table was there.
CITED_BEFORE = """
INSERT OR IGNORE INTO citations (turn_id, document_id, page)
SELECT turns.id, json_extract(cited.value, '$.document_id'), coalesce(json_extract(cited.value, '$.page'), 0)
FROM turns, json_each(turns.answer, '$.citations') AS cited
WHERE turns.answer <> '' AND json_valid(turns.answer)
AND json_extract(cited.value, '$.document_id') IN (SELECT id FROM documents)
"""


def upgrade() -> None:
    op.add_column("documents", sa.Column("described", sa.Text, nullable=False, server_default="[]"))
    op.create_table(
        "citations",
        sa.Column(
            "turn_id", sa.String, sa.ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("document_id", sa.String, primary_key=True),
        sa.Column("page", sa.Integer, primary_key=True),
    )
    op.create_index("citations_by_document", "citations", ["document_id"])
    op.execute(CITED_BEFORE)
