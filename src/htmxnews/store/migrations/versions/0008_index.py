"""what the index in memory follows and is loaded from."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "story_gone",
        sa.Column("story_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("story_id", name=op.f("pk_story_gone")),
    )
    op.create_index("ix_story_gone_revision", "story_gone", ["revision"], unique=False)
    op.create_table(
        "index_part",
        sa.Column("saving", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("saving", "name", "number", name=op.f("pk_index_part")),
    )
    op.execute("INSERT INTO state (key, value) VALUES ('views', 0)")
    remember = (
        "INSERT INTO story_gone (story_id, revision)"
        " SELECT OLD.id, value + 1 FROM state WHERE key = 'revision'"
    )
    # A copy is shown again when the story is deleted that was shown in its place: that is a change as well.
    freed = "OLD.folded_into IS NOT NULL AND NEW.folded_into IS NULL AND NEW.revision = OLD.revision"
    next_one = "(SELECT value + 1 FROM state WHERE key = 'revision')"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER story_is_gone AFTER DELETE ON story BEGIN {remember}; END")
        op.execute(
            f"CREATE TRIGGER story_is_shown_again AFTER UPDATE OF folded_into ON story WHEN {freed}"  # noqa: S608
            f" BEGIN UPDATE story SET revision = {next_one} WHERE id = NEW.id; END"
        )
    else:
        op.execute(
            "CREATE FUNCTION remember_gone_story() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {remember}; RETURN NULL; END $$"
        )
        op.execute(
            "CREATE TRIGGER story_is_gone AFTER DELETE ON story"
            " FOR EACH ROW EXECUTE FUNCTION remember_gone_story()"
        )
        op.execute(
            "CREATE FUNCTION renew_shown_story() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN NEW.revision := {next_one}; RETURN NEW; END $$"
        )
        op.execute(
            "CREATE TRIGGER story_is_shown_again BEFORE UPDATE OF folded_into ON story"
            f" FOR EACH ROW WHEN ({freed}) EXECUTE FUNCTION renew_shown_story()"
        )
