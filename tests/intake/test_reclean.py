import pytest
from sqlalchemy import update

from htmxnews.config import Config
from htmxnews.intake import clean
from htmxnews.intake.draft import PictureDraft, StoryDraft
from htmxnews.intake.reclean import reclean
from htmxnews.intake.report import Stopped
from htmxnews.store.engine import Store
from htmxnews.store.models import StoryBody

from .conftest import Stories, Take


def spoil(store: Store, **values: object) -> None:
    with store.writing() as session:
        session.execute(update(StoryBody).values(**values))


def test_s06_stories_of_an_older_policy_are_cleaned_again_from_what_came_in(
    take: Take, store: Store, config: Config, stories: Stories
) -> None:
    picture = PictureDraft(url="https://a.example/q.jpg")
    body = '<img src="/q.jpg"><p>Good <a href="/x">link</a></p><script>bad</script>'
    take(StoryDraft(key="1", title="A", body=body, base_url="https://a.example/", picture=picture))
    before = stories()[0]
    spoil(store, html="<p>old</p>", policy=clean.policy("bleach") - 10)

    done = reclean(store, config)

    [after] = stories()
    assert done == (1, 1)
    assert (after.body.html, after.body.policy) == (before.body.html, before.body.policy)
    assert after.revision > before.revision


def test_s06_what_the_current_policy_cleaned_is_left_alone_unless_asked(
    take: Take, store: Store, config: Config
) -> None:
    take(StoryDraft(key="1", title="A", body="<p>x</p>"))

    assert reclean(store, config) == (0, 0)
    assert reclean(store, config, everything=True) == (0, 1)


def test_recleaning_goes_on_after_an_interrupt(take: Take, store: Store, config: Config) -> None:
    take(*(StoryDraft(key=str(n), title=f"S {n}", body="x") for n in range(150)))
    spoil(store, policy=0, html="")

    def stop(_done: int, _total: int | None) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        reclean(store, config, on_progress=stop)

    assert reclean(store, config) == (50, 50)
