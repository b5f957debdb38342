"""Files that mean harm: each would cost a careless parser all its time or memory, or send it for other files.

Run as a program it reads them one after another and prints what became of each, a JSON object a line.
"""

import gzip
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

MB = 1_000_000
RSS = '<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>T</title>{}</channel></rss>'
ITEM = "<item><title>Tide</title><guid>1</guid><description>{}</description></item>"
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>{}</feed>'
WXR = (
    '<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>T</title>{}</channel></rss>'
)
POST = (
    "<item><title>Tide</title><guid>1</guid><content:encoded>{}</content:encoded>"
    "<wp:status>publish</wp:status><wp:post_type>post</wp:post_type></item>"
)
MEDIUM = '<media:content url="/a.jpg" medium="image"><media:credit>x</media:credit></media:content>'
INCLUDE = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="{}"/>'
JSON = '{"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": [%s]}'

Told = tuple[str, bool | None, Callable[[], str]]


@dataclass(frozen=True)
class Hostile:
    name: str
    refused: bool | None  # the file as a whole; None: it is for the reader to say
    make: Callable[[], bytes]
    kind: str = "feed"


def files(secret: str, trap: str) -> Iterator[Hostile]:
    """All of them; `secret` is the path of a file that nobody may read, `trap` an address nobody may ask."""
    for name, text in _doctypes(secret, trap):
        yield Hostile(name, True, text.encode)
    yield from _encodings(secret)
    for name, text in _references(secret, trap):
        yield Hostile(name, False, text.encode)
    for kind, group in (("feed", _shapes()), ("feed", _json()), ("wxr", _exports()), ("jsonl", _lines())):
        for name, refused, make in group:
            yield Hostile(f"{kind}: {name}", refused, lambda make=make: make().encode(), kind)  # type: ignore[misc]
    yield from _packed()
    yield Hostile("a list 10^5 deep", True, lambda: b"<opml><body>" + b"<outline>" * 100_000, "opml")
    yield Hostile("a list with entities", True, with_doctype(laughs(), "", "opml").encode, "opml")


def with_doctype(subset: str, body: str = "&a;", name: str = "rss") -> str:
    return f'<?xml version="1.0"?><!DOCTYPE {name} [{subset}]>' + RSS.format(ITEM.format(body))


def laughs() -> str:
    entities = (f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 10))
    return '<!ENTITY a0 "ha">' + "".join(entities)


def each(count: int, pattern: str, between: str = "") -> str:
    return between.join(pattern % number for number in range(count))


def _doctypes(secret: str, trap: str) -> Iterator[tuple[str, str]]:
    bomb = with_doctype(laughs(), "&a9;")
    yield "billion laughs", bomb
    yield "billion laughs in small letters", bomb.replace("<!DOCTYPE", "<!doctype")
    yield "billion laughs behind a comment", bomb.replace("<!DOCTYPE", "<!-- > [ --><?x y?>\n<!DOCTYPE")
    yield "billion laughs and an external subset", bomb.replace("rss [", f'rss SYSTEM "{trap}" [')
    yield "billion laughs of another root", bomb.replace("DOCTYPE rss", "DOCTYPE html")
    yield "one long entity", with_doctype(f'<!ENTITY a "{"x" * 5_000}">', "&a;" * 50_000)
    yield "one short entity, often", with_doctype(f'<!ENTITY a "{"x" * 90}">', "&a;" * 50_000)
    yield "an entity from a file", with_doctype(f'<!ENTITY a SYSTEM "file://{secret}">')
    yield "an entity from the web", with_doctype(f'<!ENTITY a SYSTEM "{trap}">')
    yield "a public entity", with_doctype(f'<!ENTITY a PUBLIC "-//X//EN" "{trap}">')
    yield "a parameter from the web", with_doctype(f'<!ENTITY % a SYSTEM "{trap}"> %a;')
    yield "a parameter in a parameter", with_doctype("<!ENTITY % a \"<!ENTITY b 'x'>\"> %a;", "&b;")
    yield "an entity of markup", with_doctype('<!ENTITY a "<b>x</b>">')
    yield "an entity of an entity", with_doctype('<!ENTITY b "x"><!ENTITY a "&b;">')
    yield "attributes by default", with_doctype('<!ATTLIST item xml:base CDATA "javascript:x()//">', "x")
    yield "elements that are declared", with_doctype("<!ELEMENT rss (channel)*>", "x")
    yield "a notation", with_doctype(f'<!NOTATION gif SYSTEM "{secret}">', "x")
    yield "an instruction in a document type", with_doctype("<?php system('id') ?>", "x")
    yield "too many entities", with_doctype(each(200, '<!ENTITY a%d "x">'), "&a1;")
    yield "a document type without an end", "<!DOCTYPE rss [" + "<!-- x -->" * 100_000


