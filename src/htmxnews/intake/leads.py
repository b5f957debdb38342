"""The lead picture of a story whose source names none: the first real picture of its body."""

from lxml import html

from htmxnews.intake import media
from htmxnews.intake.draft import PictureDraft

_LOOKED_AT = 60_000  # characters from the start of a body


def lead_in(body: str, base_url: str | None) -> PictureDraft | None:
    """Return the first picture of an HTML body with its caption, or None; pixels and smileys do not count."""
    start = body[:_LOOKED_AT].replace("\x00", "")
    if "<img" not in start.lower():
        return None
    root = html.fragment_fromstring(start.encode("utf-8", "replace").decode(), create_parent="div")
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
