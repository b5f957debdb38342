"""Marks of static site generators in Markdown, such as those of Hugo and Jekyll → the Markdown they mean."""

import re

_ITEM = r"[ ]{0,3}(?:[-*+:]|\d{1,9}[.)]|\[\^[^\]\n]{1,100}\]:)[ \t]"
_INDENT = r"(?:[ ]{4}|[ ]{0,3}\t)"
_MARK = re.compile(
    rf"""
    # Programs
    ^[ \t]*+(?:>[ \t]*+|[-*+][ \t]++|\d{{1,9}}[.)][ \t]++)*+
        (?P<fence>`{{3,}}+(?=[^`\n]*$)|~{{3,}}+)[^\n]*\n(?:.*\n)*?(?:[ \t>]*(?P=fence)[`~ \t]*$|.*\Z)
    |(?P<before>\A|^[ \t]*+\n)(?P<indented>(?:{_INDENT}[ \t]*+\S.*\n?)++)
    |(?<![`\\])(?P<ticks>`++)
        (?:[^`\n]++|\n(?![ \t]*+(?:\n|```|~~~)|{_ITEM})|(?!(?P=ticks)(?!`))`++){{1,100}}+(?P=ticks)(?!`)
    """
    r"""
    |\{%-?\s*(?P<tag>\w++)(?P<told>(?:[^%{\n]|%(?!\})){0,500})%\}                     # Jekyll
    |\{\{(?P<sign>[<%])\s*+(?P<code>/?+\s*+\w[\w/-]*+)(?P<set>(?:[^{}]|\}(?!\})){0,1000}?)[>%]\}\}  # Hugo
    """,
    re.MULTILINE | re.VERBOSE,
)
# A line at the left edge that begins an item, or ends the list of those before it.
_LEFT = re.compile(rf"^(?P<item>{_ITEM})|(?:\A|^[ \t]*+\n)(?!{_ITEM})(?=\S)", re.MULTILINE)
_ENDS = {
    "comment": re.compile(r"\{%-?\s*endcomment\s*-?%\}"),
    "highlight": re.compile(r"\{%-?\s*endhighlight\s*-?%\}|\{\{[<%]\s*/\s*highlight\s*[>%]\}\}"),
    "raw": re.compile(r"\{%-?\s*endraw\s*-?%\}"),
}
_RAW = re.compile(r"\{%-?\s*(?:end)?raw\s*-?%\}\n?")
_QUOTED_MARK = re.compile(r"\{\{([<%])/\*([^{}\n]{0,500}?)\*/([>%])\}\}")
# Of Jekyll, what does something and shows nothing, or nothing that is here; other names may be talked about.
_TAG_NAMES = """
    assign break capture case continue cycle decrement else elsif endcapture endcase endfor endif endunless
    for if include include_cached include_relative increment unless when
"""
_TAGS = frozenset(_TAG_NAMES.split())
_TARGETS = {"link", "post_url", "ref", "relref"}  # addresses that only the generator knows
_PLAYERS = {
    "gist": "https://gist.github.com/",
    "instagram": "https://www.instagram.com/p/",
    "tweet": "https://twitter.com/i/status/",
    "twitter": "https://twitter.com/i/status/",
    "vimeo": "https://vimeo.com/",
    "x": "https://x.com/i/status/",
    "youtube": "https://www.youtube.com/watch?v=",
}
_SETTING = re.compile(r"(?<![\w-])([\w-]++)\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_BARE = re.compile(r"(?<!\S)[\"']?([\w./-]+)[\"']?(?!\S)")
_PICTURE = re.compile(r"[^<>\n]+\.(?:jpe?g|png|gif|webp|avif)", re.IGNORECASE)
_PICTURE_NAMES = {"figure", "image", "img", "picture"}
_ADDRESS_IN_ANGLES = re.compile(r"[^<>\n]+")
_WORDS = {"alt", "caption", "text", "title"}  # settings for readers
_BRACKETS = re.compile(r"[\[\]\n]")
_SITE = re.compile(r"\{\{-?\s*site\.(?:baseurl|url|github\.url)\s*-?\}\}")
_ADDRESS = re.compile(r"\{\{-?\s*[\"']([^\"'{}\n]{1,500})[\"']\s*\|\s*\w+_url\s*-?\}\}")
_ATTRIBUTE = r"(?:[.#][\w-]{1,60}|[\w-]{1,60}=(?:\"[^\"\n{}]{0,200}\"|'[^'\n{}]{0,200}')|toc|no_toc)"
_ATTRIBUTES = re.compile(
    rf"(?:^[*+-][^\n]*\n(?=\{{:\s*toc))?\{{:\s*{_ATTRIBUTE}(?:\s+{_ATTRIBUTE}){{0,9}}\s*\}}", re.MULTILINE
)
_HEADING_NAME = re.compile(r"^(#{1,6}[ \t][^\n{]*)\{[#.][\w.# -]{1,100}\}[ \t]*$", re.MULTILINE)


def plainer(text: str) -> str:
    """Return Markdown without the marks of generators; what they hold stays, programs as programs."""
    if "{" not in text:
        return text
    shown, at, endless, in_list = [], 0, set(), False
    while found := _MARK.search(text, at):
        shown.append(_outside(text[at : found.start()]))
        for line in _LEFT.finditer(text, at, found.start() + 1):
            in_list = bool(line["item"])
        if found["indented"] and in_list:  # more of an item, and no program
            shown.append(found["before"])
            at = found.end("before")
            continue
        at = found.end()
        name = (found["tag"] or found["code"] or "").replace(" ", "")
        end = _ENDS[name].search(text, at) if name in _ENDS and name not in endless else None
        if end:
            shown.append(_held(name, found, text[at : end.start()]))
            at = end.end()
        elif name in _ENDS:
            endless.add(name)
            shown.append(found[0])
        else:
            shown.append(_meaning(found, name))
    return _QUOTED_MARK.sub(r"{{\1\2\3}}", "".join([*shown, _outside(text[at:])]))


def _held(name: str, mark: re.Match[str], inner: str) -> str:
    """What stands between a mark and its end."""
    if name != "highlight":
        return inner if name == "raw" else ""
    language = next(iter((mark["told"] or mark["set"] or "").split()), "")
    fence = "`" * max([3, *(len(ticks) + 1 for ticks in re.findall("`+", inner))])
    program = inner.strip("\n")
    return f"\n{fence}{language}\n{program}\n{fence}\n"


def _meaning(found: re.Match[str], name: str) -> str:
    """What is shown in the place of one mark."""
    if not name:
        return _RAW.sub("", found[0])  # a program
    told = found["told"] or found["set"] or ""
    written = _SETTING.findall(told)
    settings = {key: double or single or bare for key, double, single, bare in written}
    if name in _TARGETS:
        return "#"
    number = settings.get("id") or "/".join(_BARE.findall(told)[: 2 if name == "gist" else 1])
    if name in _PLAYERS and number:
        return f"<{_PLAYERS[name]}{number}>"
    picture = next((value for value in settings.values() if _PICTURE.fullmatch(value)), None)
    if name in _PICTURE_NAMES and _ADDRESS_IN_ANGLES.fullmatch(settings.get("src", "")):
        picture = settings["src"]
    if not found["code"] and name not in _TAGS:
        return found[0]
    if picture:
        words, title = settings.get("alt") or "", settings.get("title") or ""
        caption = settings.get("caption") or title
        return f"\n\n![{_BRACKETS.sub('', words)}](<{picture}>)\n\n{caption}\n\n"
    if found["tag"] and not name.startswith("include"):
        return ""
    quoted = (double or single for key, double, single, _ in written if key in _WORDS)
    return " ".join(dict.fromkeys(filter(None, quoted)))


def _outside(text: str) -> str:
    """Text that is no program, without what stands there for the generator."""
    if "{" not in text:
        return text
    text = _ADDRESS.sub(r"\1", _SITE.sub("", text))
    return _HEADING_NAME.sub(r"\1", _ATTRIBUTES.sub("", text))
