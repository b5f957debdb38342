"""gunicorn's door."""

from htmxnews.app import create_app

app = create_app()
