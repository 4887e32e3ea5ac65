"""The first schema: people, keys, roles, log-in, and an audit log that cannot be rewritten.

The tables are written out here rather than taken from `desk/tables.py`, because a migration says
what a schema was, and that module says what it is now.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_FROZEN = "rows of the audit log cannot be changed or removed"
_APPENDED = "rows of the audit log are appended at its end"


def upgrade() -> None:
    """Make the tables, the triggers that freeze the audit log, and its empty head."""
    op.create_table(
        "desk_people",
        sa.Column("member_id", sa.String(16), primary_key=True),
        sa.Column("name", sa.Text, unique=True),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("erased_at", sa.String(32)),
    )
    op.create_table(
        "desk_keys",
        sa.Column("key_id", sa.String(16), primary_key=True),
        sa.Column("name", sa.Text),
        sa.Column("scope", sa.String(8), nullable=False),
        sa.Column("member_id", sa.String(16), sa.ForeignKey("desk_people.member_id")),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("created_by", sa.String(32), nullable=False),
        sa.Column("expires_at", sa.String(32)),
        sa.Column("revoked_at", sa.String(32)),
        sa.Column("old_digest", sa.String(64)),
        sa.Column("old_until", sa.String(32)),
    )
    op.create_index("desk_keys_member", "desk_keys", ["member_id"])
    op.create_table(
        "desk_grants",
        sa.Column("holder", sa.String(16), primary_key=True),
        sa.Column("role", sa.String(32), primary_key=True),
        sa.Column("granted_at", sa.String(32), nullable=False),
    )
    for name, identifier in (("desk_tickets", "ticket_id"), ("desk_sessions", "session_id")):
        op.create_table(
            name,
            sa.Column(identifier, sa.String(16), primary_key=True),
            sa.Column("key_id", sa.String(16), sa.ForeignKey("desk_keys.key_id"), nullable=False),
            sa.Column("digest", sa.String(64), nullable=False),
            sa.Column("expires_at", sa.String(32), nullable=False),
        )
        op.create_index(f"{name}_key", name, ["key_id"])
    op.create_table(
        "desk_audit",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("actor", sa.String(32), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.Column("reason_digest", sa.String(64), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_index("desk_audit_subject", "desk_audit", ["subject", "seq"])
    op.create_index("desk_audit_actor", "desk_audit", ["actor", "seq"])
    op.create_table(
        "desk_audit_reasons",
        sa.Column("seq", sa.BigInteger, sa.ForeignKey("desk_audit.seq"), primary_key=True),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    head = op.create_table(
        "desk_audit_head",
        sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.bulk_insert(head, [{"one": 1, "seq": 0, "hash": "0" * 64}])
    if op.get_bind().dialect.name == "sqlite":
        _freeze_sqlite()
    else:
        _freeze_postgresql()


def downgrade() -> None:
    """An audit log is not taken down again."""
    raise NotImplementedError("A desk's schema only goes forward; restore a backup instead.")


def _freeze_sqlite() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER desk_audit_no_{verb.lower()} BEFORE {verb} ON desk_audit "
            f"BEGIN SELECT RAISE(ABORT, '{_FROZEN}'); END"
        )
    # INSERT OR REPLACE removes the old row without firing a delete trigger.
    op.execute(
        "CREATE TRIGGER desk_audit_append BEFORE INSERT ON desk_audit "
        "WHEN NEW.seq <> 1 + coalesce((SELECT max(seq) FROM desk_audit), 0) "
        f"BEGIN SELECT RAISE(ABORT, '{_APPENDED}'); END"
    )
    op.execute(
        "CREATE TRIGGER desk_audit_reasons_no_update BEFORE UPDATE ON desk_audit_reasons "
        f"BEGIN SELECT RAISE(ABORT, '{_FROZEN}'); END"
    )


def _freeze_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION desk_audit_frozen() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_FROZEN}'; END $$"
    )
    op.execute(
        "CREATE FUNCTION desk_audit_appended() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN IF NEW.seq <> 1 + coalesce((SELECT max(seq) FROM desk_audit), 0) THEN "
        f"RAISE EXCEPTION '{_APPENDED}'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER desk_audit_no_change BEFORE UPDATE OR DELETE ON desk_audit "
        "FOR EACH ROW EXECUTE FUNCTION desk_audit_frozen()"
    )
    op.execute(
        "CREATE TRIGGER desk_audit_no_truncate BEFORE TRUNCATE ON desk_audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION desk_audit_frozen()"
    )
    op.execute(
        "CREATE TRIGGER desk_audit_append BEFORE INSERT ON desk_audit "
        "FOR EACH ROW EXECUTE FUNCTION desk_audit_appended()"
    )
    op.execute(
        "CREATE TRIGGER desk_audit_reasons_no_update BEFORE UPDATE ON desk_audit_reasons "
        "FOR EACH ROW EXECUTE FUNCTION desk_audit_frozen()"
    )
