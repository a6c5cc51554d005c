"""How well each document could be read, and what a person decided about it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("documents", sa.Column("quality", sa.Text, nullable=False, server_default=""))
    op.add_column(
        "documents", sa.Column("excluded_pages", sa.Text, nullable=False, server_default="[]")
    )
    op.add_column(
        "documents",
        sa.Column("accepted", sa.Boolean, nullable=False, server_default=sa.false()),
    )
