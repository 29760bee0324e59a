"""The tables of accounts as they were when versions began (``revision_1.toml``).

A database from before that has them already; it is adopted as it is, with all that is in it.
"""

from pathlib import Path

from alembic import op

from field.console.databases import read_tables

revision = "1"
down_revision = None


def upgrade() -> None:
    """Makes the tables that are missing."""
    read_tables(Path(__file__).with_suffix(".toml")).create_all(op.get_bind())
