"""what is derived from stories: the search table and the gists."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "story_gist",
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.Column("gist", sa.LargeBinary(), nullable=False),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("story_id", name=op.f("pk_story_gist")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE TABLE search (story_id integer PRIMARY KEY, words tsvector NOT NULL)")
        op.execute("CREATE INDEX ix_search_words ON search USING gin (words)")
        return
    # Contentless: the texts stand in their own tables. The tokens are made by finding.words and only parted
    # by spaces here, which is all that this tokenizer does to them.
    op.execute(
        "CREATE VIRTUAL TABLE search USING fts5("
        "title, summary, names, body, exact, content='', contentless_delete=1, tokenize='ascii')"
    )
    op.execute("CREATE VIRTUAL TABLE search_terms USING fts5vocab(search, row)")
