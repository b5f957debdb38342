import pytest

from htmxnews.text import slug_of


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
