"""Asks the addresses named, side by side, and prints by how many kB the most memory used grew meanwhile."""

import sys
from ipaddress import ip_network
from pathlib import Path

from htmxnews.intake.asking import answers, of_feed
from htmxnews.intake.fetch import Fetcher, FetchError
from htmxnews.store.models import Source


def most_kb() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


fetcher = Fetcher((ip_network("127.0.0.0/8"),), whole_s=2)
warm = [Source(id=0, feed_url="http://127.0.0.1:9/")]  # nobody is there, but then everything is loaded
sources = [Source(id=number, feed_url=url) for number, url in enumerate(sys.argv[1:])]

assert all(isinstance(one[1], FetchError) for one in answers(fetcher, warm, of_feed) if one)
before = most_kb()
assert all(isinstance(one[1], FetchError) for one in answers(fetcher, sources, of_feed) if one)
sys.stdout.write(str(most_kb() - before))
