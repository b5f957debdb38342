"""What an import costs: processor time of all its processes against bleach alone, and memory.

Linux only: it reads /proc. Search and related stories are derived later and do not count here.
"""

import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import exports

MEGABYTES = 10
LARGE = {"export of 200 MB": (exports.write_wxr, 200), "feed of 50 MB": (exports.write_feed, 50)}
_ADOPT = 36  # PR_SET_CHILD_SUBREAPER: whoever the import leaves behind is ours, and its time is counted

_IMPORT = (Path(__file__).parent / "bring.py").read_text()
_BLEACH = """
import sys, json, bleach
from htmxnews.intake import clean
attributes = {name: sorted(allowed) for name, allowed in clean.ATTRIBUTES.items()}
cleaner = bleach.Cleaner(tags=clean.TAGS, attributes=attributes, protocols=clean.SCHEMES, strip=True)
for line in open(sys.argv[1]):
    cleaner.clean(json.loads(line))
"""


def measure(megabytes: int = MEGABYTES) -> dict[str, float]:
    """Processor seconds a story: the whole intake, bleach alone, and nothing but starting either."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        posts = exports.write_wxr(folder / "export.xml", megabytes)
        exports.write_wxr(folder / "one.xml", 0)
        (folder / "bodies.jsonl").write_text(
            "".join(json.dumps(exports.body(n)) + "\n" for n in range(posts))
        )
        (folder / "none.jsonl").write_text("")
        bleach = _run(_BLEACH, folder / "bodies.jsonl").cpu_s - _run(_BLEACH, folder / "none.jsonl").cpu_s
        whole = _importing(folder, folder / "export.xml").cpu_s - _importing(folder, folder / "one.xml").cpu_s
    return {"bleach": bleach / posts, "whole intake": whole / posts, "stories/s per core": posts / whole}


def memory(write: Callable[[Path, int], int], megabytes: int) -> dict[str, float]:
    """Peak memory of all processes of one large import, shared pages counted once, in MB."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stories = write(folder / "large.xml", megabytes)
        ran = _importing(folder, folder / "large.xml")
    if int(ran.said) != stories:
        raise SystemExit(f"{ran.said} of {stories} stories came in")
    return {"stories": stories, "peak MB": ran.peak_mb, "stories/s": stories / ran.wall_s}


@dataclass
class _Ran:
    cpu_s: float
    wall_s: float
    peak_mb: float
    said: str


def _importing(folder: Path, file: Path) -> _Ran:
    place = Path(tempfile.mkdtemp(dir=folder))
    return _run(_IMPORT, f"sqlite:///{place / 'news.db'}", place / "media", file)


def _run(program: str, *args: Path | str) -> _Ran:
    """Run a program to its end, with all processes that it starts."""
    ctypes.CDLL(None).prctl(_ADOPT, 1)
    before, start, peak = _spent(), time.monotonic(), 0.0
    command = [sys.executable, "-c", program, *map(str, args)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            peak = max(peak, _memory_below(os.getpid()))
            time.sleep(0.05)
        said = process.communicate()[0].strip()
    if process.returncode:
        raise SystemExit("the program that is measured has failed")
    wall = time.monotonic() - start
    with suppress(ChildProcessError):  # there are no more
        while True:
            os.wait()
    return _Ran(_spent() - before, wall, peak, said)


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _memory_below(top: int) -> float:
    """Proportional set size of all processes that come from `top`, in MB."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    total, front = 0, {top}
    while front := {pid for pid, parent in parents.items() if parent in front}:
        total += sum(map(_pss, front))
    return total / 1024


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def main() -> None:
    cost = measure()
    print(
        f"whole intake: {cost['whole intake'] / cost['bleach']:.2f} x bleach alone on the same bodies",
        end=", ",
    )
    print(f"{cost['stories/s per core']:.0f} stories a second and core")
    for name, (write, megabytes) in LARGE.items():
        found = memory(write, megabytes)
        print(f"{name}, {found['stories']:,} stories: {found['peak MB']:.0f} MB", end=", ")
        print(f"{found['stories/s']:.0f} stories a second")


if __name__ == "__main__":
    main()
