"""Bytes → text: which encoding a document is in, whatever it says of itself."""

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import webencodings

from htmxnews.intake.draft import Unreadable
from htmxnews.intake.reading import Source, opened, start_of
from htmxnews.text import printable

CHUNK = 256_000  # bytes

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)
# Where the zero bytes of a first letter lie that is none of the rarer ones.
_ZEROS = (
    (re.compile(rb"[^\0]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0[^\0]"), "utf-32-be"),
    (re.compile(rb"[^\0]\0[^\0]\0"), "utf-16-le"),
    (re.compile(rb"\0[^\0]\0[^\0]"), "utf-16-be"),
)
_DECLARED = re.compile(r"\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*[\"']\s*([\w.:-]{1,40})")
_CHARSET = re.compile(r"\bcharset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_EBCDIC = "<?xm".encode("cp037")

# The encodings that writers mean where they name these: the same, and some letters more.
_WIDER = {
    "ascii": "cp1252",
    "big5": "big5hkscs",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "shift_jis": "cp932",
}
# They turn letters into others, so that what stands in the bytes is not what is read; no source means them.
_NEVER = {"utf-7", "idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"}
_TOLD_BY_ZEROS = re.compile(r"utf-(16|32)")  # who names them without having any wrote something else
# Nearly any bytes are text in one of these, so that fitting says nothing.
_ONE_BYTE = re.compile(r"cp(125\d|8\d\d|037|437)|iso8859|koi8|mac|tis|hp|ptcp|kz1048|latin")
# Of the letters beyond ASCII; with more, it is another encoding. What looks like many letters of UTF-8 is so.
_FAULTS_MAX = 0.4
_ENOUGH = 20  # letters that could not all look like UTF-8 by chance

# What a guess may be, by the names that the library has for it. Western letters are what is left without one.
_GUESSES = {
    "Big5": "big5hkscs",
    "CP932": "cp932",
    "CP949": "cp949",
    "EUC-JP": "euc_jp",
    "EUC-KR": "cp949",
    "GB2312": "gb18030",
    "ISO-8859-5": "iso8859-5",
    "ISO-8859-7": "iso8859-7",
    "KOI8-R": "koi8-u",
    "MacCyrillic": "cp1251",
    "SHIFT_JIS": "cp932",
    "TIS-620": "cp874",
    "windows-1251": "cp1251",
    "windows-1255": "cp1255",
}
_LOOKED_AT = 4_000  # bytes of words that a guess is made from
_BETWEEN_TAGS = re.compile(rb"[<>]+")  # no letter of these encodings has such a byte in it
_TELLING = 6  # bytes of words that are looked at; fewer say nothing


@dataclass(frozen=True)
class Text:
    """The text of an input, which may be walked any number of times without being held whole."""

    source: Source
    encoding: str
    limit: int | None = None

    @classmethod
    def of(cls, source: Source, content_type: str = "", limit: int | None = None) -> "Text":
        """Find out the encoding; the header that came with the input may name it. Raises Unreadable."""
        told = _CHARSET.search(content_type)
        try:
            return cls(source, _encoding_of(source, told[1] if told else None, limit), limit)
        except EOFError:
            raise Unreadable("ends before its first byte") from None

    def chunks(self) -> Iterator[str]:
        """Yield the text piece by piece, without a byte order mark and control characters.

        What is no letter becomes U+FFFD. A packed input that breaks off ends with EOFError, its text given.
        """
        at_start = True
        for text in _decoded(self.source, self.encoding, self.limit):
            if at_start:
                text = text.removeprefix("\ufeff")
            at_start = at_start and not text
            yield printable(text)


def _decoded(source: Source, encoding: str, limit: int | None) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    with opened(source, limit) as file:
        while data := file.read1(CHUNK):
            yield decoder.decode(data)
    yield decoder.decode(b"", True)


def _encoding_of(source: Source, told: str | None, limit: int | None) -> str:
    start = start_of(source, 1_000, limit)
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    for zeros, name in _ZEROS:
        if zeros.match(start):
            return name
    said = [name for name in (_declared(start), _codec(told)) if name]
    one_byte = [name for name in said if _ONE_BYTE.match(name)]
    letters, share = _measured(source, "utf-8", limit)
    if not share and (letters >= _ENOUGH or said == one_byte):
        return "utf-8"
    guess = _guess(source, limit) if share > _FAULTS_MAX else None
    # What fits best, the guess before what is said: some say Shift_JIS where nothing but EUC-KR makes words.
    names = [name for name in (guess, *said) if name and not _ONE_BYTE.match(name)]
    shares = {name: _measured(source, name, limit)[1] for name in names}
    shares.setdefault("utf-8", share)
    best = min(shares, key=lambda name: shares[name])
    if shares[best] <= _FAULTS_MAX:
        return best
    return next(name for name in (*one_byte, guess, "cp1252") if name and name not in shares)


def _guess(source: Source, limit: int | None) -> str | None:
    """The encoding in which most of the text makes words, each piece of it looked at alone.

    So a broken letter costs the vote of its piece. None for a Western encoding, or for no majority.
    """
    import chardet  # it takes a while, and few texts need it

    votes: Counter[str | None] = Counter()
    with opened(source, limit) as file, suppress(EOFError):
        while votes.total() < _LOOKED_AT and (line := file.readline(CHUNK)):
            for words in _BETWEEN_TAGS.split(line):
                piece = words[: max(_LOOKED_AT - votes.total(), 0)]
                if len(piece) >= _TELLING and not piece.isascii():
                    votes[_GUESSES.get(chardet.detect(piece)["encoding"] or "")] += len(piece)
    best, count = max(votes.items(), key=lambda one: one[1], default=(None, 0))
    return best if count > votes.total() / 2 else None


def _declared(start: bytes) -> str | None:
    """What the XML declaration says, where there is one."""
    found = _DECLARED.match(start.decode("cp037" if start.startswith(_EBCDIC) else "latin-1"))
    return _codec(found[1]) if found else None


def _codec(label: str | None) -> str | None:
    """The name of the codec that a label means, None for none that a text may be in."""
    label = (label or "").strip().lower()
    codec: codecs.CodecInfo | None
    try:
        codec = codecs.lookup(label)
    except (LookupError, ValueError):  # ValueError: no label holds a zero byte
        known = webencodings.lookup(label)  # what browsers know beside
        with suppress(LookupError):  # for some it has a codec of its own
            return _codec(codecs.lookup(known.codec_info.name).name) if known else None
        return None
    if (
        codec is None
        or codec.incrementaldecoder is None
        or not codec._is_text_encoding
        or codec.name in _NEVER
        or _TOLD_BY_ZEROS.match(codec.name)
    ):
        return None
    return _WIDER.get(codec.name, codec.name)


def _measured(source: Source, encoding: str, limit: int | None) -> tuple[int, float]:
    """How many letters beyond ASCII the bytes make in an encoding, and which share of them is none."""
    letters = faults = 0
    with suppress(EOFError):
        for text in _decoded(source, encoding, limit):
            if not text.isascii():
                letters += len(text) - len(text.encode("ascii", "ignore"))
                faults += text.count("\ufffd")
    return letters, faults / letters if letters else 0.0
