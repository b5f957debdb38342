"""what polite fetching remembers of sources and servers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        # The defaults are for a release of before, which adds sources without these columns.
        sa.Column("gone", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("marks_url", sa.Text(), nullable=True),
        sa.Column("ttl_s", sa.Integer(), nullable=True),
        sa.Column("moved_to", sa.Text(), nullable=True),
        sa.Column("moved_days", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("moved_at", sa.BigInteger(), nullable=True),
    ):
        op.add_column("source", column)
    op.create_table(
        "server_rest",
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("server", name=op.f("pk_server_rest")),
    )
