"""create_app: wiring, nothing else."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from htmxnews.config import Config
from htmxnews.places import TEMPLATES
from htmxnews.store.engine import STATEMENT_S, Store
from htmxnews.web import (
    answers,
    asked,
    assets,
    embed,
    errors,
    machine,
    oembed,
    ops,
    reader,
    sitemaps,
    snippets,
    stencils,
    views,
    words,
)
from htmxnews.web.environment import Environment


def create_app(config: Config | None = None) -> Flask:
    """Wire one app. Nothing happens at import, so a test builds as many as it likes."""
    config = config or Config.from_env()
    app = Flask("htmxnews", template_folder=TEMPLATES, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 16 * 1024  # S38
    app.url_map.merge_slashes = False  # S35: `/a//b` is no address, and nothing is redirected to mend it
    app.jinja_environment = Environment
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.extensions["htmxnews"] = config
    app.extensions["store"] = Store(config.database_url, statement_s=STATEMENT_S)

    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]  # Flask's own way

    for room in (asked, words, assets, stencils, answers, errors, views):
        room.init_app(app)
    for room in (reader, machine, embed, oembed, snippets, sitemaps, ops, views):
        app.register_blueprint(room.bp)
    return app
