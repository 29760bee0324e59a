"""Brings a database of accounts to the version that this code reads and writes.

The database holds its version in the table ``accounts_version``. One that is up to date costs a
single query; otherwise Alembic applies what is missing in one transaction, under a lock that all
consoles share: of several that start at once, the first upgrades and the others find it done.
"""

from pathlib import Path
from threading import Lock
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Engine

#: The newest of ``versions``.
HEAD: Final = "5"
_VERSION: Final = sa.Table("accounts_version", sa.MetaData(), sa.Column("version_num", sa.Text))
#: Alembic keeps what it is doing in variables of its modules.
_IN_THIS_PROCESS: Final = Lock()
#: PostgreSQL's advisory lock for upgrades, one number for all consoles.
_LOCK: Final = 8341


class NewerDatabase(Exception):  # noqa: N818 - it names what is the matter
    """The database's version is none of ours: a later cellhound has upgraded it."""


def upgrade(engine: Engine) -> None:
    """Upgrades the database, or makes its tables. Raises `NewerDatabase`, SQLAlchemyError."""
    with engine.connect() as db:
        if _version(db) == HEAD:
            return
    with _IN_THIS_PROCESS, engine.begin() as db:
        if db.dialect.name == "sqlite":
            # Its driver would begin a transaction only with the first row that is written.
            db.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            db.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        if _version(db) != HEAD:
            _apply(db)


def _version(db: sa.Connection) -> str | None:
    if not sa.inspect(db).has_table(_VERSION.name):
        return None
    found: str | None = db.execute(sa.select(_VERSION.c.version_num)).scalar()
    return found


def _apply(db: sa.Connection) -> None:
    # Imported only where there is something to do, since that takes half a second.
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    script = ScriptDirectory(str(Path(__file__).parent))

    def steps(revision: Any, _context: Any) -> Any:
        return script._upgrade_revs(HEAD, revision)

    with EnvironmentContext(Config(), script, fn=steps) as environment:
        environment.configure(connection=db, version_table=_VERSION.name)
        try:
            environment.run_migrations()
        except CommandError as error:
            raise NewerDatabase(str(error)) from error
