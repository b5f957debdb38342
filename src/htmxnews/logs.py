"""How log lines look: words for people, or one JSON object an event for machines (R10)."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

_WORDS = "%(asctime)s [%(process)d] [%(levelname)s] %(message)s"


class JsonLines(logging.Formatter):
    """`time` (ISO 8601, UTC), `level`, `logger`, `process`, `message`, and `trace` where something failed."""

    def format(self, record: logging.LogRecord) -> str:
        event = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        if record.exc_info:
            event["trace"] = self.formatException(record.exc_info)
        return json.dumps(event)


def settings(log_format: str) -> dict[str, Any]:
    """What `logging.config` wants to hear, for `text` or `json`; of libraries only their trouble is told."""
    ours: dict[str, Any] = {"level": "INFO", "handlers": [], "propagate": True}
    lines = {"()": JsonLines} if log_format == "json" else {"format": _WORDS}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": lines},
        "handlers": {"errors": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"level": "WARNING", "handlers": ["errors"]},
        "loggers": {"gunicorn.error": ours, "htmxnews": ours},
    }
