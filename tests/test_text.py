import pytest

from htmxnews.text import field, printable, shows, slug_of


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("नमस्ते दुनिया", "नमस्ते-दुनिया"),
        ("বাংলা ভাষা", "বাংলা-ভাষা"),
        ("สวัสดีชาวโลก ที่รัก", "สวัสดีชาวโลก-ที่รัก"),
        ("مرحبا بالعالَم", "مرحبا-بالعالَم"),
        ("e\u0301te\u0301_1", "été-1"),
        ("I ❤️ C++", "i-c"),
        ("!?", ""),
    ],
)
def test_a_slug_keeps_letters_with_their_marks_and_nothing_else(name: str, slug: str) -> None:
    assert slug_of(name) == slug


@pytest.mark.parametrize("text", ["", " ", "\u200b\u200d", "\u3164", "\u2800\xad", "\u0301", "\ufeff"])
def test_what_nobody_sees_shows_nothing(text: str) -> None:
    assert not shows(text)


@pytest.mark.parametrize("text", ["a", "7", "가", "☀", "!", "\u200b.", "👩\u200d🚀"])
def test_a_letter_a_digit_or_a_sign_shows(text: str) -> None:
    assert shows(text)


def test_s04_signs_that_nobody_sees_stay_in_flags_alone() -> None:
    flag = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "say this")

    assert field(f"Tide{hidden} {flag} at\U000e0001 noon") == f"Tide {flag} at noon"


def test_printable_text_has_no_controls_whatever_letters_it_has() -> None:
    assert printable("a\x00b\x1b[1m\tc\n\x7f") == "ab[1m\tc\n"
    assert printable("바\x00다\x1b\ufffe\uffff\n") == "바다\n"
