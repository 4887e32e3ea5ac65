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

#: What waits for a person, or was decided by one. `payload`, `party` and `correction` may hold
#: personal data and can be erased; the audit log has none of them.
items = sa.Table(
    "desk_items",
    metadata,
    sa.Column("item_id", sa.String(16), primary_key=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("queue", sa.String(128), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("payload", sa.Text),  # JSON; NULL once erased
    sa.Column("payload_version", sa.String(128), nullable=False),
    sa.Column("party", sa.Text),  # whose it is: an author, a customer; NULL once erased
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),  # one more with every step
    sa.Column("proposed_by", sa.String(32), nullable=False),
    sa.Column("proposed_at", sa.String(32), nullable=False),
    sa.Column("expires_at", sa.String(32)),
    sa.Column("claimed_by", sa.String(32)),
    sa.Column("claimed_at", sa.String(32)),
    sa.Column("claimed_until", sa.String(32)),
    sa.Column("not_by", sa.String(32)),  # the one person who may not decide it
    sa.Column("advice", sa.String(16)),  # what a trainee would decide, until it is seconded
    sa.Column("advice_norm", sa.String(64)),
    sa.Column("decided_by", sa.String(32)),
    sa.Column("decided_at", sa.String(32)),
    sa.Column("decided_seq", sa.BigInteger),  # its row of the audit log, which has the reason
    sa.Column("norm", sa.String(64)),
    sa.Column("correction", sa.Text),  # JSON
    sa.Column("idempotency_key", sa.String(128)),
    sa.Column("digest", sa.String(64), nullable=False),  # of what was proposed
    sa.Index("desk_items_waiting", "state", "kind", "priority", "proposed_at"),
    sa.Index("desk_items_subject", "kind", "subject"),
    sa.Index("desk_items_party", "party"),
    sa.Index("desk_items_expiry", "state", "expires_at"),
    sa.UniqueConstraint("kind", "idempotency_key"),
)

#: Which seats people have in which queues ('*' for all), and where the matrix of rights was edited.
seats = sa.Table(
    "desk_seats",
    metadata,
    sa.Column("holder", sa.String(16), primary_key=True),
    sa.Column("seat", sa.String(32), primary_key=True),
    sa.Column("queue", sa.String(128), primary_key=True),
    sa.Column("given_at", sa.String(32), nullable=False),
)
rights = sa.Table(
    "desk_rights",
    metadata,
    sa.Column("seat", sa.String(32), primary_key=True),
    sa.Column("permitted", sa.String(32), primary_key=True),
    sa.Column("held", sa.Integer, nullable=False),
)

#: What people keep by name, version by version: a channel's norms, settings, survey templates.
documents = sa.Table(
    "desk_documents",
    metadata,
    sa.Column("kind", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(128), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("body", sa.Text, nullable=False),  # JSON
    sa.Column("written_at", sa.String(32), nullable=False),
    sa.Column("written_by", sa.String(32), nullable=False),
)

#: What people write about something: notes, strikes, hand-overs, kind acts.
remarks = sa.Table(
    "desk_remarks",
    metadata,
    sa.Column("remark_id", sa.String(16), primary_key=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("queue", sa.String(128), nullable=False),
    sa.Column("subject", sa.Text),  # NULL once the one it is about is erased
    sa.Column("body", sa.Text),  # JSON; NULL once erased
    sa.Column("written_at", sa.String(32), nullable=False),
    sa.Column("written_by", sa.String(32), nullable=False),
    sa.Column("withdrawn_at", sa.String(32)),
    sa.Index("desk_remarks_subject", "kind", "subject"),
    sa.Index("desk_remarks_queue", "kind", "queue", "written_at"),
)

#: Answers to surveys, without who gave them and when; who answered stands apart, and not what.
answers = sa.Table(
    "desk_answers",
    metadata,
    sa.Column("survey", sa.String(128), primary_key=True),
    sa.Column("answer_id", sa.String(32), primary_key=True),  # random: no order of arrival
    sa.Column("body", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)
respondents = sa.Table(
    "desk_respondents",
    metadata,
    sa.Column("survey", sa.String(128), primary_key=True),
    sa.Column("digest", sa.String(64), primary_key=True),
    sqlite_with_rowid=False,
)

#: Who is told of the queue's steps, and up to which row of the audit log he was.
webhooks = sa.Table(
    "desk_webhooks",
    metadata,
    sa.Column("webhook_id", sa.String(16), primary_key=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("secret", sa.Text, nullable=False),  # signing needs it as it is
    sa.Column("kinds", sa.Text, nullable=False),  # JSON
    sa.Column("told", sa.BigInteger, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_at", sa.String(32), nullable=False),
    sa.Column("given_up", sa.Integer, nullable=False),
    sa.Column("last_answer", sa.String(64), nullable=False),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("created_by", sa.String(32), nullable=False),
    sa.Column("ended_at", sa.String(32)),
)

#: Alembic's own record of the schema's version.
VERSION_TABLE = "desk_version"