def _encodings(secret: str) -> Iterator[Hostile]:
    declared = with_doctype(f'<!ENTITY a SYSTEM "file://{secret}">')
    plain = declared.replace('<?xml version="1.0"?>', "")
    for codec in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"):
        for name, text in (("declared", declared), ("undeclared", plain)):
            yield Hostile(f"entities in {codec}, {name}", True, lambda t=text, c=codec: t.encode(c))  # type: ignore[misc]
    told = declared.replace("?>", ' encoding="%s"?>', 1)
    yield Hostile("entities in EBCDIC", True, lambda: (told % "cp037").encode("cp037"))
    yield Hostile("entities with zeros in between", True, lambda: declared.replace("", "\0").encode())
    yield Hostile("entities in UTF-7", True, lambda: (told % "utf-7").replace("&a;", "+ACY-a;").encode())
    for codec in ("zlib", "rot13", "unicode_escape", "idna", "undefined", "no-such"):
        data = RSS.format(ITEM.format("\\u003c!DOCTYPE rss [")).encode()
        head = f'<?xml version="1.0" encoding="{codec}"?>'.encode()
        yield Hostile(f"an encoding called {codec}", False, lambda data=head + data: data)  # type: ignore[misc]


def _references(secret: str, trap: str) -> Iterator[tuple[str, str]]:
    feed = RSS.format(ITEM.format("x"))
    yield "a document type on the web", f'<!DOCTYPE rss SYSTEM "{trap}">{feed}'
    yield "a document type in a file", f'<!DOCTYPE rss SYSTEM "file://{secret}">{feed}'
    yield "an inclusion of a file", RSS.format(ITEM.format(INCLUDE.format(f"file://{secret}")))
    yield "an inclusion from the web", RSS.format(ITEM.format(INCLUDE.format(trap)))
    yield "a style sheet", f'<?xml-stylesheet type="text/xsl" href="{trap}"?>{feed}'
    schema = f'xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:schemaLocation="a {trap}"'
    yield "a schema", feed.replace("<rss", f"<rss {schema}")
    links = '<id>1</id><link href="x"/><content src="y" type="text/html"/>'
    bases = ("javascript:x()//", f"file://{secret}", "http://[", "//", trap, "\\\\other\\share")
    for number, base in enumerate(bases):
        yield f"bad base {number}", ATOM.format(f'<entry xml:base="{base}">{links}</entry>')


