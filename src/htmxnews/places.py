"""Where the files that are not Python lie: beside `src/` in a checkout, inside the package in a wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parents[1]

IN_CHECKOUT = (_CHECKOUT / "templates").is_dir() and (_CHECKOUT / "wsgi.py").is_file()
ROOT = _CHECKOUT if IN_CHECKOUT else _PACKAGE

TEMPLATES = ROOT / "templates"
STATIC = ROOT / "static"
DEMO = ROOT / "demo"
GUNICORN_CONF = ROOT / "gunicorn.conf.py"
WSGI_APP = "wsgi:app" if IN_CHECKOUT else "htmxnews.wsgi:app"
MIGRATIONS = _PACKAGE / "store" / "migrations"
