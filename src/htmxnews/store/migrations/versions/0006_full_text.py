"""full text: which sources want it, and whose pages were read."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("source", sa.Column("full_text", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("story_body", sa.Column("page_read_at", sa.BigInteger(), nullable=True))
    op.add_column("story_body", sa.Column("page_tries", sa.Integer(), server_default="0", nullable=False))
