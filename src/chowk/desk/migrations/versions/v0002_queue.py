"""The second schema: the queue of what people decide, seats, and what is kept about it.

The tables are written out here rather than taken from `desk/tables.py`, because a migration says
what a schema was, and that module says what it is now.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of the queue."""
    op.create_table(
        "desk_items",
        sa.Column("item_id", sa.String(16), primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("queue", sa.String(128), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("payload", sa.Text),
        sa.Column("payload_version", sa.String(128), nullable=False),
        sa.Column("party", sa.Text),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("proposed_by", sa.String(32), nullable=False),
        sa.Column("proposed_at", sa.String(32), nullable=False),
        sa.Column("expires_at", sa.String(32)),
        sa.Column("claimed_by", sa.String(32)),
        sa.Column("claimed_at", sa.String(32)),
        sa.Column("claimed_until", sa.String(32)),
        sa.Column("not_by", sa.String(32)),
        sa.Column("advice", sa.String(16)),
        sa.Column("advice_norm", sa.String(64)),
        sa.Column("decided_by", sa.String(32)),
        sa.Column("decided_at", sa.String(32)),
        sa.Column("decided_seq", sa.BigInteger),
        sa.Column("norm", sa.String(64)),
        sa.Column("correction", sa.Text),
        sa.Column("idempotency_key", sa.String(128)),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.UniqueConstraint("kind", "idempotency_key"),
    )
    op.create_index(
        "desk_items_waiting", "desk_items", ["state", "kind", "priority", "proposed_at"]
    )
    op.create_index("desk_items_subject", "desk_items", ["kind", "subject"])
    op.create_index("desk_items_party", "desk_items", ["party"])
    op.create_index("desk_items_expiry", "desk_items", ["state", "expires_at"])
    op.create_table(
        "desk_seats",
        sa.Column("holder", sa.String(16), primary_key=True),
        sa.Column("seat", sa.String(32), primary_key=True),
        sa.Column("queue", sa.String(128), primary_key=True),
        sa.Column("given_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "desk_rights",
        sa.Column("seat", sa.String(32), primary_key=True),
        sa.Column("permitted", sa.String(32), primary_key=True),
        sa.Column("held", sa.Integer, nullable=False),
    )
    op.create_table(
        "desk_documents",
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(128), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("written_at", sa.String(32), nullable=False),
        sa.Column("written_by", sa.String(32), nullable=False),
    )
    op.create_table(
        "desk_remarks",
        sa.Column("remark_id", sa.String(16), primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("queue", sa.String(128), nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("body", sa.Text),
        sa.Column("written_at", sa.String(32), nullable=False),
        sa.Column("written_by", sa.String(32), nullable=False),
        sa.Column("withdrawn_at", sa.String(32)),
    )
    op.create_index("desk_remarks_subject", "desk_remarks", ["kind", "subject"])
    op.create_index("desk_remarks_queue", "desk_remarks", ["kind", "queue", "written_at"])
    op.create_table(
        "desk_answers",
        sa.Column("survey", sa.String(128), primary_key=True),
        sa.Column("answer_id", sa.String(32), primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "desk_respondents",
        sa.Column("survey", sa.String(128), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "desk_webhooks",
        sa.Column("webhook_id", sa.String(16), primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("kinds", sa.Text, nullable=False),
        sa.Column("told", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", sa.String(32), nullable=False),
        sa.Column("given_up", sa.Integer, nullable=False),
        sa.Column("last_answer", sa.String(64), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("created_by", sa.String(32), nullable=False),
        sa.Column("ended_at", sa.String(32)),
    )


def downgrade() -> None:
    """Decisions are not taken down again."""
    raise NotImplementedError("A desk's schema only goes forward; restore a backup instead.")
