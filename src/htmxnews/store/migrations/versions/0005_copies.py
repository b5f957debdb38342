"""the same story once: which story is shown for which, and what finds copies."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # As text: Alembic would rather copy the whole table than add a column with a foreign key on SQLite.
    op.execute("ALTER TABLE story ADD COLUMN folded_into INTEGER REFERENCES story (id) ON DELETE SET NULL")
    op.create_index("ix_story_folded_into", "story", ["folded_into"])
    op.create_table(
        "story_band",
        sa.Column("band", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["story_id"], ["story.id"], name=op.f("fk_story_band_story_id_story"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("band", "story_id", name=op.f("pk_story_band")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_story_band_story_id", "story_band", ["story_id"])
    op.create_table(
        "story_copy",
        sa.Column("one_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("apart", sa.Boolean(), nullable=False),
        sa.CheckConstraint("one_id < other_id", name=op.f("ck_story_copy_order")),
        sa.ForeignKeyConstraint(
            ["one_id"], ["story.id"], name=op.f("fk_story_copy_one_id_story"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["story.id"], name=op.f("fk_story_copy_other_id_story"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("one_id", "other_id", name=op.f("pk_story_copy")),
    )
    op.create_index("ix_story_copy_other_id", "story_copy", ["other_id"])
