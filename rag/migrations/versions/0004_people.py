"""People with their sessions, who may read each document, and whose each turn is."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("login", sa.String, nullable=False, unique=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("department", sa.String, nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("groups", sa.Text, nullable=False),
        sa.Column("password_hash", sa.String, nullable=False),
        sa.Column("password_set_at", sa.String, nullable=False),
        sa.Column("must_change", sa.Boolean, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.String, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("id_hash", sa.String, primary_key=True),
        sa.Column(
            "person_id",
            sa.String,
            sa.ForeignKey("people.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("label", sa.String, nullable=False),
        sa.Column("created_at", sa.String, nullable=False),
        sa.Column("last_seen_at", sa.String, nullable=False),
        sa.Column("expires_at", sa.String, nullable=False),
    )
    op.create_index("sessions_by_person", "sessions", ["person_id"])
    op.create_table(
        "failed_logins",
        sa.Column("login_hash", sa.String, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_at", sa.String, nullable=False),
        sa.Column("locked_until", sa.String, nullable=False),
    )
    op.add_column("documents", sa.Column("groups", sa.Text, nullable=False, server_default="[]"))
    op.add_column(
        "documents", sa.Column("confidentiality", sa.String, nullable=False, server_default="")
    )
    op.add_column("turns", sa.Column("owner", sa.String, nullable=False, server_default=""))
    op.add_column("turns", sa.Column("department", sa.String, nullable=False, server_default=""))
    # Until now there was one person, who keeps what was asked.
    op.execute("UPDATE turns SET owner = 'single-user'")
    op.create_index("turns_by_owner", "turns", ["owner", "sequence"])