def _shapes() -> Iterator[Told]:
    def item(inner: str) -> str:
        return RSS.format(ITEM.format(inner))

    yield "10^5 deep", True, lambda: item("<b>" * 100_000)
    yield "10^5 deep and back", True, lambda: item("<b>" * 100_000 + "</b>" * 100_000)
    yield "two kinds in turn, 10^5 deep", True, lambda: item("<p><li>" * 50_000)
    yield "10^6 paragraphs without an end", False, lambda: item("<p>" * 1_000_000)
    yield "10^5 ends", False, lambda: item("</b>" * 100_000)
    yield "10^5 attributes", True, lambda: RSS.format(f"<item {each(100_000, ATTRIBUTE)}/>")
    yield "10^5 names without values", None, lambda: RSS.format(f"<item {'a ' * 100_000}>x</item>")
    yield "a name of 10^6 letters", None, lambda: RSS.format(f"<item><title {'a' * 900_000}>x</title></item>")
    yield "10^5 vocabularies", True, lambda: RSS.format(each(100_000, '<x xmlns:n%d="u:x"/>'))
    yield "a tag of 20 MB", True, lambda: RSS.format(f'<item a="{"x" * 20 * MB}"/>')
    yield "a title of 30 MB", False, lambda: RSS.format(f"<item><title>{'x' * 30 * MB}</title></item>")
    yield "a section of 30 MB", False, lambda: item(f"<![CDATA[{'x' * 30 * MB}]]>")
    yield "a section of 4 MB", False, lambda: item(f"<![CDATA[{'바' * 4 * MB}]]>")
    yield "a channel of 30 MB", True, lambda: RSS.format("x" * 30 * MB)
    yield "a root of 1 MB", True, lambda: f'<rss a="{"x" * 900_000}"><channel>' + ITEM * 9
    yield "150,000 items", False, lambda: RSS.format("<item/>" * 150_000)
    yield "20,000 broken items", False, lambda: RSS.format("<item><title>a</b></item>" * 20_000)
    yield "items in items", None, lambda: RSS.format("<item>" * 20_000)
    yield "10^6 signs", None, lambda: item("<" * 1_000_000)
    yield "10^6 ampersands", None, lambda: item("&" * 1_000_000)
    for name, sign in (("comments", "<!--"), ("sections", "<![CDATA["), ("instructions", "<?a")):
        yield f"10^5 open {name}", None, lambda sign=sign: item(sign * 100_000)  # type: ignore[misc]
    yield "10^5 open quotes", None, lambda: item('<a b="' * 100_000)
    yield "10^5 open media", None, lambda: item('<media:content url="' * 100_000)
    yield (
        "10^4 media",
        False,
        lambda: RSS.format(f"<item>{each(9_000, MEDIUM.replace('/a.', '/%d.'))}</item>"),
    )
    yield "10^4 links", False, lambda: RSS.format(f"<item>{'<link>http://a.example/</link>' * 9_000}</item>")
    yield "10^5 categories", False, lambda: RSS.format(f"<item>{each(100_000, TERM)}</item>")
    yield "900 categories", False, lambda: RSS.format(f"<item>{each(900, TERM)}</item>" * 50)
    yield (
        "10^6 keywords",
        False,
        lambda: RSS.format(f"<item><media:keywords>{'a,' * 10**6}</media:keywords></item>"),
    )
    yield (
        "10^4 authors",
        False,
        lambda: RSS.format(f"<item>{'<author>a@b.example (c)</author>' * 9_000}</item>"),
    )
    yield "no root", None, lambda: "<item>" + "x<" * 500_000


ATTRIBUTE = "a%d='' "
TERM = "<category>c%d</category>"


def _exports() -> Iterator[Told]:
    yield "a post of 30 MB", False, lambda: WXR.format(POST.format("x" * 30 * MB))
    yield "a post of shortcodes", False, lambda: WXR.format(POST.format("[gallery " * 400_000))
    comments = "<wp:comment><a>x</a></wp:comment>" * 100_000
    yield (
        "10^5 comments",
        False,
        lambda: WXR.format(POST.format("x").replace("</item>", f"{comments}</item>")),
    )
    yield "a post 10^5 deep", True, lambda: WXR.format(POST.format("<b>" * 100_000))
    yield "billion laughs", True, lambda: with_doctype(laughs()) + WXR


def _json() -> Iterator[Told]:
    yield "lists 10^6 deep", None, lambda: JSON % ("[" * 1_000_000)
    yield "objects 10^6 deep", None, lambda: JSON % ('{"a":' * 1_000_000)
    yield "a number of 10^6 digits", None, lambda: JSON % f'{{"id": {"9" * 1_000_000}}}'
    yield "a number beyond all", False, lambda: JSON % '{"id": 1e999999999, "title": -1e999999999}'
    yield "a string of 30 MB", None, lambda: JSON % f'{{"id": "1", "title": "{"x" * 30 * MB}"}}'
    yield "150,000 objects", False, lambda: JSON % ",".join(['{"id": "1"}'] * 150_000)
    yield "10^5 names", False, lambda: JSON % f"{{{each(100_000, MEMBER, ',')}}}"
    yield "one name 10^5 times", False, lambda: JSON % f"{{{','.join([MEMBER % 1] * 100_000)}}}"
    yield "10^5 members of the feed", True, lambda: f"{{{each(100_000, MEMBER, ',')}}}"
    yield "10^5 tags", False, lambda: JSON % json.dumps({"id": "1", "tags": ["x"] * 100_000})
    attached = '{"id": "1", "attachments": [%s]}'
    yield "10^5 attachments", False, lambda: JSON % (attached % each(100_000, '{"url": "/%d.mp3"}', ","))


