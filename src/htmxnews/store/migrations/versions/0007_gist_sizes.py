"""gists hold what their words and headline weigh; all are made anew."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("story_gist", sa.Column("words", sa.Float(), nullable=True))
    op.add_column("story_gist", sa.Column("headline", sa.Float(), nullable=True))
    op.execute("DELETE FROM story_gist")
    # Searching and related lists go on as they are, until every story has had its turn again.
    op.execute(
        "UPDATE state SET value = 0 WHERE key IN ('derived', 'derived_story', 'related', 'related_story')"
    )
