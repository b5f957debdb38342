"""What a tricked parser could do in its process, done on purpose."""

import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from htmxnews.intake import child
from htmxnews.intake.draft import Unreadable
from htmxnews.intake.workers import Workers


def count_to(end: int) -> Iterator[int]:
    yield from range(end)


def take_memory() -> int:
    return len(bytearray(child.MEMORY + 1))


def work_without_end() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (1, 6))  # a second is as good as thirty
    while True:
        pass


def seconds_allowed() -> Iterator[int]:
    yield resource.getrlimit(resource.RLIMIT_CPU)[0]


def call_out(port: int) -> None:
    socket.create_connection(("127.0.0.1", port))


def look_up() -> None:
    socket.getaddrinfo("news.example", 80)


def write_a_file(path: Path) -> None:
    path.write_text("here I was")


def append_to(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"here I was")


def move(path: Path) -> None:
    path.rename(path.with_suffix(".old"))


def delete(path: Path) -> None:
    path.unlink()


def run_a_program() -> None:
    subprocess.run(["true"], check=True)


def run_in_a_shell() -> None:
    os.system("true")  # noqa: S605


def fall_over() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def stumble() -> None:
    raise KeyError("channel")


def refuse() -> None:
    raise Unreadable("is not a feed that we know")


def miss_a_file() -> None:
    Path("nowhere.xml").read_bytes()


def two_then(end: Callable[[], None]) -> Iterator[int]:
    yield from (1, 2)
    end()


def test_what_is_read_comes_as_it_is_read() -> None:
    assert list(child.stream(0, count_to, 500)) == list(range(500))


def test_s14_memory_has_a_limit() -> None:
    with pytest.raises(Unreadable, match=r"^needs more than \d+ MB of memory to be read$"):
        child.call(take_memory)


def test_s14_time_has_a_limit() -> None:
    with pytest.raises(Unreadable, match=r"^took too long to be read$"):
        child.call(work_without_end)


@pytest.mark.parametrize(("size", "seconds"), [(0, child.READ_S), (50_000_000, child.READ_S + 50)])
def test_s14_the_time_grows_with_what_is_to_be_read(size: int, seconds: int) -> None:
    assert list(child.stream(size, seconds_allowed)) == [seconds]


def test_s14_no_socket_is_opened() -> None:
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(0.2)
        for work, args in ((call_out, (trap.getsockname()[1],)), (look_up, ())):
            with pytest.raises(PermissionError, match="needs no socket"):
                child.call(work, *args)
        with pytest.raises(TimeoutError):
            trap.accept()


@pytest.mark.parametrize("write", [write_a_file, append_to])
def test_s14_no_file_is_written(tmp_path: Path, write: Callable[[Path], None]) -> None:
    path = tmp_path / "note.txt"

    with pytest.raises(PermissionError, match="needs no open"):
        child.call(write, path)

    assert not path.exists()


@pytest.mark.parametrize("change", [move, delete])
def test_s14_no_file_is_moved_or_deleted(tmp_path: Path, change: Callable[[Path], None]) -> None:
    path = tmp_path / "note.txt"
    path.write_text("here I stay")

    with pytest.raises(PermissionError, match=r"needs no os\."):
        child.call(change, path)

    assert path.read_text() == "here I stay"


@pytest.mark.parametrize("work", [run_a_program, run_in_a_shell])
def test_s14_no_program_is_started(work: Callable[[], None]) -> None:
    with pytest.raises(PermissionError, match="reading foreign bytes needs no"):
        child.call(work)


@pytest.mark.parametrize(
    ("end", "error", "message"),
    [
        (fall_over, Unreadable, "cannot be read to its end"),
        (stumble, Unreadable, "cannot be read (KeyError: 'channel')"),
        (refuse, Unreadable, "is not a feed that we know"),
        (miss_a_file, FileNotFoundError, "[Errno 2] No such file or directory: 'nowhere.xml'"),
    ],
)
def test_s14_what_came_before_an_end_is_kept_and_the_end_is_said(
    end: Callable[[], None], error: type[Exception], message: str
) -> None:
    numbers = child.stream(0, two_then, end)
    came = [next(numbers), next(numbers)]

    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        next(numbers)
    assert came == [1, 2]


def test_s14_an_end_in_the_midst_of_a_word_is_an_end_like_any_other() -> None:
    with pytest.raises(Unreadable, match=r"^cannot be read to its end$"):
        child.call(break_off)


def break_off() -> None:
    """Send the head of a message, which tells how long it is, and little more."""
    pipe = max(int(file.name) for file in Path("/proc/self/fd").iterdir() if _is_pipe(file))
    os.write(pipe, (1_000_000).to_bytes(4, "big") + b"no more")
    os.kill(os.getpid(), signal.SIGKILL)


def _is_pipe(file: Path) -> bool:
    try:
        return str(file.readlink()).startswith("pipe:")
    except OSError:
        return False


def test_a_reader_that_nobody_listens_to_ends() -> None:
    numbers = child.stream(0, endless_pids)
    pid = next(numbers)

    numbers.close()  # type: ignore[attr-defined]

    assert not Path(f"/proc/{pid}").exists()


def endless_pids() -> Iterator[int]:
    while True:
        yield os.getpid()


PARENT = """
import sys
from htmxnews.intake import child, workers
from intake.test_child import endless_pids, own_pid
if __name__ == "__main__":
    pool = workers.Workers()
    pids = {*pool.start(own_pid, [0] * 40).results(), next(numbers := child.stream(0, endless_pids))}
    print(*pids, flush=True)
    sys.stdin.read()
"""


def deaf_to(_piece: int = 0) -> set[int]:
    return set(signal.pthread_sigmask(signal.SIG_BLOCK, ()))


def test_r04_a_signal_to_all_processes_is_for_the_parent_alone() -> None:
    with closing(Workers()) as some:
        cleaning = some.start(deaf_to, [0]).results()

    assert {signal.SIGINT, signal.SIGTERM} <= child.call(deaf_to)
    assert [{signal.SIGINT, signal.SIGTERM} <= one for one in cleaning if isinstance(one, set)] == [True]
    assert not {signal.SIGINT, signal.SIGTERM} & deaf_to()


UNTOLD = """
import os
from multiprocessing import forkserver
from htmxnews.intake import child
child.ready()
for start in (b"", b"\\x80\\x04\\x95\\xff"):
    told, tell = forkserver.connect_to_new_process([])
    os.write(tell, start)
    os.close(tell)
    os.read(told, 8)  # its process id
    os.read(told, 8)  # and how it ended
"""


def test_r04_a_process_whose_parent_ended_before_a_word_says_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", UNTOLD], capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def own_pid(_piece: int) -> int:
    time.sleep(0.02)  # so that both processes get some
    return os.getpid()


def test_r04_no_process_outlives_a_killed_import(tmp_path: Path) -> None:
    program = tmp_path / "parent.py"
    program.write_text(PARENT)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    with subprocess.Popen(
        [sys.executable, program], env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout
        pids = parent.stdout.readline().split()

        parent.kill()

    assert len(pids) >= 2
    deadline = time.monotonic() + 10
    while left := [pid for pid in pids if _runs(pid)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.02)


def _runs(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
