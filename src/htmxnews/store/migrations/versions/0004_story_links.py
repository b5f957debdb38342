"""finding a story of a source by its link."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_story_source_url", "story", ["source_id", "url"])
