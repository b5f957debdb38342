from functools import partial
from typing import Any

import pytest
from sqlalchemy import update

from htmxnews.config import Config
from htmxnews.intake import clean
from htmxnews.intake.draft import PictureDraft, StoryDraft
from htmxnews.intake.reclean import _again, reclean
from htmxnews.intake.report import Report, Stopped
from htmxnews.store.engine import Store
from htmxnews.store.models import StoryBody

from .conftest import Stories, Take


def spoil(store: Store, **values: object) -> None:
    with store.writing() as session:
        session.execute(update(StoryBody).values(**values))


def stumble(body: Any, *, title: str, **terms: Any) -> Any:
    """Clean as ever, but for one story."""
    if body.title == title:
        raise ValueError("of a later day")
    return _again(body, **terms)


def counts(report: Report) -> tuple[int, int, int]:
    return report.updated, report.unchanged, report.refused


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
    assert counts(done) == (1, 0, 0)
    assert (after.body.html, after.body.policy) == (before.body.html, before.body.policy)
    assert after.revision > before.revision


def test_s06_what_the_current_policy_cleaned_is_left_alone_unless_asked(
    take: Take, store: Store, config: Config
) -> None:
    take(StoryDraft(key="1", title="A", body="<p>x</p>"))

    assert counts(reclean(store, config)) == (0, 0, 0)
    assert counts(reclean(store, config, everything=True)) == (0, 1, 0)


def test_recleaning_goes_on_after_an_interrupt(take: Take, store: Store, config: Config) -> None:
    take(*(StoryDraft(key=str(n), title=f"S {n}", body="x") for n in range(150)))
    spoil(store, policy=0, html="")

    def stop(_done: int, _total: int | None) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        reclean(store, config, on_progress=stop)

    assert counts(reclean(store, config)) == (50, 0, 0)


def test_a_story_that_cannot_be_cleaned_is_named_and_keeps_what_it_has(
    take: Take, store: Store, config: Config, stories: Stories, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(StoryDraft(key="1", title="Good", body="x"), StoryDraft(key="2", title="Bad", body="y"))
    spoil(store, policy=0, html="<p>old</p>")
    monkeypatch.setattr("htmxnews.intake.reclean._again", partial(stumble, title="Bad"))

    first, second = reclean(store, config), reclean(store, config)

    assert (counts(first), counts(second)) == ((1, 0, 1), (0, 0, 1))
    assert (
        "“Bad” was left as it is: cleaning it came upon an error (ValueError: of a later day)"
        in first.warnings.told()[0]
    )
    assert [story.body.html for story in stories()] == ["<p>x</p>", "<p>old</p>"]
