"""Lead pictures: found in a body whose source names none, put back into one where none can stand above it."""

from dataclasses import replace
from html import escape

from lxml import html

from htmxnews.intake import clean, media, references, shown
from htmxnews.intake.draft import PictureDraft

_LOOKED_AT = 60_000  # characters from the start of a body


def lead_in(body: str, base_url: str | None) -> PictureDraft | None:
    """Return the first picture of an HTML body with its caption, or None; pixels and smileys do not count."""
    start = references.mended(body[:_LOOKED_AT].replace("\x00", ""))
    if "<img" not in start.lower():
        return None
    root = html.fragment_fromstring(start.encode("utf-8", "replace").decode(), create_parent="div")
    media.make_figures(root)
    for picture in root.iter("img"):
        address = media.address_of(picture, base_url)
        if address and not media.is_small(picture):
            figure = next(picture.iterancestors("figure"), None)
            caption = figure.find(".//figcaption") if figure is not None else None
            return PictureDraft(
                url=address,
                alt=media.alt_of(picture),
                caption=" ".join(caption.text_content().split()) if caption is not None else "",
            )
    return None


def lead_of(named: PictureDraft | None, body: str, base_url: str | None) -> PictureDraft | None:
    """Return the picture that a source names, with the words of its body for it, or the first of the body."""
    if named is not None and named.alt and named.caption:
        return named
    found = lead_in(body, base_url)
    if named is None or found is None:
        return named or found
    if not (named.url and found.url and media.same_picture(named.url, found.url)):
        return named
    return replace(named, alt=named.alt or found.alt, caption=named.caption or found.caption)


def put_first(
    body: clean.Cleaned,
    lead: PictureDraft,
    known: shown.Pictures,
    own_hosts: frozenset[str],
    sanitizer: clean.Sanitizer,
) -> clean.Cleaned:
    """Return a text with its lead before it, where it is not in it: as a link, or from a named host.

    Caption and credit stay with it.
    """
    address = lead.url or ""
    if any(media.same_picture(one, address) for one in body.pictures):
        return body
    caption = " ".join(
        filter(None, [escape(lead.caption), lead.credit and f"<cite>{escape(lead.credit)}</cite>"])
    )
    image = f'<img src="{escape(address)}" alt="{escape(lead.alt)}">'
    figure = clean.clean(
        f"<figure>{image}<figcaption>{caption}</figcaption></figure>",
        "html",
        own_hosts=own_hosts,
        pictures=known,
        sanitizer=sanitizer,
    )
    return replace(body, html=figure.html + body.html)
