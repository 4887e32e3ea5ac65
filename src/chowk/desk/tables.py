"""The desk's tables, as this version of Chowk reads them.

The migrations make them; `tests/desk/test_migrations.py` compares the two. Every name starts with
`desk_`, because a PostgreSQL database may hold other things as well. Times are ISO 8601 text in
UTC with six decimals: they sort as they happen, and hash alike on every engine.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

people = sa.Table(
    "desk_people",
    metadata,
    sa.Column("member_id", sa.String(16), primary_key=True),
    sa.Column("name", sa.Text, unique=True),  # NULL once the person is erased
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("erased_at", sa.String(32)),
)

keys = sa.Table(
    "desk_keys",
    metadata,
    sa.Column("key_id", sa.String(16), primary_key=True),
    sa.Column("name", sa.Text),  # NULL once the person it belonged to is erased
    sa.Column("scope", sa.String(8), nullable=False),
    sa.Column("member_id", sa.String(16), sa.ForeignKey("desk_people.member_id")),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("created_by", sa.String(32), nullable=False),
    sa.Column("expires_at", sa.String(32)),
    sa.Column("revoked_at", sa.String(32)),
    sa.Column("old_digest", sa.String(64)),  # the secret before a rotation with an overlap
    sa.Column("old_until", sa.String(32)),
    sa.Index("desk_keys_member", "member_id"),
)

grants = sa.Table(
    "desk_grants",
    metadata,
    sa.Column("holder", sa.String(16), primary_key=True),  # a member_id or a key_id
    sa.Column("role", sa.String(32), primary_key=True),
    sa.Column("granted_at", sa.String(32), nullable=False),
)

tickets = sa.Table(
    "desk_tickets",
    metadata,
    sa.Column("ticket_id", sa.String(16), primary_key=True),
    sa.Column("key_id", sa.String(16), sa.ForeignKey("desk_keys.key_id"), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("expires_at", sa.String(32), nullable=False),
    sa.Index("desk_tickets_key", "key_id"),
)

sessions = sa.Table(
    "desk_sessions",
    metadata,
    sa.Column("session_id", sa.String(16), primary_key=True),
    sa.Column("key_id", sa.String(16), sa.ForeignKey("desk_keys.key_id"), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("expires_at", sa.String(32), nullable=False),
    sa.Index("desk_sessions_key", "key_id"),
)

audit = sa.Table(
    "desk_audit",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("actor", sa.String(32), nullable=False),
    sa.Column("role", sa.String(32), nullable=False),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("before", sa.Text),  # canonical JSON
    sa.Column("after", sa.Text),
    sa.Column("reason_digest", sa.String(64), nullable=False),  # empty where there is no reason
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Index("desk_audit_subject", "subject", "seq"),
    sa.Index("desk_audit_actor", "actor", "seq"),
)

#: What a person typed as the reason. It may name somebody, so it lies apart from the chain, which
#: holds only its salted digest: deleting a reason leaves the chain whole.
reasons = sa.Table(
    "desk_audit_reasons",
    metadata,
    sa.Column("seq", sa.BigInteger, sa.ForeignKey("desk_audit.seq"), primary_key=True),
    sa.Column("salt", sa.String(32), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)

#: One row: the newest row of the audit log. Its lock is the desk's write lock on PostgreSQL.
head = sa.Table(
    "desk_audit_head",
    metadata,
    sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)

#: Alembic's own record of the schema's version.
VERSION_TABLE = "desk_version"
