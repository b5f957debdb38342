"""`bring.py DATABASE_URL MEDIA_FOLDER FILE` imports a file and prints how many stories came in."""

import sys
from pathlib import Path

from htmxnews.config import Config
from htmxnews.intake.run import Importer
from htmxnews.store import migrate
from htmxnews.store.engine import Store


def main() -> None:
    url, media, file = sys.argv[1:]
    store = Store(url)
    migrate.upgrade(store)
    with Importer(store, Config(media_dir=Path(media))) as importer:
        [report] = importer.import_path(Path(file))
    print(report.added)


if __name__ == "__main__":
    main()
