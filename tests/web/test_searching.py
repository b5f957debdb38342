"""The search box: what it understands, what it offers."""

from flask.testing import FlaskClient


def test_fields_in_a_search_lead_to_the_one_address_of_that_list(paper: FlaskClient) -> None:
    page = paper.get("/", query_string={"q": 'ship tag:sea author:"Ada Holm"', "utm": "x"})
    part = paper.get("/partials/listing", query_string={"q": "ship tag:Sea"})

    assert page.status_code == 302
    assert page.headers["Location"] == "/?tag=sea&author=ada-holm&q=ship"
    assert part.headers["HX-Push-Url"] == "/?tag=sea&q=ship"
    assert 'id="chip-tag-sea" name="tag" value="sea" checked' in part.get_data(as_text=True)


def test_a_field_that_nobody_has_says_which(paper: FlaskClient) -> None:
    answer = paper.get("/partials/listing", query_string={"q": "author:nobody ship"})

    assert answer.status_code == 404
    assert "There is no author of that name here." in answer.get_data(as_text=True)


def test_feeds_understand_fields(paper: FlaskClient) -> None:
    typed = paper.get("/feed.json", query_string={"q": "ship tag:sea"}).get_json()
    chosen = paper.get("/feed.json", query_string={"tag": "sea", "q": "ship"}).get_json()

    assert typed["items"] == chosen["items"] != []


def test_suggestions_are_links_to_lists_and_stories(paper: FlaskClient) -> None:
    tags = paper.get("/partials/suggestions?q=se").get_data(as_text=True)
    titles = paper.get("/partials/suggestions?q=harb+lam").get_data(as_text=True)
    nothing = paper.get("/partials/suggestions?q=").get_data(as_text=True)

    assert 'href="/?tag=sea"' in tags
    assert 'href="/a/harbour"' in titles
    assert "The harbour &amp; its &lt;lamps&gt;" in titles
    assert "<li" not in nothing


def test_a_misspelt_word_leads_to_the_nearest_one(paper: FlaskClient) -> None:
    page = paper.get("/?tag=sea&q=harbuor").get_data(as_text=True)
    right = paper.get("/?tag=sea&q=harbour").get_data(as_text=True)

    assert "Did you mean <a" in page
    assert 'href="/?tag=sea&amp;q=harbour"' in page
    assert "Did you mean" not in right
