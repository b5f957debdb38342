"""the stories of words that very many have."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Words compare by their bytes on both databases, so that those with one beginning stand together.
    word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "common_word",
        sa.Column("word", word, nullable=False),
        sa.Column("stories", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_common_word")),
    )
    op.create_table(
        "word_stories",
        sa.Column("block", sa.Integer(), nullable=False),
        sa.Column("word", word, nullable=False),
        sa.Column("stories", sa.LargeBinary(), nullable=False),
        sa.Column("titled", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("block", "word", name=op.f("pk_word_stories")),
    )
