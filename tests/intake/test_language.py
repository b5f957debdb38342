from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from lxml import html
from shared import cases, needs_shared_data, rows

from htmxnews.intake.draft import StoryDraft
from htmxnews.intake.language import language, tag
from htmxnews.text import direction

from .conftest import Stories, Take

GERMAN = "Der Hafen bleibt am Montag geschlossen, weil der Sturm die Kräne beschädigt hat. "
KOREAN = "항구는 월요일에 문을 닫습니다"


@pytest.mark.parametrize(
    ("told", "spelt"),
    [
        ("EN_gb", "en-GB"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("iw", "he"),
        ("und", None),
        ("x", None),
        (None, None),
    ],
)
def test_a_declared_language_gets_its_usual_spelling(told: str | None, spelt: str | None) -> None:
    assert tag(told) == spelt


@pytest.mark.parametrize(
    ("text", "declared", "found"),
    [
        (GERMAN * 2, None, "de"),
        (GERMAN * 2, "en-US", "de"),  # the preset of many systems
        (GERMAN * 2, "de-AT", "de-AT"),
        (GERMAN[:60], "nl", "nl"),  # too little to know better than the source
        (KOREAN, "en", "ko"),  # letters that no other language has
        ("iPhone 15 Pro Max", None, None),
        ("台北市長", "ja", "ja"),
        ("", "fr", "fr"),
        ("2026 – 100 %\x00\x85\ufdd0", None, None),
        ("Havnen forblir stengt mandag fordi stormen har skadet kranene ved kaien. " * 3, "nb", "nb"),
        ("Il puart al reste sierât lunis parcè che la tampieste e à ruvinât lis grùs. " * 3, "fur", "fur"),
    ],
)
def test_a_text_overrules_its_source_only_where_it_is_sure(
    text: str, declared: str | None, found: str | None
) -> None:
    assert language(text, declared) == found


def test_the_first_declaration_counts() -> None:
    assert language("Ships", None, "pt-BR", "en") == "pt-BR"


@pytest.mark.parametrize(
    ("lang", "text", "runs"),
    [
        ("en", "سفن في الميناء", "rtl"),  # whatever the feed says
        ("ur", "Karachi ki bandargah", "ltr"),
        ("ar", "2026", "rtl"),
        ("ku-Latn", "", "ltr"),
        ("he", "iPhone בא היום לחנויות בתל אביב", "rtl"),
        (None, "", "ltr"),
    ],
)
def test_letters_decide_the_direction_and_the_language_where_there_are_none(
    lang: str | None, text: str, runs: str
) -> None:
    assert direction(lang, text) == runs


def test_a_story_is_in_the_language_of_its_words(take: Take, stories: Stories) -> None:
    told = StoryDraft(
        key="1", title=KOREAN, body=f"<p>{KOREAN} https://sea.example/in-english</p>", lang="en"
    )

    take(told, replace(told, key="2", title="Ships", body="", lang=None))

    assert [(story.lang, story.dir) for story in stories()] == [("ko", "ltr"), (None, "ltr")]


@needs_shared_data
def test_every_whole_text_and_article_of_many_languages_is_found_or_left_open() -> None:
    whole, articles = Counter[str](), Counter[str]()

    for lang, root in declarations():
        whole[verdict(language(root.text_content()), lang)] += 1
        for article in root.iter("article"):
            words = " ".join(one.text_content() for one in article.iter("p", "li"))
            if lang != "ckb":
                articles[verdict(language(words), lang)] += 1

    assert whole == {"right": 25, "open": 1}  # the one is Kurdish in Latin letters
    assert articles["wrong"] == 0
    assert articles["right"] / articles.total() >= 0.98


@needs_shared_data
def test_directions_of_many_languages_are_right() -> None:
    found = {
        row["lang"]: (
            row["dir"],
            direction(None, html.document_fromstring(page.decode()).text_content()[:200]),
        )
        for row, page in cases("multilingual/udhr")
    }

    assert {lang for lang, (told, runs) in found.items() if told != runs} == set()


@needs_shared_data
def test_english_as_a_preset_loses_to_articles_in_other_languages() -> None:
    found = Counter(
        language(article.text_content(), "en") == "en"
        for lang, root in declarations()
        if lang not in ("en", "ckb")
        for article in root.iter("article")
        if len(article.text_content().encode()) > 200
    )

    assert found[True] / found.total() <= 0.005


@needs_shared_data
def test_titles_are_left_open_rather_than_guessed_wrong() -> None:
    stories = [*rows("news/digitalgov.jsonl.gz"), *rows("news/ecb-plus.jsonl.gz")]
    titles = [story["title"] for story in stories if story["title"]]
    koreans = [text.decode().strip().splitlines()[0] for _, text in cases("multilingual/korean-public")]

    found = Counter(verdict(language(title), "en") for title in titles)

    assert found["wrong"] == 0
    assert {language(title) for title in koreans} <= {"ko", None}


def declarations() -> Iterator[tuple[str, html.HtmlElement]]:
    """Language and page of the Universal Declaration of Human Rights in each of its languages."""
    for row, page in cases("multilingual/udhr"):
        root = html.document_fromstring(page.decode())
        for element in root.iter("title", "script", "style"):
            element.text = None
        yield row["lang"].split("-")[0], root


def verdict(found: str | None, wanted: str) -> str:
    return "open" if found is None else "right" if found.split("-")[0] == wanted else "wrong"