MEMBER = '"%d": 1'


def _lines() -> Iterator[Told]:
    yield "lines 10^6 deep", None, lambda: "[" * 1_000_000 + "\n"
    yield "a line of 30 MB", None, lambda: '{"id": "' + "x" * 30 * MB
    yield (
        "a number of 10^6 digits",
        None,
        lambda: f'{{"id": {"9" * 1_000_000}, "title": "x", "published": 1}}\n',
    )
    yield "10^6 empty lines", None, lambda: "\n" * 1_000_000


def _packed() -> Iterator[Hostile]:
    yield Hostile("a bomb of spaces", True, lambda: gzip.compress(b"<rss>" + b" " * 300 * MB, 9))
    yield Hostile("a bomb of items", True, lambda: gzip.compress(RSS.format(ITEM * 400_000).encode(), 9))
    yield Hostile("a bomb of JSON", True, lambda: gzip.compress(b'{"items": [' + b"[" * 200 * MB, 9))
    yield Hostile("a bomb in a bomb", True, lambda: gzip.compress(gzip.compress(b"0" * 100 * MB)))
    yield Hostile("a bomb of lines", True, lambda: gzip.compress(b"\n" * 100 * MB, 9), "jsonl")
    yield Hostile("a broken package", None, lambda: gzip.compress(RSS.format(ITEM).encode())[:40])
    yield Hostile("no package", True, lambda: b"\x1f\x8bno gzip at all")


def _outcome(one: Hostile, data: bytes, path: Path) -> str:
    """What a reader makes of a file: why it was refused, or all the drafts and warnings that it gave."""
    from htmxnews.intake import feeds, jsonl, opml, wxr
    from htmxnews.intake.draft import Unreadable

    path.write_bytes(data)
    try:
        if one.kind == "opml":
            return repr(opml.parse(path))
        parsers = {"feed": feeds.parse, "wxr": wxr.parse, "jsonl": jsonl.parse}
        parsed = parsers[one.kind](path)
        drafts: Iterable[object] = parsed.drafts
        found = "".join(repr(draft)[:500] for draft in drafts)
    except Unreadable as error:
        return f"refused: {error}"
    return f"{found[:2_000]} {parsed.warnings}"


def _peak() -> float:
    """The most memory that this process has held since it was last asked, in MB."""
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1_000
    Path("/proc/self/clear_refs").write_text("5")
    return peak


def main(secret: str, trap: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (2_000 * MB, 2_000 * MB))
    with tempfile.TemporaryDirectory() as folder:
        opened = _watched(folder)
        for one in files(secret, trap):
            data = one.make()
            _peak()
            opened.clear()
            started = time.process_time()
            outcome = _outcome(one, data, Path(folder, "input"))
            spent = time.process_time() - started
            print(json.dumps([one.name, outcome, spent, _peak() - len(data) / MB, opened]), flush=True)


def _watched(folder: str) -> list[str]:
    """A list that grows by whatever is opened or asked, but for our input and the modules of Python."""
    told: list[str] = []
    ours = (sys.prefix, sys.base_prefix, folder, "/proc/self/", str(Path(__file__).parents[2]))

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        first = arguments[0] if arguments else ""
        outside = event == "open" and isinstance(first, str) and not first.startswith(ours)
        if outside or event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "ctypes.")):
            told.append(f"{event} {first}")

    sys.addaudithook(watch)
    return told


if __name__ == "__main__":
    main(*sys.argv[1:])
