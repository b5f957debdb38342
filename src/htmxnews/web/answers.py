"""Headers, entity tags, compression: the only place that sets them."""

import gzip
from functools import lru_cache
from hashlib import blake2b

import brotli
from flask import Flask, Response, request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from htmxnews.web import asked
from htmxnews.web.kept import KeptAnswers

_PAGE = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "media-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "frame-src": "'none'",
    "frame-ancestors": "'none'",
}


def _policy(**changed: str) -> str:
    """The policy of pages, with these directives changed (`_` for `-`)."""
    directives = _PAGE | {name.replace("_", "-"): value for name, value in changed.items()}
    return "; ".join(f"{name} {value}" for name, value in directives.items())


PAGE_POLICY = _policy()
EVERYWHERE = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

# Short, because a revision can move at any moment; a cache may show the last one while it asks for the next.
SHARED_SECONDS = 30
SHARED = f"public, max-age={SHARED_SECONDS}, s-maxage={SHARED_SECONDS}, stale-while-revalidate=300"
FOREVER = "public, max-age=31536000, immutable"
LONG = "public, max-age=3600, stale-while-revalidate=86400"
NEVER = "no-store"

# What other sites may read and run lies under these; among it is what they, and our own page, may frame.
EMBED = ("/embed/v1/", "/embed/v1.")
PREVIEW = "/embed/v1/preview"
FRAMES = ("/embed/v1/frame", "/embed/v1/a/", PREVIEW)

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
    app.wsgi_app = KeptAnswers(  # type: ignore[method-assign]  # Flask's own way
        app.wsgi_app,
        app.extensions["store"],
        is_ours=app.extensions["is_ours"],
        encoding=encoding_for,
        kept_with=SHARED,
        seconds=SHARED_SECONDS,
    )


def finish(response: Response) -> Response:
    """Give an answer its headers, its compressed form and its entity tag; answer 304 where that is enough."""
    if hosts := asked.config().picture_hosts:
        policy = _policy(img_src=" ".join(("'self'", *hosts)))
        response.headers.setdefault("Content-Security-Policy", policy)
    there = {name.lower() for name, _ in response.headers}
    for name, value in EVERYWHERE.items():
        if name.lower() not in there:
            response.headers.add(name, value)
    _open_to_other_sites(response)
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = SHARED if response.status_code == 200 else NEVER
    if response.direct_passthrough or request.method not in ("GET", "HEAD") or response.status_code != 200:
        return response
    _compress(response)
    response.set_etag(blake2b(response.get_data(), digest_size=12).hexdigest())
    if "If-None-Match" in request.headers:
        response.make_conditional(request)
    return response


@lru_cache(maxsize=256)
def encoding_for(accepted: str) -> str | None:
    """The best of our encodings for an Accept-Encoding; None when it takes none."""
    return parse_accept_header(accepted, Accept).best_match(["br", "gzip"])


def _open_to_other_sites(response: Response) -> None:
    """Let other sites frame (S41) and read (S42) what is made for them, as far as the settings allow it."""
    path, origins, headers = request.path, asked.config().embed_origins, response.headers
    if path == "/embed":
        headers["Content-Security-Policy"] = _policy(frame_src="'self'")
    if path.startswith(FRAMES):
        framing = "'self'" if path == PREVIEW else " ".join(origins) or "'none'"
        headers["Content-Security-Policy"] = _policy(
            img_src="'none'", form_action="'none'", frame_ancestors=framing
        )
        del headers["X-Frame-Options"]
    if not path.startswith(EMBED):
        return
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    # The scripts are nobody's secret: where they may run, they can say why they may not read.
    if "*" in origins or path.endswith(".js"):
        headers["Access-Control-Allow-Origin"] = "*"
    else:
        response.vary.add("Origin")
        if (origin := request.headers.get("Origin")) in origins:
            headers["Access-Control-Allow-Origin"] = origin
    if request.method == "OPTIONS":
        headers["Access-Control-Allow-Methods"] = "GET"


def _compress(response: Response) -> None:
    data = response.get_data()
    if len(data) < _WORTH_COMPRESSING or not (response.mimetype or "").startswith(_TEXTS):
        return
    response.vary.add("Accept-Encoding")
    encoding = encoding_for(request.headers.get("Accept-Encoding", ""))
    if encoding is None:
        return
    lasting = response.headers["Cache-Control"] in (FOREVER, LONG)
    response.set_data((_compressed_once if lasting else _compressed)(data, encoding, lasting))
    response.content_encoding = encoding


def _compressed(data: bytes, encoding: str, hard: bool) -> bytes:
    """`hard` takes its time, for what is compressed once and sent often."""
    if encoding == "br":
        # A list of 30 KB becomes 6.8 KB in half the time that 5.9 KB would take.
        return bytes(brotli.compress(data, quality=11 if hard else 1))
    # No time in the header: equal pages give equal bytes, and so equal entity tags.
    return gzip.compress(data, 9 if hard else 1, mtime=0)


_compressed_once = lru_cache(maxsize=32)(_compressed)
