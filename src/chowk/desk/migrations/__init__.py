"""Bringing a desk's schema to this version, with Alembic, from inside the program.

There is no alembic.ini and no env.py: `migrate` is handed a connection that already holds the
desk's write lock, so that several processes that open a new desk at once do not trip over each
other, and a migration that dies leaves the old schema.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from chowk.desk.tables import VERSION_TABLE
from chowk.errors import DeskError

#: The newest revision; a test compares it with the scripts.
NEWEST = "0002"

_FOLDER = Path(__file__).parent


def revision(connection: sa.Connection) -> str | None:
    """The schema's revision in this database, or None in a new one."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.execute(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    return None if found is None else str(found)


def migrate(connection: sa.Connection, where: str) -> None:
    """Bring the schema up to `NEWEST`, within the connection's transaction.

    Raises DeskError when the desk was written by a newer Chowk; `where` names it for people.
    """
    found = revision(connection)
    if found == NEWEST:
        return
    # Imported here: Alembic takes as long to load as all the rest, and is needed once a version.
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(_FOLDER, version_locations=[_FOLDER / "versions"])
    if found is not None and found not in {script.revision for script in scripts.walk_revisions()}:
        raise DeskError(
            f"The desk at {where} has schema {found}, which this Chowk (schema {NEWEST}) does not "
            "know: a newer Chowk wrote it. Install that version or a newer one."
        )
    environment = EnvironmentContext(
        Config(), scripts, fn=lambda current, _: scripts._upgrade_revs(NEWEST, current)
    )
    with environment:
        environment.configure(connection=connection, version_table=VERSION_TABLE)
        environment.run_migrations()
