"""How gunicorn serves htmxnews; `htmxnews serve` adds the address and the number of workers."""

import os

# Imported before the workers are forked: they share its table, so that a reader counts once in all of them.
import htmxnews.web.seen  # noqa: F401
from htmxnews import logs

# Loopback unless told otherwise: a proxy, or an explicit --bind, decides what the world sees.
bind = "127.0.0.1:8000"

# Reading is mostly waiting for SQLite pages and sockets, so a few threads serve well beside each process.
worker_class = "gthread"
workers = 2
threads = 4

# A page is made in milliseconds: a worker silent for this long is stuck. Seconds.
timeout = 30
graceful_timeout = 30
keepalive = 5

# Heartbeat files on a disk can block a worker when the disk is busy.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None

# The longest search that is allowed, in Korean: each letter takes nine bytes of the address.
limit_request_line = 8190
limit_request_fields = 60

# The control socket is for tools that we do not ship.
control_socket_disable = True

accesslog = None
errorlog = "-"
logconfig_dict = logs.settings(os.environ.get("HTMXNEWS_LOG_FORMAT", "text"))
proc_name = "htmxnews"


def worker_exit(_server: object, _worker: object) -> None:
    """Keep the views that a leaving worker has counted and not yet written."""
    from htmxnews.web.views import flush_all

    flush_all()
