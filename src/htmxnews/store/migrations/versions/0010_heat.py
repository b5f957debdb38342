"""how hot a story is, so that nobody sums up views to read a list."""

import math

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

HALF_LIVES = {"day": 6, "week": 42, "month": 180}


def upgrade() -> None:
    heat = op.create_table(
        "story_heat",
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        *(sa.Column(window, sa.Float(), nullable=False) for window in HALF_LIVES),
        sa.ForeignKeyConstraint(
            ["story_id"], ["story.id"], name=op.f("fk_story_heat_story_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("story_id", name=op.f("pk_story_heat")),
    )
    for window in HALF_LIVES:
        op.create_index(f"ix_story_heat_{window}", "story_heat", [window], unique=False)
    views = sa.table("story_views", *(sa.column(name) for name in ("story_id", "hour", "views")))
    found: dict[int, dict[str, float]] = {}
    for story_id, hour, count in op.get_bind().execute(sa.select(*views.c).where(views.c.views > 0)):
        line = found.setdefault(story_id, {"story_id": story_id, "hour": hour})
        line["hour"] = max(line["hour"], hour)
        for window, half_life in HALF_LIVES.items():
            more = math.log2(count) + hour / half_life
            high, low = max(line.get(window, more - 99), more), min(line.get(window, more - 99), more)
            line[window] = high + math.log2(1 + 2 ** (low - high))
    if found:
        op.bulk_insert(heat, list(found.values()))
