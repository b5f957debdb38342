"""titles in a search table of their own, since whole vectors take long to read."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":  # in SQLite a search reads of one column alone
        op.execute("CREATE TABLE search_title (story_id integer PRIMARY KEY, words tsvector NOT NULL)")
        op.execute("INSERT INTO search_title SELECT story_id, ts_filter(words, '{a}') FROM search")
        op.execute("CREATE INDEX ix_search_title_words ON search_title USING gin (words)")
