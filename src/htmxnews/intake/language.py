"""Which language a text is in: as its source declares it, unless the text itself says otherwise."""

import re

import pycld2

_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}", re.IGNORECASE)
LOOKED_AT = 5_000  # characters of a text
SHARE = 70  # percent of the text that have to be in the language,
HALF = 50  # or so many where no other is found and the text is long
# Bytes of letters after which a finding was never seen to be wrong (`tests/intake/test_language.py`):
OWN_LETTERS = 12  # where no other language is written with these letters
DECIDES = 60  # where the source declares nothing, or what systems declare when nobody has set it
OVERRULES = 150  # where the source declares another language
PRESET = "en"

_OWN_LETTERS = frozenset(
    ["el", "gu", "hy", "ka", "km", "kn", "ko", "lo", "ml", "or", "pa", "si", "ta", "te", "th"]
)
_NEW_NAMES = {"iw": "he", "in": "id", "ji": "yi", "jw": "jv"}
_FULL_NAMES = {**_NEW_NAMES, "sr-ME": "cnr", "tl": "fil", "zh": "zh-Hans"}
# Written so much alike that the finding is no contradiction of the declaration.
_KIN = (
    {"da", "nb", "nn", "no"},
    {"bs", "cnr", "hr", "sh", "sr"},
    {"id", "jv", "ms", "su"},
    {"fil", "tl"},
    {"mo", "ro"},
    {"fa", "prs"},
    {"nan", "wuu", "yue", "zh"},
)
_KNOWN = frozenset(code.split("-")[0].lower() for _, code in pycld2.LANGUAGES)
_ADDRESS = re.compile(r"https?://\S+")
_NOT_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ufdd0-\ufdef]+")


def language(text: str, *declared: str | None) -> str | None:
    """Return the language of a text as a BCP 47 tag: the first one declared, else found; None: not sure.

    What is declared loses to a text that is long enough and clearly in another language.
    """
    told = next(filter(None, map(tag, declared)), None)
    found, letters = _found(text[:LOOKED_AT])
    if found is None:
        return told
    own = found in _OWN_LETTERS and letters >= OWN_LETTERS
    believed = told and told.split("-")[0] != PRESET
    sure = own or letters >= (OVERRULES if believed else DECIDES)
    if told is None:
        return found if sure else None
    if found.startswith(f"{told}-"):
        return found  # says of Chinese in which letters it is written
    return found if sure and not _alike(told, found) else told


def tag(raw: str | None) -> str | None:
    """A language tag in its usual spelling, None for what is none."""
    parts = (raw or "").strip().replace("_", "-").split("-")
    if not _TAG.fullmatch("-".join(parts)) or parts[0].lower() in ("und", "mul", "zxx"):
        return None
    rest = [
        part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part.lower()
        for part in parts[1:]
    ]
    return "-".join([_NEW_NAMES.get(parts[0].lower(), parts[0].lower()), *rest])


def _found(text: str) -> tuple[str | None, int]:
    """The language that most of a text is in, None for a guess; and how many bytes of letters say so."""
    try:
        sure, letters, found = pycld2.detect(_plain(text), isPlainText=True)
    except pycld2.error:  # a character that the library does not take
        return None, 0
    (_, code, share, _), (_, second, _, _), _ = found
    # Where nothing else was found, what makes the library unsure is repetition.
    sure = (sure and share >= SHARE) or (second == "un" and letters >= OVERRULES and share >= HALF)
    if not sure or code == "un" or code.startswith("xx-"):  # xx: a script
        return None, 0
    return _FULL_NAMES.get(code, code), letters


def _plain(text: str) -> str:
    """The text without addresses, and without characters that the library does not take."""
    text = _ADDRESS.sub(" ", text) if "://" in text else text
    return " ".join(_NOT_TEXT.sub(" ", text).split())


def _alike(told: str, found: str) -> bool:
    """Whether both are one language, near kin, or the library does not know what was told."""
    one, other = told.split("-")[0], found.split("-")[0]
    return one == other or one not in _KNOWN or any(one in kin and other in kin for kin in _KIN)
