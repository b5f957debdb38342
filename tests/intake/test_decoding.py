import pytest

from htmxnews.intake.decoding import Text

KOREAN = "<?xml version='1.0' encoding='{}'?><rss><title>바다와 항구의 소식, 오늘 아침</title></rss>"
ENGLISH = "<?xml version='1.0' encoding='{}'?><rss><title>Café “Zürich” – crème brûlée</title></rss>"


def decoded(data: bytes, content_type: str = "") -> str:
    return "".join(Text.of(data, content_type).chunks())


@pytest.mark.parametrize(
    ("text", "told", "codec"),
    [
        (KOREAN, "utf-8", "utf-8"),
        (KOREAN, "utf-8", "utf-8-sig"),
        (KOREAN, "utf-16", "utf-16"),
        (KOREAN, "utf-16", "utf-16-le"),
        (KOREAN, "utf-16", "utf-16-be"),
        (KOREAN, "utf-8", "utf-16-be"),
        (KOREAN, "utf-32", "utf-32"),
        (KOREAN, "utf-32", "utf-32-be"),
        (KOREAN, "euc-kr", "euc-kr"),
        (KOREAN, "ks_c_5601-1987", "cp949"),
        (KOREAN, "windows-949", "cp949"),
        (KOREAN, "iso-2022-kr", "iso2022_kr"),
        (ENGLISH, "windows-1252", "cp1252"),
        (ENGLISH, "iso-8859-1", "cp1252"),
        (ENGLISH, "us-ascii", "cp1252"),
        (ENGLISH, "macintosh", "mac-roman"),
        (ENGLISH.replace("“", '"').replace("”", '"').replace("–", "-"), "cp037", "cp037"),
        (ENGLISH.replace("é", "й"), "koi8-r", "koi8-r"),
    ],
)
def test_a_text_is_read_in_the_encoding_that_it_tells(text: str, told: str, codec: str) -> None:
    text = text.format(told)
    data = text.encode(codec, "ignore")

    assert decoded(data) == data.decode(codec).removeprefix("\ufeff")
    assert len(data) > 60


@pytest.mark.parametrize(
    "told",
    [
        "iso-8859-1",
        "windows-1252",
        "us-ascii",
        "euc-kr",
        "nonsense",
        "utf-7",
        "zlib",
        "x-user-defined",
        "csiso2022kr",
    ],
)
def test_what_is_utf_8_is_read_as_utf_8_whatever_it_tells(told: str) -> None:
    text = KOREAN.format(told)

    assert decoded(text.encode()) == text


def test_a_broken_letter_costs_one_letter() -> None:
    for codec in ("utf-8", "euc-kr"):
        text = KOREAN.format(codec)
        data = text.encode(codec)
        broken = data[: data.index(b"</title>") - 1] + data[data.index(b"</title>") :]

        assert decoded(broken)[:-20].startswith(text[:55])
        assert decoded(broken).count("\ufffd") == 1


def test_words_of_another_encoding_cost_no_other_word() -> None:
    data = KOREAN.format("utf-8").encode().replace(b"</title>", b" \x93caf\xe9\x94 \x93na\xefve\x94</title>")

    assert "바다와 항구의 소식" in decoded(data)


def test_an_undeclared_text_of_one_byte_a_letter_is_western() -> None:
    assert decoded("<a>Café Zürich</a>".encode("cp1252")) == "<a>Café Zürich</a>"


def test_the_answer_tells_the_encoding_where_the_text_does_not() -> None:
    data = "<a>바다와 항구</a>".encode("euc-kr")

    assert decoded(data, 'text/xml; charset="EUC-KR"') == "<a>바다와 항구</a>"
    assert decoded("<a>바다와 항구</a>".encode(), "text/xml; charset=iso-8859-1") == "<a>바다와 항구</a>"


WORDS = {
    "cp949": "바다와 항구의 소식을 오늘 아침 전합니다. 항구에는 배가 들어왔고 사람들은 시장으로 갔습니다.",
    "cp932": "今朝の港のニュースをお伝えします。船が入り、人々は市場へ向かいました。",
    "euc_jp": "今朝の港のニュースをお伝えします。船が入り、人々は市場へ向かいました。",
    "gb18030": "今天早上港口的消息：船进港了，人们去了市场，孩子们在海边玩。",
    "big5hkscs": "今天早上港口的消息：船進港了，人們去了市場，孩子們在海邊玩。",
    "cp1251": "Сегодня утром в порт вошёл корабль, и люди пошли на рынок.",
    "iso8859-7": "Σήμερα το πρωί το πλοίο μπήκε στο λιμάνι και ο κόσμος πήγε στην αγορά.",
}


def feed_of(words: str, declaration: str = "") -> str:
    items = "".join(f"<item><title>{words[:20]}</title><p>{words}</p></item>\n" for _ in range(3))
    return f"{declaration}<rss>{items}</rss>"


@pytest.mark.parametrize("codec", WORDS)
def test_an_encoding_that_nobody_tells_is_known_by_its_words(codec: str) -> None:
    text = feed_of(WORDS[codec])

    assert decoded(text.encode(codec)) == text


@pytest.mark.parametrize("codec", ["cp949", "cp932", "euc_jp", "gb18030", "big5hkscs"])
@pytest.mark.parametrize("told", ["utf-8", "iso-8859-1", "euc-kr", "shift_jis", "euc-jp", "gb2312", "big5"])
def test_an_encoding_that_is_told_wrongly_is_known_by_its_words(codec: str, told: str) -> None:
    text = feed_of(WORDS[codec], f"<?xml version='1.0' encoding='{told}'?>")

    assert decoded(text.encode(codec)) == text
    assert decoded(feed_of(WORDS[codec]).encode(codec), f"text/xml; charset={told}") == feed_of(WORDS[codec])


@pytest.mark.parametrize("codec", ["cp949", "euc_jp", "gb18030"])
def test_a_broken_letter_hides_no_encoding(codec: str) -> None:
    text = feed_of(WORDS[codec])
    data = text.encode(codec)
    at = next(place for place, byte in enumerate(data) if byte > 0x7F)
    found = decoded(data[:at] + data[at + 1 :])

    assert found.endswith(text[-120:])


def test_a_guess_spoils_no_utf_8() -> None:
    for words in WORDS.values():
        text = feed_of(words)

        assert decoded(text.encode()) == text
        assert words in decoded(text.encode() + b"\xb0\xa1\xb9\xd9" * 3)


def test_no_control_character_comes_through() -> None:
    assert decoded(b"a\x00b\x0bc\x1f\td\xef\xbf\xbfe") == "abc\tde"
    assert decoded(b"") == ""


@pytest.mark.parametrize("told", ["utf-16", "UTF-16LE", "ucs-2", "utf-32", "unicode"])
def test_a_text_without_a_zero_byte_is_not_utf_16_though_it_tells_so(told: str) -> None:
    text = ENGLISH.format(told)
    plain = f"<?xml version='1.0' encoding='{told}'?><rss><title>Tide</title></rss>"

    assert decoded(text.encode()) == text
    assert decoded(text.encode("cp1252")) == text
    assert decoded(plain.encode()) == plain
    assert decoded(b"<rss/>", f"text/xml; charset={told}") == "<rss/>"
