"""Tokens end and have a scope, sessions end when nobody uses them.

Tokens of before get their owner's role as scope; those without an end have three months to be
replaced.
"""

import time

import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"

_DAYS_90_S = 90 * 86_400.0


def upgrade() -> None:
    """Adds the columns and fills them."""
    now = time.time()
    with op.batch_alter_table("sessions") as table:
        table.add_column(sa.Column("used_s", sa.Float(), nullable=True))
    with op.batch_alter_table("tokens") as table:
        table.add_column(sa.Column("scope", sa.Text(), nullable=True))
    bind = op.get_bind()
    # From the last sign of life that there is: that they still last.
    bind.execute(sa.text("UPDATE sessions SET used_s = :now"), {"now": now})
    bind.execute(
        sa.text(
            "UPDATE tokens SET scope ="
            " (SELECT role FROM accounts WHERE accounts.name = tokens.name)"
        )
    )
    ends = {"until": now + _DAYS_90_S}
    bind.execute(sa.text("UPDATE tokens SET until_s = :until WHERE until_s IS NULL"), ends)
    with op.batch_alter_table("sessions") as table:
        table.alter_column("used_s", existing_type=sa.Float(), nullable=False)
    with op.batch_alter_table("tokens") as table:
        table.alter_column("scope", existing_type=sa.Text(), nullable=False)
        table.alter_column("until_s", existing_type=sa.Float(), nullable=False)
