"""Headers, entity tags, compression: the only place that sets them."""

import gzip
from functools import lru_cache
from hashlib import blake2b

import brotli
from flask import Flask, Response, request

PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-src 'none'",
        "frame-ancestors 'none'",
    )
)
EVERYWHERE = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

# Short, because a revision can move at any moment; a cache may show the last one while it asks for the next.
SHARED = "public, max-age=30, s-maxage=30, stale-while-revalidate=300"
FOREVER = "public, max-age=31536000, immutable"
NEVER = "no-store"

_TEXTS = (
    "text/",
    "application/json",
    "application/feed+json",
    "application/atom+xml",
    "application/rss+xml",
    "application/xml",
    "application/manifest+json",
    "image/svg+xml",
)
_WORTH_COMPRESSING = 500  # bytes


def init_app(app: Flask) -> None:
    app.after_request(finish)


def finish(response: Response) -> Response:
    """Give an answer its headers, its compressed form and its entity tag; answer 304 where that is enough."""
    for name, value in EVERYWHERE.items():
        response.headers.setdefault(name, value)
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = SHARED if response.status_code == 200 else NEVER
    if response.direct_passthrough or request.method not in ("GET", "HEAD") or response.status_code != 200:
        return response
    _compress(response)
    response.set_etag(blake2b(response.get_data(), digest_size=12).hexdigest())
    response.make_conditional(request)
    return response


def _compress(response: Response) -> None:
    data = response.get_data()
    if len(data) < _WORTH_COMPRESSING or not (response.mimetype or "").startswith(_TEXTS):
        return
    response.vary.add("Accept-Encoding")
    encoding = request.accept_encodings.best_match(["br", "gzip"])
    if encoding is None:
        return
    lasting = response.headers["Cache-Control"] == FOREVER
    response.set_data((_compressed_once if lasting else _compressed)(data, encoding, lasting))
    response.content_encoding = encoding


def _compressed(data: bytes, encoding: str, hard: bool) -> bytes:
    """`hard` takes its time, for what is compressed once and sent often."""
    if encoding == "br":
        return bytes(brotli.compress(data, quality=11 if hard else 5))
    # No time in the header: equal pages give equal bytes, and so equal entity tags.
    return gzip.compress(data, 9 if hard else 6, mtime=0)


_compressed_once = lru_cache(maxsize=32)(_compressed)
