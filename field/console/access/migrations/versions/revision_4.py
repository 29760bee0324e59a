"""No token lasts longer than one that is made now may: those of before revision 2 could be made for
any number of days. They get a year from now to be replaced.
"""

import time

import sqlalchemy as sa
from alembic import op

revision = "4"
down_revision = "3"

_MOST_S = 366 * 86_400.0


def upgrade() -> None:
    """Brings their ends nearer."""
    until = {"until": time.time() + _MOST_S}
    query = sa.text("UPDATE tokens SET until_s = :until WHERE until_s > :until")
    op.get_bind().execute(query, until)
