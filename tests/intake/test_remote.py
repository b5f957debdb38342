from htmxnews.config import Config
from htmxnews.intake import remote
from htmxnews.intake.run import Importer

from .conftest import Answer, Site, Stories


def test_stories_fetched_from_two_addresses_are_two_stories_of_their_host(
    site: Site, importer: Importer, config: Config, stories: Stories
) -> None:
    for name in ("tide", "quay"):
        site.answers[f"/notes/{name}.md"] = Answer(f"---\ntitle: {name}\n---\nText.".encode())
        list(remote.import_address(importer, config, f"{site.url}/notes/{name}.md"))

    assert [(story.key, story.title) for story in stories()] == [
        ("notes-tide.md", "tide"),
        ("notes-quay.md", "quay"),
    ]
    assert {story.source.name for story in stories()} == {"127.0.0.1"}
