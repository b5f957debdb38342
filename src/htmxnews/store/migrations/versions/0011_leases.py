"""leases: which subscriptions a round of fetching has taken on."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("source", sa.Column("leased_until", sa.BigInteger(), nullable=True))
